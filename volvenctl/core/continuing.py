"""Whether a saved plan may still be carried out, and which part of it is left."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from volvenctl.errors import StalePlanError
from volvenctl.model.names import Digest, StrategyName
from volvenctl.model.plan import (
    Adopt,
    Blocked,
    Change,
    Create,
    Keep,
    Pause,
    Plan,
    Release,
    Rename,
    Replace,
    Start,
    Step,
    Stop,
    action_word,
)
from volvenctl.model.record import EMPTY, Record

_BEGINNINGS = frozenset({"attempt.started", "strategy.adopted", "strategy.renamed", "strategy.released"})
_HINT = "make and review a new plan: volvenctl plan --out FILE"


def refuse_foreign_plan(saved: Plan, environment: str, now: datetime) -> None:
    """Refuse a plan of another environment, or one that has expired.

    Raises:
        StalePlanError: with the two names or moments.
    """
    if saved.environment != environment:
        raise StalePlanError(
            f"the plan is for environment {saved.environment!r}, not for {environment!r}",
            hint=f"volvenctl -e {saved.environment} apply PLANFILE",
        )
    if now >= saved.expires_at:
        raise StalePlanError(f"the plan expired at {saved.expires_at:%Y-%m-%d %H:%M:%S} UTC", hint=_HINT)


def refuse_other_ground(saved: Plan, fresh: Plan, records: tuple[Record, ...]) -> None:
    """Refuse a plan that was made on another ledger, or under other settings of the environment.

    Raises:
        StalePlanError: says which.
    """
    if (saved.live, saved.digests.policy) != (fresh.live, fresh.digests.policy):
        raise StalePlanError(
            f"environment {saved.environment!r} was changed in volvenctl.yaml since the plan was made", hint=_HINT
        )
    base = saved.base
    if saved.lineage is not None and saved.lineage != fresh.lineage:
        raise StalePlanError(f"the plan was made on ledger {saved.lineage}, and this is {fresh.lineage}", hint=_HINT)
    if base != EMPTY and (base.seq > len(records) or records[base.seq - 1].hash != base.hash):
        raise StalePlanError(f"the ledger has another history than the plan at seq {base.seq}", hint=_HINT)


def remaining_steps(saved: Plan, fresh: Plan, records: tuple[Record, ...]) -> tuple[Step, ...]:
    """Return the steps of `saved` that are left, as `fresh` has them; equal in every byte that is sent.

    A step is left unless it was recorded under this plan, or had an attempt under it that reached, or may have
    reached, the platform.

    Raises:
        StalePlanError: a strategy changed in the state since, the checkout now says something else, or nothing
            is left.
    """
    begun = _begun_under(saved.hash, records)
    left = [item for item in saved.steps if item.name not in begun]
    if saved.steps and not left:
        raise StalePlanError("this plan was carried out already: nothing is left to do", hint=_HINT)
    touched = sorted(_touched_since(saved, records) & {item.name for item in left})
    if touched:
        raise StalePlanError(f"{touched[0]} changed in the state since the plan was made", hint=_HINT)
    now_planned = {item.name: item for item in fresh.actions}
    return tuple(_unchanged(item, now_planned.get(item.name)) for item in left)


def _unchanged(planned: Step, now: Change | None) -> Step:
    """Return what the checkout says now, if it is what was planned."""
    match now:
        case None:
            said = "nothing"
        case Keep() | Blocked():
            said = f"{action_word(now)} ({now.reason})"
        case _ if type(now) is not type(planned):
            said = action_word(now)
        case _ if _sent(now) == _sent(planned):
            return now
        case _:
            said = "another request"
    raise StalePlanError(
        f"{planned.name}: the plan says {action_word(planned)}, the checkout now says {said}", hint=_HINT
    )


def _sent(step: Step) -> tuple[object, ...]:
    """Return everything that a step sends or records of its own, and the money that it was reviewed by."""
    match step:
        case Create():
            return (step.request, step.notional, step.changes)
        case Replace():
            return (step.strategy_id, step.stop, step.request, step.notional, step.changes)
        case Start() | Pause() | Stop():
            return (step.strategy_id, step.request)
        case Rename():
            return (step.strategy_id, step.was)
        case Adopt():
            return (step.strategy_id, step.notional, step.changes)
        case Release():
            return (step.strategy_id,)
        case _:
            assert_never(step)


def not_in_plan(saved: Plan, fresh: Plan) -> tuple[str, ...]:
    """Return a sentence for each thing that the checkout says now and that is not part of the saved plan."""
    planned = {item.name for item in saved.steps}
    return tuple(
        f"{item.name}: the checkout also says {action_word(item)}; that is not part of this plan"
        for item in fresh.steps
        if item.name not in planned
    )


def _begun_under(plan_hash: Digest, records: Iterable[Record]) -> set[StrategyName]:
    """Return the names that were recorded, or with an attempt under this plan whose outcome is not `not-sent`."""
    begun: dict[object, StrategyName] = {}
    for record in records:
        if record.type == "attempt.not-sent":
            begun.pop(record.data["attemptId"], None)
        elif record.type in _BEGINNINGS and record.data.get("planHash") == plan_hash:
            begun[record.data.get("attemptId", record.seq)] = StrategyName(str(record.data["name"]))
    return set(begun.values())


def _touched_since(saved: Plan, records: Iterable[Record]) -> set[StrategyName]:
    """Return the names that other runs changed after the plan's base, former names included."""
    return {
        StrategyName(str(record.data[key]))
        for record in records
        if record.seq > saved.base.seq and record.data.get("planHash") != saved.hash
        for key in ("name", "was")
        if key in record.data
    }
