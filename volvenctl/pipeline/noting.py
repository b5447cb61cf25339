"""Steps that only the ledger learns of: adopted, renamed, released, archived."""

from collections.abc import Iterable, Mapping
from typing import assert_never

from volvenctl.core.sight import Sight
from volvenctl.model.names import JsonObject, StrategyId, StrategyName
from volvenctl.model.outcome import Noted
from volvenctl.model.plan import Adopt, Recorded, Release, Rename, action_word
from volvenctl.model.record import Draft
from volvenctl.model.report import ActionResult
from volvenctl.model.spec import StrategySpec
from volvenctl.model.state import State
from volvenctl.pipeline.intent import adoption_facts


def noted_results(steps: tuple[Recorded, ...]) -> tuple[ActionResult, ...]:
    """Return the result of each step once its record is durable."""
    return tuple(ActionResult(item.name, action_word(item), Noted(item.strategy_id)) for item in steps)


def noting_drafts(
    steps: tuple[Recorded, ...], specs: Mapping[StrategyName, StrategySpec], state: State, sight: Sight
) -> list[Draft]:
    """Return the record of each step."""
    return [_draft(step, specs[step.name], state, sight) for step in steps]


def _draft(step: Recorded, spec: StrategySpec, state: State, sight: Sight) -> Draft:
    who: JsonObject = {"name": step.name, "strategyId": step.strategy_id}
    match step:
        case Adopt():
            is_ours = step.name in state.strategies
            facts = _settings(step, spec) if is_ours else adopted_facts(step.strategy_id, spec, sight)
            return adoption_draft(step.name, step.strategy_id, facts)
        case Rename():
            return Draft("strategy.renamed", {**who, "was": step.was})
        case Release():
            return Draft("strategy.released", who)
        case _:
            assert_never(step)


def adoption_draft(name: str, strategy_id: str, facts: JsonObject) -> Draft:
    """Return the record that puts a strategy under a name, or changes what is kept of it."""
    return Draft("strategy.adopted", {"name": name, "strategyId": strategy_id, "facts": facts})


def _settings(step: Adopt, spec: StrategySpec) -> JsonObject:
    """Return the setting of a managed strategy that a step is about: its protection or its run state."""
    if any(item.path == "$.lifecycle.protect" for item in step.changes):
        return {"protect": spec.protect}
    return {"runState": spec.run_state}


def adopted_facts(strategy_id: StrategyId, spec: StrategySpec, sight: Sight) -> JsonObject:
    """Return what is kept of a strategy that is adopted; where `find` does not say how it runs, it runs."""
    seen = sight.of_strategy(strategy_id)
    return adoption_facts(spec, seen if seen in {"paused", "stopped"} else "running")


def archiving_drafts(
    state: State, declared: frozenset[StrategyName], specs: Iterable[StrategySpec], sight: Sight
) -> list[Draft]:
    """Return the record of each strategy that was told to stop, shows stopped, and has no spec any more.

    `specs` are all specs: what one of them goes on with under a new name is not archived. A strategy that does not
    show stopped stays: that it is gone, or that nothing shows how it runs, proves nothing.
    """
    kept = declared | {spec.was for spec in specs if spec.was is not None}
    return [
        Draft("strategy.archived", {"name": entry.name, "strategyId": entry.strategy_id})
        for entry in sorted(state.strategies.values(), key=lambda item: item.name)
        if entry.name not in kept
        and entry.run_state == "stopped"
        and sight.of_strategy(entry.strategy_id) == "stopped"
        and state.open_attempt_of(entry.name) is None
    ]
