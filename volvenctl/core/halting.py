"""What an emergency stop is about: which strategies, what it cannot reach, and what it says of itself to the ledger."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from volvenctl.core.reconcile import attempt_views, candidates
from volvenctl.core.sight import Seen, Sight
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.names import AttemptId, JsonObject, StrategyId, StrategyName
from volvenctl.model.report import AttemptView, HaltScope
from volvenctl.model.state import AbsentAttempt, Launched, OpenAttempt, State
from volvenctl.wire.moments import read_moment


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known when a halt takes aim. Any part may be missing, and then the others have to do."""

    state: State | None
    """None: the ledger cannot be used, or has not answered yet."""
    sight: Sight
    """What the platform lists; its `live` is None where the list could not be read."""
    labels: Mapping[StrategyName, frozenset[str]] = field(default_factory=dict)
    """The specs in git, and the labels of each as `key=value`."""
    unlisted: str = ""
    """Why there is no list of the platform's."""
    unread: str = ""
    """Why there is no state."""


@dataclass(frozen=True, slots=True)
class Target:
    """A strategy that is to stop."""

    strategy_id: StrategyId
    name: StrategyName | None
    """The spec that it belongs to, or may belong to; None: none that is known."""
    seen: Seen

    @property
    def is_told(self) -> bool:
        """Whether it is told to stop: `find` is believed that it has stopped only about what is not ours."""
        return self.name is not None or self.seen != "stopped"


@dataclass(frozen=True, slots=True)
class Miss:
    """Something that was asked for and that cannot be said to have stopped."""

    said: str
    """The spec, or the part of the scope as it was given."""
    detail: str


@dataclass(frozen=True, slots=True)
class Aim:
    """What a scope comes to in one picture."""

    targets: tuple[Target, ...]
    misses: tuple[Miss, ...]
    names: frozenset[StrategyName]
    """Specs that are halted by their name."""
    attempts: tuple[OpenAttempt, ...] = ()
    """Launches that are covered and whose outcome is not certain."""
    starts: Mapping[StrategyId, str] = field(default_factory=dict)
    """When a start was asked for whose outcome is not certain, by strategy."""


def take_aim(scope: HaltScope, picture: Picture) -> Aim:
    """Return what `scope` covers: what the platform lists, what the ledger manages, and what may be ours."""
    state = picture.state or State()
    bearing = {name for name, labels in picture.labels.items() if labels & set(scope.labels)}
    wanted = replace(scope, names=(*scope.names, *sorted(bearing)))
    entries = [item for item in state.strategies.values() if is_meant(wanted, item.name, item.facts)]
    attempts = [item for item in _attempts(state) if is_meant(wanted, item.name, item.facts)]
    claims = (*entries, *attempts)
    owned = {
        **_candidates(picture, attempts),
        **_doubles(state, {*wanted.names, *(item.name for item in claims)}, wanted),
        **{item.strategy_id: item.name for item in entries},
    }
    views = _views(picture, {item.id for item in attempts})
    labelled = {item.name for item in claims if labels_of(item.facts) & set(scope.labels)}
    return Aim(
        targets=tuple(
            Target(item, owned.get(item) or _owner(state, item), picture.sight.of_strategy(item))
            for item in _ids(scope, picture, owned)
        ),
        misses=(*_missed_parts(scope, picture), *map(_missed_attempt, filter(_is_out_of_sight, views))),
        names=frozenset(bearing | labelled | _names(picture).intersection(scope.names)),
        attempts=tuple(item.attempt for item in views),
        starts=_starts(entries),
    )


def is_meant(scope: HaltScope, name: str, facts: JsonObject) -> bool:
    """Return whether a spec is covered by its name, or by the account or a label that the ledger keeps of it."""
    return (
        scope.everything
        or name in scope.names
        or bool(accounts_of(facts) & set(scope.accounts))
        or bool(labels_of(facts) & set(scope.labels))
    )


def accounts_of(facts: JsonObject) -> frozenset[str]:
    """Return the exchange accounts that the ledger keeps of a spec."""
    ids = facts.get("accountIds")
    return frozenset(map(str, ids)) if isinstance(ids, list | tuple) else frozenset()


def labels_of(facts: JsonObject) -> frozenset[str]:
    """Return the labels of `facts`, or of a spec's metadata, as `key=value`."""
    labels = facts.get("labels")
    return frozenset(f"{key}={item}" for key, item in labels.items()) if isinstance(labels, Mapping) else frozenset()


def halt_scope(scope: HaltScope, aim: Aim) -> JsonObject | None:
    """Return what the ledger keeps: what must not be launched or started until somebody resumes it. None: nothing."""
    ids = sorted(str(item.strategy_id) for item in aim.targets)
    if not (scope.everything or scope.accounts or aim.names or ids):
        return None
    return {"all": scope.everything, "names": sorted(aim.names), "accounts": sorted(scope.accounts), "ids": ids}


def is_launch_arriving(aim: Aim, now: datetime, within_s: float) -> bool:
    """Return whether a launch that `aim` covers was announced so lately that it may still take effect."""
    return any(_is_recent(item.started_at, now, within_s) for item in aim.attempts)


def starts_arriving(aim: Aim, now: datetime, within_s: float) -> frozenset[StrategyId]:
    """Return the strategies whose start was asked for so lately that it may still take effect."""
    return frozenset(key for key, since in aim.starts.items() if _is_recent(since, now, within_s))


def _is_recent(moment: str, now: datetime, within_s: float) -> bool:
    return now - read_moment(moment) < timedelta(seconds=within_s)


def _attempts(state: State) -> tuple[OpenAttempt | AbsentAttempt, ...]:
    return (*state.attempts.values(), *state.absent.values())


def _live(picture: Picture) -> tuple[LiveStrategy, ...] | None:
    return None if picture.sight.live is None else tuple(picture.sight.live.values())


def _views(picture: Picture, ids: set[AttemptId]) -> tuple[AttemptView, ...]:
    """Return the open attempts that are covered, each with what may be its strategy."""
    views = attempt_views(picture.state or State(), _live(picture), in_flight=False)
    return tuple(item for item in views if item.attempt.id in ids)


def _candidates(picture: Picture, attempts: Iterable[OpenAttempt | AbsentAttempt]) -> Mapping[StrategyId, StrategyName]:
    state, live = picture.state or State(), _live(picture)
    return {one.id: item.name for item in attempts for one in candidates(state, live, item) or ()}


def _doubles(state: State, names: AbstractSet[str], scope: HaltScope) -> dict[StrategyId, StrategyName]:
    found = state.doubles.values()
    return {item.strategy_id: item.name for item in found if scope.everything or item.name in names}


def _starts(entries: Iterable[Launched]) -> dict[StrategyId, str]:
    asked = {item.strategy_id: item.asked for item in entries if item.asked is not None}
    return {key: item.since for key, item in asked.items() if item.action == "start"}


def _ids(scope: HaltScope, picture: Picture, owned: Mapping[StrategyId, StrategyName]) -> Iterable[StrategyId]:
    """Return every id that is meant, once: in the platform's order, then the ledger's."""
    shown = picture.sight.live or {}
    named = (item for item in map(StrategyId, scope.names) if _is_id(picture, item))
    return dict.fromkeys((*(item for item in shown if scope.everything or item in owned), *owned, *named))


def _is_id(picture: Picture, item: StrategyId) -> bool:
    state = picture.state or State()
    return item in (picture.sight.live or {}) or item in state.known_ids or item in state.doubles


def _owner(state: State, strategy_id: StrategyId) -> StrategyName | None:
    double = state.doubles.get(strategy_id)
    return state.owner_of(strategy_id) if double is None else double.name


def _names(picture: Picture) -> set[StrategyName]:
    """Return every name that stands for something."""
    state = picture.state or State()
    launched = (*_attempts(state), *state.doubles.values())
    return {*state.strategies, *state.released, *picture.labels, *(item.name for item in launched)}


def _missed_parts(scope: HaltScope, picture: Picture) -> Iterator[Miss]:
    """Yield each part of the scope that matches nothing, and what could not be looked for."""
    if scope.everything and picture.sight.live is None:
        unlisted = f"the platform's list could not be read: {picture.unlisted}; what the ledger does not know may run"
        yield Miss("--all", unlisted)
    for name in scope.names:
        if not _is_id(picture, StrategyId(name)):
            yield from _missed_name(name, picture)
    state = picture.state or State()
    facts = [item.facts for item in (*state.strategies.values(), *_attempts(state))]
    accounts = frozenset().union(*map(accounts_of, facts))
    labels = frozenset().union(*map(labels_of, facts), *picture.labels.values())
    for account in scope.accounts:
        if account not in accounts:
            yield _missed_part(f"--account {account}", "nothing that trades on it is known", picture)
    for label in scope.labels:
        if label not in labels:
            yield _missed_part(f"--label {label}", "nothing that bears it is known", picture)


def _missed_name(name: str, picture: Picture) -> Iterator[Miss]:
    released = None if picture.state is None else picture.state.released.get(StrategyName(name))
    if released is not None and name not in (picture.state or State()).strategies:
        yield Miss(name, f"it was released and is not managed: to stop what it was, volvenctl halt {released}")
    elif picture.state is None or name not in _names(picture):
        yield _missed_part(name, "no such strategy in the ledger, in git or at the platform", picture)


def _missed_part(said: str, detail: str, picture: Picture) -> Miss:
    if picture.state is None:
        detail = "the ledger cannot be used, so what this stands for is not known"
    return Miss(said, f"{detail}; to stop everything: volvenctl halt --all")


def _is_out_of_sight(view: AttemptView) -> bool:
    """Whether there are fewer strategies in sight than attempts that one of them may belong to."""
    return len(view.candidates or ()) <= len(view.rivals)


def _missed_attempt(view: AttemptView) -> Miss:
    attempt = view.attempt
    return Miss(attempt.name, f"attempt {attempt.id} may run, and is not in sight: volvenctl resolve {attempt.name}")
