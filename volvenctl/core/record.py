"""What the ledger keeps of an outcome."""

from typing import assert_never

from volvenctl.model.names import AttemptId, JsonObject, StrategyName
from volvenctl.model.outcome import RUN_STATE_AFTER, Accepted, NotSent, Outcome, Refused, Succeeded, Unknown
from volvenctl.model.record import Draft


def outcome_draft(name: StrategyName, attempt_id: AttemptId, common: JsonObject, outcome: Outcome) -> Draft:
    """Return the record that keeps `outcome`."""
    who: JsonObject = {"name": name, "attemptId": attempt_id, **common}
    match outcome:
        case Succeeded(strategy_id):
            return Draft("attempt.succeeded", {**who, "strategyId": strategy_id})
        case Accepted(action, strategy_id):
            facts: JsonObject = {"action": action, "strategyId": strategy_id, "runState": RUN_STATE_AFTER[action]}
            return Draft("action.accepted", {**who, **facts})
        case Refused(status, faults):
            errors = [{"field": item.field, "description": item.description} for item in faults]
            return Draft("attempt.refused", {**who, "status": status, "errors": errors})
        case NotSent(reason):
            return Draft("attempt.not-sent", {**who, "reason": reason})
        case Unknown(reason):
            return Draft("attempt.unknown", {**who, "reason": reason})
        case _:
            assert_never(outcome)
