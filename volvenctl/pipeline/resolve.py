"""Closing attempts whose outcome is unknown: a person looks, decides, and says why."""

from datetime import datetime, timedelta

from volvenctl.core.reconcile import attempt_views, candidates, late_candidates, was_launched_again
from volvenctl.errors import RefusedError, UsageError, VolvenctlError
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.names import STRATEGY_ID_PATTERN, Json, JsonObject, StrategyId, StrategyName
from volvenctl.model.record import Draft
from volvenctl.model.report import Resolution
from volvenctl.model.state import AbsentAttempt, Double, OpenAttempt, State
from volvenctl.pipeline.ending import store_state
from volvenctl.pipeline.journal import Journal
from volvenctl.pipeline.opening import Opened, open_for_reading, open_for_writing
from volvenctl.pipeline.plan import look
from volvenctl.ports import World
from volvenctl.wire.moments import moment_text, read_moment

_MARGIN = timedelta(seconds=60)
"""How long after a request's deadline its strategy may still appear."""


def list_attempts(world: World, name: str | None) -> Resolution:
    """Return the open attempts (of `name` only, if given) with their candidates, and late candidates as notices.

    Raises:
        UsageError: `name` has no attempt to resolve.
    """
    in_flight = world.ledger.holder() is not None  # asked first: who ends in between has left nothing in flight
    opened = open_for_reading(world)
    live, notices = look(world)
    views = attempt_views(opened.state, live, in_flight=in_flight)
    late = late_candidates(opened.state, live)
    if name is not None and name not in late and all(item.attempt.name != name for item in views):
        raise _nothing_to_resolve(name)
    said = tuple(
        f"{other}: declared absent, but {item.id} is in sight and may be its strategy; say whose it is: "
        f"volvenctl resolve {other} --adopt {item.id} --reason TEXT, or --foreign {item.id} --reason TEXT"
        for other, found in sorted(late.items())
        for item in found
        if name in {None, other}
    )
    chosen = tuple(item for item in views if name in {None, item.attempt.name})
    return Resolution(None, None, None, chosen, opened.notices + notices + said)


def adopt(world: World, name: str, strategy_id: str, reason: str) -> Resolution:
    """Record that the strategy `strategy_id` is what the attempt of `name` launched.

    Raises:
        RefusedError: `find` does not show that id, or it belongs to another spec; nothing was recorded.
        UsageError: the id is not well formed, or `name` has no attempt to resolve.
    """
    wanted = _well_formed(strategy_id)
    with world.ledger.lock("resolve", world.system.actor()):
        state = open_for_writing(world).state
        attempt = _attempt_of(state, name)
        live, notices = look(world)
        _refuse_strange_id(state, live, attempt, wanted)
        record: JsonObject = {"resolution": "adopted", "strategyId": wanted, "reason": reason}
        return _resolved(world, state, attempt, record, notices)


def declare_absent(world: World, name: str, reason: str, *, looked: bool) -> Resolution:
    """Record that the attempt of `name` launched nothing; its spec may then be launched again.

    Raises:
        RefusedError: it is too early, since the strategy may still appear; `looked` lifts that.
        UsageError: no reason, or nothing to resolve.
    """
    if not reason.strip():
        raise UsageError("declaring an attempt absent needs a reason", hint='--reason "who looked where"')
    with world.ledger.lock("resolve", world.system.actor()):
        state = open_for_writing(world).state
        attempt = state.open_attempt_of(StrategyName(name))
        if attempt is None:
            raise _nothing_to_resolve(name)
        safe_at = _safe_at(world, attempt)
        if world.system.now() < safe_at and not looked:
            raise RefusedError(
                f"{name}: its strategy may still appear until {moment_text(safe_at)}",
                hint="wait until then, or look at the platform yourself and say so: --yes-i-looked",
            )
        seen, notices = _in_sight(world, state, attempt, looked=looked)
        record: JsonObject = {"resolution": "absent", "reason": reason, "looked": looked, "seen": seen}
        return _resolved(world, state, attempt, record, notices)


def declare_foreign(world: World, name: str, strategy_id: str, reason: str) -> Resolution:
    """Record that `strategy_id` is not what an attempt of `name`, open or declared absent, launched.

    Raises:
        UsageError: no reason, or `name` has no attempt that it could be of.
        RefusedError: the id is one of ours.
    """
    wanted = _well_formed(strategy_id)
    if not reason.strip():
        raise UsageError("declaring a strategy foreign needs a reason", hint='--reason "whose it is"')
    with world.ledger.lock("resolve", world.system.actor()):
        state = open_for_writing(world).state
        attempt = _judged_attempt(state, name, wanted)
        live, _ = look(world)
        _refuse_known_id(state, wanted)
        if live is not None and wanted not in {item.id for item in live} | set(state.doubles):
            raise RefusedError(f"find does not show {wanted}", hint=f"see `volvenctl resolve {name}`")
        record: JsonObject = {"resolution": "foreign", "strategyId": wanted, "reason": reason}
        return _resolved(world, state, attempt, record, ())


def settle(world: World, opened: Opened) -> Opened:
    """Return the state after what no person need decide.

    With `api.dedicatedUser` the only candidate of the only open attempt is its strategy, unless an attempt was
    declared absent, whose strategy it might be too.
    """
    attempts = tuple(opened.state.attempts.values())
    if not world.environment.api.dedicated_user or len(attempts) != 1 or opened.state.absent:
        return opened
    live, _ = look(world)
    found = candidates(opened.state, live, attempts[0]) or ()
    if len(found) != 1:
        return opened
    journal = Journal(world.ledger, world.system, opened.state)
    reason = "the only candidate of the only open attempt; api.dedicatedUser says that nobody else launches"
    commit = world.source.checkout().commit
    record: JsonObject = {"resolution": "adopted", "strategyId": found[0].id, "reason": reason}
    record = record if commit is None else {**record, "commit": commit}
    journal.report(Draft("attempt.resolved", {"name": attempts[0].name, "attemptId": attempts[0].id, **record}))
    notice = f"{attempts[0].name}: adopted {found[0].id}, {reason}"
    return Opened(journal.state, opened.records + journal.records, (*opened.notices, notice))


def _resolved(
    world: World,
    state: State,
    attempt: OpenAttempt | AbsentAttempt | Double,
    record: JsonObject,
    notices: tuple[str, ...],
) -> Resolution:
    journal = Journal(world.ledger, world.system, state)
    journal.report(Draft("attempt.resolved", {"name": attempt.name, "attemptId": attempt.id, **record}))
    notices += store_state(world, journal.state)
    strategy_id = record.get("strategyId")
    return Resolution(
        attempt.name,
        str(record["resolution"]),
        None if strategy_id is None else StrategyId(str(strategy_id)),
        attempt_views(journal.state, None, in_flight=False),
        notices,
    )


def _judged_attempt(state: State, name: str, strategy_id: StrategyId) -> OpenAttempt | AbsentAttempt | Double:
    double = state.doubles.get(strategy_id)
    if double is not None and double.name == name:
        return double
    attempts: list[OpenAttempt | AbsentAttempt] = [*state.absent.values(), *state.attempts.values()]
    attempt = next((item for item in attempts if item.name == name), None)
    if attempt is None:
        raise _nothing_to_resolve(name)
    return attempt


def _in_sight(world: World, state: State, attempt: OpenAttempt, *, looked: bool) -> tuple[list[Json], tuple[str, ...]]:
    """Return the candidates that the person judges by declaring the attempt absent, and what to say about them.

    Only who says to have looked has judged what is in sight; otherwise they stay to be judged one by one.
    """
    try:
        live, notices = look(world)
    except VolvenctlError as error:
        return [], (f"what is at the platform could not be looked at: {error.message}",)
    found = [item.id for item in candidates(state, live, attempt) or ()]
    if not found:
        return [], notices
    how = "judged by this declaration" if looked else "to be judged: --adopt or --foreign"
    said = f"{attempt.name}: in sight, and {how}: {', '.join(found)}"
    return list(found) if looked else [], (*notices, said)


def _attempt_of(state: State, name: str) -> OpenAttempt | AbsentAttempt:
    """Return the open attempt of `name`, else one that was declared absent while nothing else was launched."""
    attempt = state.open_attempt_of(StrategyName(name))
    if attempt is not None:
        return attempt
    absent = next((item for item in state.absent.values() if item.name == name), None)
    if absent is None:
        raise _nothing_to_resolve(name)
    launched = state.strategies.get(absent.name)
    if launched is not None and was_launched_again(state, absent.name):
        raise RefusedError(
            f"{name} was launched again as {launched.strategy_id}, and a spec has one strategy",
            hint=f"stop the other one at the platform, then: volvenctl resolve {name} --foreign ID --reason TEXT",
        )
    return absent


def _safe_at(world: World, attempt: OpenAttempt) -> datetime:
    timeout = attempt.facts.get("timeoutSeconds")
    seconds = timeout if isinstance(timeout, int) else world.environment.api.timeout_s
    return read_moment(attempt.started_at) + timedelta(seconds=seconds) + _MARGIN


def _well_formed(strategy_id: str) -> StrategyId:
    if not STRATEGY_ID_PATTERN.fullmatch(strategy_id):
        raise UsageError("a strategy id is 1-128 printable ASCII characters without spaces")
    return StrategyId(strategy_id)


def _refuse_known_id(state: State, wanted: StrategyId) -> None:
    owner = next((item.name for item in state.strategies.values() if item.strategy_id == wanted), None)
    if owner is not None or wanted in state.known_ids:
        whose = f"of {owner}" if owner else "known to the ledger as something else"
        raise RefusedError(f"{wanted} is {whose}", hint="see `volvenctl status`")


def _refuse_strange_id(
    state: State, live: tuple[LiveStrategy, ...] | None, attempt: OpenAttempt | AbsentAttempt, wanted: StrategyId
) -> None:
    _refuse_known_id(state, wanted)
    if live is None:
        return
    if wanted not in {item.id for item in live}:
        raise RefusedError(f"find does not show {wanted}", hint=f"see `volvenctl resolve {attempt.name}`")
    possible = candidates(state, live, attempt)
    if possible is not None and wanted not in {item.id for item in possible}:
        raise RefusedError(
            f"{wanted} existed before the attempt was made", hint=f"see `volvenctl resolve {attempt.name}`"
        )


def _nothing_to_resolve(name: str) -> UsageError:
    return UsageError(f"{name!r} has no attempt to resolve", hint="see what there is with `volvenctl resolve`")
