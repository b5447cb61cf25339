"""Steps that only the ledger learns of: adopted, renamed, released, archived."""

from collections.abc import Mapping
from typing import assert_never

from volvenctl.core.sight import Sight
from volvenctl.model.names import Json, JsonObject, StrategyName
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
            facts: JsonObject = {"protect": spec.protect} if is_ours else _adopted_facts(step, spec, sight)
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


def _adopted_facts(step: Adopt, spec: StrategySpec, sight: Sight) -> dict[str, Json]:
    seen = sight.of_strategy(step.strategy_id)
    return adoption_facts(spec, seen if seen in {"running", "paused", "stopped"} else spec.run_state)


def archiving_drafts(state: State, declared: frozenset[StrategyName], sight: Sight) -> list[Draft]:
    """Return the record of each strategy that was stopped by its spec and whose spec is gone since."""
    return [
        Draft("strategy.archived", {"name": entry.name, "strategyId": entry.strategy_id})
        for entry in sorted(state.strategies.values(), key=lambda item: item.name)
        if entry.name not in declared
        and entry.run_state == "stopped"
        and sight.of_strategy(entry.strategy_id) not in {"running", "paused"}
        and state.open_attempt_of(entry.name) is None
    ]
