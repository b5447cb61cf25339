"""What is to be done about a spec whose strategy is launched and managed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from volvenctl.core.capital import money_of
from volvenctl.core.case import Case, halted, open_attempt
from volvenctl.core.sight import Seen
from volvenctl.model.names import Json, JsonObject
from volvenctl.model.number import normal_text
from volvenctl.model.outcome import RUN_STATE_AFTER, Action
from volvenctl.model.plan import Adopt, Change, Pause, Release, Replace, RunStateChange, Start, Stop, ValueChange
from volvenctl.model.state import Launched
from volvenctl.wire.exact_json import is_same_content, json_text, read_json
from volvenctl.wire.platform_api import action_request, create_request

REPLACE_WAIT_S = 60
"""How long a replace waits for `find` to show the old strategy stopped."""

_KINDS: dict[Action, type[RunStateChange]] = {"start": Start, "pause": Pause, "stop": Stop}


@dataclass(frozen=True, slots=True)
class Managed(Case):
    """A spec whose strategy is launched and managed."""

    entry: Launched
    seen: Seen

    @property
    def is_edited(self) -> bool:
        """Whether the spec asks for something else than what was launched."""
        return self.entry.facts.get("specDigest") != self.spec.digest


def _release(case: Managed) -> Change | None:
    if case.spec.run_state != "released":
        return None
    change = _run_state_change(case)
    reason = f"{case.entry.strategy_id} is left as it is and no longer managed"
    return Release(case.spec.name, reason, case.source, (change,), case.entry.strategy_id, case.money)


def _protection(case: Managed) -> Change | None:
    """A protection is set or lifted by a change of its own, so that no plan both lifts it and stops."""
    before, after = case.entry.is_protected, case.spec.protect
    if before == after:
        return None
    change = ValueChange("$.lifecycle.protect", json_text(before), json_text(after))
    reason = f"protection is {'set' if after else 'lifted'}; all else follows with the next plan"
    return Adopt(case.spec.name, reason, case.source, (change,), case.entry.strategy_id, case.money)


def _agreed(case: Managed) -> Change | None:
    """What find shows settles what the ledger holds: the ledger takes it over.

    Either it is what was asked for last, with an unknown outcome, or it is the end that git agrees to. Anything else
    that find shows may be older than what was asked for last.
    """
    asked = None if case.entry.asked is None else RUN_STATE_AFTER.get(case.entry.asked.action)
    is_settled = asked == case.seen or (asked is None and case.seen == "stopped")
    if not is_settled or case.seen != case.spec.run_state or case.seen == case.entry.run_state:
        return None
    if case.spec.run_state != "stopped" and halted(case, case.entry) is not None:
        return None
    reason = f"find shows {case.entry.strategy_id} {case.seen}, as git wants it: taken over"
    before = json_text(case.entry.run_state)
    change = ValueChange("$.lifecycle.runState", before, json_text(case.spec.run_state))
    return Adopt(case.spec.name, reason, case.source, (change,), case.entry.strategy_id, case.money)


def _other_adoption(case: Managed) -> Change | None:
    """Another id than the managed one is asked for, and it is not one that this name had before."""
    wanted = case.spec.adopt
    if wanted is None or wanted == case.entry.strategy_id or wanted in case.ground.state.known_ids:
        return None
    return case.blocked(
        f"lifecycle.adopt names {wanted}, but it is launched as {case.entry.strategy_id}, and a spec has one strategy"
    )


def _stopped(case: Managed) -> Change | None:
    if case.spec.run_state != "stopped":
        return None
    if case.seen in {"stopped", "gone"}:
        return case.keep(f"{case.entry.strategy_id} is {case.seen}: nothing to stop")
    if case.seen == "unsaid" and case.entry.run_state == "stopped":
        return case.keep(f"{case.entry.strategy_id} was told to stop; find does not say whether it did")
    if case.entry.is_protected:
        return case.blocked("it is protected: lift lifecycle.protect first, by a change of its own")
    return _asked(case, "stop")


def _halted_since(case: Managed) -> Change | None:
    return halted(case, case.entry)


def _gone(case: Managed) -> Change | None:
    if case.seen != "gone":
        return None
    if case.spec.run_state != case.entry.run_state:
        return case.blocked(f"find does not show {case.entry.strategy_id} any more: see drift", _run_state_change(case))
    return case.keep(f"launched as {case.entry.strategy_id}, which find does not show any more: see drift")


def _edited(case: Managed) -> Change | None:
    if not case.is_edited:
        return None
    before = cast("JsonObject", read_json(str(case.entry.facts["body"])))
    changes = _changes(before, case.spec.request)
    if case.spec.on_change == "refuse":
        return case.blocked(
            f"edited since it was launched as {case.entry.strategy_id}, and no call to change a strategy is "
            "documented; undo the edit, launch the new values under a new name, or write onChange: replace",
            *changes,
        )
    refusal = _why_not_replaced(case)
    if refusal:
        return case.blocked(f"onChange is replace, but {refusal}", *changes)
    return _replaced(case, changes)


def _why_not_replaced(case: Managed) -> str:
    if case.entry.is_protected:
        return "it is protected: lift lifecycle.protect first, by a change of its own"
    if not case.ground.sight.tells_stopped:
        return "find cannot show that it has stopped; map its words: platform: {stateKey: ..., states: {...: stopped}}"
    if case.seen == "gone":
        return f"find does not show {case.entry.strategy_id} any more, so that nothing shows that it has stopped"
    if case.seen == "unsaid":
        word = case.ground.sight.word_of(case.entry.strategy_id)
        return f"find says {word!r} of it, and platform.states does not say what that means"
    return ""


def _replaced(case: Managed, changes: tuple[ValueChange, ...]) -> Replace:
    old, new = case.entry.strategy_id, money_of(case.spec.notionals)
    before = "unknown" if case.money.amount is None else f"{normal_text(case.money.amount)} {case.money.currency}"
    reason = (
        f"{old} (notional {before}) is stopped, and the edited spec is launched once find shows that, within "
        f"{REPLACE_WAIT_S} s; in between nothing runs"
    )
    stop, request = action_request("stop", old), create_request(json_text(case.spec.request))
    return Replace(case.spec.name, reason, case.source, changes, old, stop, request, new)


def _run_state(case: Managed) -> Change:
    """Running and paused are kept up; what ended by itself or outside stays ended until somebody writes otherwise."""
    wanted, known = case.spec.run_state, case.entry.run_state
    is_ended = case.seen == "stopped" and not was_told_to_stop(case.entry)
    if wanted == (known if case.seen == "unsaid" else case.seen):
        return case.keep(f"launched as {case.entry.strategy_id}{_unclear_text(case)}")
    if is_ended:
        return case.keep(f"launched as {case.entry.strategy_id}, which find shows stopped: see drift")
    return _asked(case, "pause" if wanted == "paused" else "start")


def _unclear_text(case: Managed) -> str:
    if not case.ground.sight.is_unclear(case.entry.strategy_id):
        return ""
    word = case.ground.sight.word_of(case.entry.strategy_id)
    return f"; find says {word!r} of it, and platform.states does not say what that means"


def was_told_to_stop(entry: Launched) -> bool:
    """Return whether a stop was the last thing that was accepted, or asked for with an unknown outcome."""
    asked = None if entry.asked is None else entry.asked.action
    return asked == "stop" or (asked is None and entry.run_state == "stopped")


def _asked(case: Managed, action: Action) -> Change:
    entry = case.entry
    doubt = f"; the outcome of the last {entry.asked.action} is unknown" if entry.asked is not None else ""
    return _KINDS[action](
        case.spec.name,
        f"{entry.strategy_id} is {_state_text(case)} and is to be {case.spec.run_state}{doubt}",
        case.source,
        (_run_state_change(case),),
        entry.strategy_id,
        action_request(action, entry.strategy_id),
        case.money,
    )


def _state_text(case: Managed) -> str:
    if case.seen != "unsaid":
        return case.seen
    return case.entry.run_state or "in an unknown run state"


def _run_state_change(case: Managed) -> ValueChange:
    before = case.entry.run_state if case.seen in {"unsaid", "gone"} else case.seen
    return ValueChange("$.lifecycle.runState", json_text(before), json_text(case.spec.run_state))


def _changes(before: JsonObject, after: JsonObject) -> tuple[ValueChange, ...]:
    """Return the fields that differ, those of the spec first, in its order; `autoRun` follows the run state."""
    keys = [key for key in dict.fromkeys((*after, *before)) if key != "autoRun"]
    return tuple(
        ValueChange(f"$.spec.{key}", _json_or_none(before, key), _json_or_none(after, key))
        for key in keys
        if (key in before) != (key in after) or not is_same_content(_at(before, key), _at(after, key))
    )


def _at(values: JsonObject, key: str) -> Json:
    return values.get(key)


def _json_or_none(values: JsonObject, key: str) -> str | None:
    return json_text(values[key]) if key in values else None


MANAGED_RULES: tuple[Callable[[Managed], Change | None], ...] = (
    open_attempt,
    _release,
    _protection,
    _other_adoption,
    _agreed,
    _stopped,
    _halted_since,
    _edited,
    _gone,
    _run_state,
)
