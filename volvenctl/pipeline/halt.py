"""The emergency stop: by the platform's own list, through every failure, to an exact list of what did not stop.

It asks nothing, waits for no lock and needs neither specs nor state. What it is about is recorded first, which
also keeps a running apply from announcing anything more; then everything is told to stop, and looked at again.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import inf

from volvenctl.core.classify import classify_action
from volvenctl.core.halting import Target, halt_scope, named_targets
from volvenctl.core.sight import Sight
from volvenctl.errors import VolvenctlError
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.names import AttemptId, Json, StrategyId
from volvenctl.model.outcome import Accepted, NotSent, Outcome, Refused, Unknown
from volvenctl.model.project import Environment
from volvenctl.model.record import EMPTY, Draft
from volvenctl.model.report import HaltReport, HaltResult, HaltScope
from volvenctl.model.state import State
from volvenctl.pipeline.effect import is_shown, looking
from volvenctl.pipeline.ending import store_state
from volvenctl.pipeline.journal import Journal
from volvenctl.pipeline.opening import open_for_reading
from volvenctl.ports import Audience, Platform, System, World
from volvenctl.wire.platform_api import action_request

_AT_ONCE = 8
_TRIES = 3
_PAUSE_S = 0.5
_ROUNDS = 3
"""How often the platform's list is read again for what was launched meanwhile."""

_CONFIRM_S = 10.0


@dataclass(frozen=True, slots=True)
class Emergency:
    """What a halt works with; a project is no condition."""

    platform: Platform
    system: System
    environment: Environment
    world: World | None
    """None: there is no project here, and so no ledger."""


def halt(emergency: Emergency, scope: HaltScope, reason: str, audience: Audience, *, dry_run: bool) -> HaltReport:
    """Stop everything in `scope`; return what became of each strategy, those that did not stop included.

    Raises:
        PlatformError, CredentialsError: neither the platform nor the ledger says what there is to stop.
    """
    state, notices = _known(emergency)
    live, more = _shown(emergency, state)
    targets = named_targets(scope, state, live, Sight.of(live, emergency.environment))
    if dry_run:
        results = tuple(_untold(item) for item in targets)
        return HaltReport(emergency.environment.name, dry_run, results, notices + more)
    journal = _journal(emergency, state)
    unrecorded = _report(journal, Draft("halt", {"scope": halt_scope(scope, targets), "reason": reason}))
    results = _Stopper(emergency, audience).stop_all(targets)
    if scope.everything:
        results += _stopped_later(emergency, audience, results)
    results, unshown = _looked_at(emergency, results)
    ended = Draft("halt", {"stopped": _ids(results, stopped=True), "failed": _ids(results, stopped=False)})
    unrecorded += _report(journal, ended)
    if journal is not None and emergency.world is not None:
        unrecorded += store_state(emergency.world, journal.state)
    return HaltReport(emergency.environment.name, dry_run, results, notices + more + unshown + unrecorded)


def _known(emergency: Emergency) -> tuple[State, tuple[str, ...]]:
    """Return what the ledger says; an emergency goes on without it."""
    if emergency.world is None:
        return State(), ("there is no project here: nothing is recorded, and names are not known",)
    try:
        return open_for_reading(emergency.world).state, ()
    except VolvenctlError as error:
        return State(), (f"the state cannot be used, so nothing is recorded and names are not known: {error.message}",)


def _shown(emergency: Emergency, state: State) -> tuple[tuple[LiveStrategy, ...] | None, tuple[str, ...]]:
    """Return what the platform lists; None where it cannot be asked and the ledger has to do."""
    try:
        return emergency.platform.find(), ()
    except VolvenctlError as error:
        if not state.strategies:
            raise
        return None, (f"only what the ledger knows is stopped: {error.message}",)


def _journal(emergency: Emergency, state: State) -> Journal | None:
    if emergency.world is None or state.head == EMPTY:
        return None
    return Journal(emergency.world.ledger, emergency.system, state)


def _report(journal: Journal | None, draft: Draft) -> tuple[str, ...]:
    if journal is None:
        return ()
    try:
        journal.report(draft)
    except VolvenctlError as error:
        return (f"a record of this halt could not be stored: {error.message}",)
    return ()


class _Stopper:
    """Tells strategies to stop, several at once, each several times if need be: by its id it is always the same."""

    def __init__(self, emergency: Emergency, audience: Audience) -> None:
        self._emergency = emergency
        self._audience = audience

    def stop_all(self, targets: Iterable[Target]) -> tuple[HaltResult, ...]:
        """Return the result of each target, in their order; one that fails keeps no other from being stopped."""
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="halt") as pool:
            return tuple(pool.map(self._stop, targets))

    def _stop(self, target: Target) -> HaltResult:
        if target.strategy_id is None or target.is_stopped:
            return _untold(target)
        result = _result(target, self._last_outcome(target.strategy_id))
        if not result.is_stopped:
            self._audience.notice(f"{target.name or target.strategy_id}: {result.detail}")
        return result

    def _last_outcome(self, strategy_id: StrategyId) -> Outcome:
        outcome = self._asked(strategy_id)
        for _ in range(_TRIES - 1):
            if isinstance(outcome, Accepted | Refused):
                break
            wait_s = outcome.retry_after_s if isinstance(outcome, NotSent) else None
            self._emergency.system.sleep(_PAUSE_S if wait_s is None else wait_s)
            outcome = self._asked(strategy_id)
        return outcome

    def _asked(self, strategy_id: StrategyId) -> Outcome:
        request = action_request("stop", strategy_id)
        answer = self._emergency.platform.send(request, AttemptId(self._emergency.system.new_id()), inf)
        return classify_action(answer, "stop", strategy_id)


def _stopped_later(emergency: Emergency, audience: Audience, results: tuple[HaltResult, ...]) -> tuple[HaltResult, ...]:
    """Stop what a run that was under way launched in the meantime, until nothing new turns up."""
    told = {item.strategy_id for item in results}
    more: tuple[HaltResult, ...] = ()
    for _ in range(_ROUNDS):
        try:
            live = emergency.platform.find()
        except VolvenctlError:
            break
        sight = Sight.of(live, emergency.environment)
        new = [
            Target(item.id, None, is_stopped=sight.of_strategy(item.id) == "stopped")
            for item in live
            if item.id not in told
        ]
        if not new:
            break
        more += _Stopper(emergency, audience).stop_all(new)
        told |= {item.strategy_id for item in new}
    return more


def _looked_at(emergency: Emergency, results: tuple[HaltResult, ...]) -> tuple[tuple[HaltResult, ...], tuple[str, ...]]:
    """Return the results with those set right that `find` shows stopped, and what is accepted but not shown yet."""
    environment = emergency.environment
    if not any(item.is_stopped for item in results):
        return results, ()
    if environment.state_key is None or "stopped" not in environment.states.values():
        return results, ("accepted is not stopped: what find's state means is not known here; look at the platform",)
    look = looking(emergency.platform, environment)
    wanted = {item.strategy_id: "stopped" for item in results if item.is_stopped and item.strategy_id is not None}
    if not is_shown(look, emergency.system, wanted, _CONFIRM_S):
        return results, ("accepted is not stopped: find does not show all of them stopped yet; see `volvenctl status`",)
    return tuple(_set_right(item, look) for item in results), ()


def _set_right(result: HaltResult, look: Callable[[], Sight]) -> HaltResult:
    if result.is_stopped or result.strategy_id is None:
        return result
    try:
        is_stopped = look().of_strategy(result.strategy_id) == "stopped"
    except VolvenctlError:
        return result
    return replace(result, is_stopped=True, detail="find shows it stopped") if is_stopped else result


def _result(target: Target, outcome: Outcome) -> HaltResult:
    match outcome:
        case Accepted():
            return HaltResult(target.strategy_id, target.name, is_stopped=True, detail="stop accepted")
        case Refused(status, faults):
            said = "; ".join(item.description for item in faults)
            detail = f"refused with {status}: {said}" if said else f"refused with {status}"
        case NotSent(reason) | Unknown(reason):
            detail = reason
        case _:
            detail = "no answer that can be believed"
    return HaltResult(target.strategy_id, target.name, is_stopped=False, detail=detail)


def _untold(target: Target) -> HaltResult:
    """Return the result of a target that is not told to stop: there is none, it has stopped, or nothing is sent."""
    if target.strategy_id is None:
        return HaltResult(
            None, target.name, is_stopped=False, detail="no such strategy in the ledger or at the platform"
        )
    detail = "stopped before" if target.is_stopped else "would be told to stop"
    return HaltResult(target.strategy_id, target.name, is_stopped=True, detail=detail)


def _ids(results: tuple[HaltResult, ...], *, stopped: bool) -> list[Json]:
    found = {item.strategy_id for item in results if item.is_stopped == stopped and item.strategy_id is not None}
    return [*sorted(found)]
