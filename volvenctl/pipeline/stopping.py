"""Telling strategies to stop, and what came of it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from math import inf

from volvenctl.core.classify import classify_action
from volvenctl.core.halting import Target
from volvenctl.errors import VolvenctlError
from volvenctl.model.names import AttemptId, StrategyId
from volvenctl.model.outcome import Accepted, NotSent, Outcome, Refused, Unknown
from volvenctl.model.report import HaltResult
from volvenctl.ports import Audience, Platform, System
from volvenctl.wire.platform_api import action_request

_AT_ONCE = 8
_TRIES = 3
_PAUSE_S = 0.5

_NOT_FOUND = 404
_NOT_POSSIBLE = 422


class Stopper:
    """Tells strategies to stop, several at once, each several times if need be: by its id it is always the same."""

    def __init__(self, platform: Platform, system: System, audience: Audience) -> None:
        """Keep whom to tell, and who is to know what did not stop."""
        self._platform = platform
        self._system = system
        self._audience = audience

    def stop_all(self, targets: Sequence[Target]) -> tuple[Outcome | None, ...]:
        """Return the outcome of each target, in their order; None: `find` is believed that it has stopped.

        One that fails keeps no other from being stopped.
        """
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="halt") as pool:
            return tuple(pool.map(self._stop, targets))

    def _stop(self, target: Target) -> Outcome | None:
        if not target.is_told:
            return None
        outcome = self._asked(target.strategy_id)
        for _ in range(_TRIES - 1):
            if isinstance(outcome, Accepted | Refused):
                break
            wait_s = outcome.retry_after_s if isinstance(outcome, NotSent) else None
            self._system.sleep(_PAUSE_S if wait_s is None else wait_s)
            outcome = self._asked(target.strategy_id)
        result = result_of(target, outcome)
        if not result.is_stopped:
            self._audience.notice(f"{target.name or target.strategy_id}: {result.detail}")
        return outcome

    def _asked(self, strategy_id: StrategyId) -> Outcome:
        request = action_request("stop", strategy_id)
        try:
            answer = self._platform.send(request, AttemptId(self._system.new_id()), inf)
        except VolvenctlError as error:  # the token is gone, say
            return NotSent(error.message)
        return classify_action(answer, "stop", strategy_id)


def result_of(target: Target, outcome: Outcome | None) -> HaltResult:
    """Return what the outcome of a stop means for its target; None: it was not told, having stopped before."""
    match outcome:
        case None:
            return _result(target, "stopped before", is_stopped=True)
        case Accepted():
            return _result(target, "stop accepted", is_stopped=True)
        case Refused():
            return _refused(target, outcome)
        case NotSent(reason) | Unknown(reason):
            return _result(target, reason)
        case _:
            return _result(target, "no answer that can be believed")


def _refused(target: Target, outcome: Refused) -> HaltResult:
    """Return the result of a refusal: what `find` shows stopped, or does not show at all, may have been refused so."""
    if target.seen == "stopped" and outcome.status in {_NOT_FOUND, _NOT_POSSIBLE}:
        return _result(target, "stopped before", is_stopped=True)
    if target.seen == "gone" and outcome.status == _NOT_FOUND:
        return _result(target, "not at the platform", is_stopped=True)
    said = "; ".join(item.description for item in outcome.faults)
    return _result(target, f"refused with {outcome.status}: {said}" if said else f"refused with {outcome.status}")


def untold(target: Target) -> HaltResult:
    """Return the result of a target that nothing is sent to, for the time being."""
    return _result(target, "would be told to stop" if target.is_told else "stopped before", is_stopped=True)


def _result(target: Target, detail: str, *, is_stopped: bool = False) -> HaltResult:
    return HaltResult(target.strategy_id, target.name, is_stopped=is_stopped, detail=detail)
