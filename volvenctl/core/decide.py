"""What is to be done about one spec: the first rule that has something to say decides.

The rules in words, and every combination with its outcome: docs/guides/lifecycle.md.
"""

from collections.abc import Callable

from volvenctl.core.capital import money_of, read_notional_facts
from volvenctl.core.case import Case, Ground, blocked_by_attempt, first_of, halted, open_attempt, why_not_adopted
from volvenctl.core.decide_managed import MANAGED_RULES, Managed
from volvenctl.model.plan import Adopt, Change, Create, Rename, Source, ValueChange
from volvenctl.model.spec import StrategySpec
from volvenctl.wire.exact_json import json_text
from volvenctl.wire.platform_api import create_request


def decide(spec: StrategySpec, ground: Ground) -> Change:
    """Return what is to be done so that the spec holds, or why nothing is or may be done."""
    source = Source(spec.document.file, spec.place.line)
    entry = ground.state.strategies.get(spec.name)
    if entry is None:
        return first_of(_UNLAUNCHED_RULES, Case(spec, ground, source, money_of(spec.notionals)))
    money = money_of(read_notional_facts(entry.facts))
    return first_of(
        MANAGED_RULES, Managed(spec, ground, source, money, entry, ground.sight.of_strategy(entry.strategy_id))
    )


def _adopted(case: Case) -> Change | None:
    wanted = case.spec.adopt
    if wanted is None:
        return None
    refusal = why_not_adopted(case.ground, case.spec, wanted)
    if refusal:
        return case.blocked(f"lifecycle.adopt: {refusal}")
    seen = case.ground.sight.of_strategy(wanted)
    shown = "find does not say how it runs" if seen == "unsaid" else f"find shows it {seen}"
    reason = f"{wanted} is managed as this spec from now on ({shown}); that it is the same is for you to know"
    changes = (ValueChange("$.lifecycle.adopt", None, json_text(wanted)), *_fields(case.spec))
    return Adopt(case.spec.name, reason, case.source, changes, wanted, case.money)


def _fields(spec: StrategySpec) -> tuple[ValueChange, ...]:
    return tuple(ValueChange(f"$.spec.{key}", None, json_text(spec.request[key])) for key in spec.request)


def _renamed(case: Case) -> Change | None:
    was, state = case.spec.was, case.ground.state
    if was is None:
        return None
    if state.open_attempt_of(was) is not None:
        return blocked_by_attempt(case, was)
    entry = state.strategies.get(was)
    if entry is None:
        return None
    if was in case.ground.declared:
        return case.blocked(f"metadata.was names {was!r}, which still has a spec of its own; remove one of the two")
    change = ValueChange("$.metadata.name", json_text(was), json_text(case.spec.name))
    reason = f"{entry.strategy_id}, launched as {was!r}, goes on under this name; all else follows with the next plan"
    return Rename(case.spec.name, reason, case.source, (change,), entry.strategy_id, was, case.money)


def _let_go(case: Case) -> Change | None:
    if case.spec.run_state != "released":
        return None
    return case.keep("declared released and not managed: nothing to launch")


def _not_wanted(case: Case) -> Change | None:
    if case.spec.run_state != "stopped":
        return None
    return case.keep("declared stopped and not launched: nothing to launch")


def _released_before(case: Case) -> Change | None:
    released = case.ground.state.released
    strategy_id = released.get(case.spec.name) or released.get(case.spec.was or case.spec.name)
    if strategy_id is None:
        return None
    return case.blocked(
        f"it was released as {strategy_id} and may run still; to manage that again write lifecycle.adopt: "
        f"{strategy_id}, to launch another one give it a new name"
    )


def _halted_before_launch(case: Case) -> Change | None:
    return halted(case, None)


def _launched_now(case: Case) -> Change:
    spec = case.spec
    request = create_request(json_text(spec.request))
    return Create(spec.name, _launch_reason(spec), case.source, _fields(spec), request, case.money)


def _launch_reason(spec: StrategySpec) -> str:
    """Return why it is launched, and which products a code stands for: codes differ by one letter."""
    titles = dict.fromkeys(f"{use.product} is {use.title} on {use.exchange}" for use in spec.products)
    former = [] if spec.was is None else [f"metadata.was names {spec.was!r}, which is not launched either"]
    return "; ".join(["not launched yet", *former, *titles])


_UNLAUNCHED_RULES: tuple[Callable[[Case], Change | None], ...] = (
    open_attempt,
    _renamed,
    _let_go,
    _adopted,
    _not_wanted,
    _released_before,
    _halted_before_launch,
    _launched_now,
)
