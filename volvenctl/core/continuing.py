"""Whether a saved plan may still be carried out, and which part of it is left."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from volvenctl.errors import StalePlanError
from volvenctl.model.names import Digest, StrategyName
from volvenctl.model.plan import Blocked, Change, Create, Keep, Plan
from volvenctl.model.record import EMPTY, Record

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


def remaining_creates(saved: Plan, fresh: Plan, records: tuple[Record, ...]) -> tuple[Create, ...]:
    """Return the launches of `saved` that are left, as `fresh` has them; equal in every byte that is sent.

    A launch is left unless it had an attempt under this plan that reached, or may have reached, the platform.

    Raises:
        StalePlanError: a strategy changed in the state since, the checkout now says something else, or nothing
            is left.
    """
    begun = _begun_under(saved.hash, records)
    left = [item for item in saved.creates if item.name not in begun]
    if saved.creates and not left:
        raise StalePlanError("this plan was carried out already: nothing is left to do", hint=_HINT)
    touched = sorted(_touched_since(saved, records) & {item.name for item in left})
    if touched:
        raise StalePlanError(f"{touched[0]} changed in the state since the plan was made", hint=_HINT)
    now_planned = {item.name: item for item in fresh.actions}
    return tuple(_unchanged(item, now_planned.get(item.name)) for item in left)


def _unchanged(planned: Create, now: Change | None) -> Create:
    """Return what the checkout says now, if it is what was planned."""
    if isinstance(now, Create) and now.request == planned.request:
        return now
    match now:
        case None:
            said = "nothing"
        case Create():
            said = "another request"
        case Keep() | Blocked():
            said = f"{type(now).__name__.lower()} ({now.reason})"
        case _:
            assert_never(now)
    raise StalePlanError(f"{planned.name}: the plan says create, the checkout now says {said}", hint=_HINT)


def not_in_plan(saved: Plan, fresh: Plan) -> tuple[str, ...]:
    """Return a sentence for each thing that the checkout says now and that is not part of the saved plan."""
    planned = {item.name for item in saved.actions if isinstance(item, Create)}
    return tuple(
        f"{item.name}: the checkout also says create; that is not part of this plan"
        for item in fresh.creates
        if item.name not in planned
    )


def _begun_under(plan_hash: Digest, records: Iterable[Record]) -> set[StrategyName]:
    """Return the names with an attempt under this plan whose outcome is anything but `not-sent`."""
    attempts: dict[object, StrategyName] = {}
    for record in records:
        if record.type == "attempt.started" and record.data.get("planHash") == plan_hash:
            attempts[record.data["attemptId"]] = StrategyName(str(record.data["name"]))
        elif record.type == "attempt.not-sent":
            attempts.pop(record.data["attemptId"], None)
    return set(attempts.values())


def _touched_since(saved: Plan, records: Iterable[Record]) -> set[StrategyName]:
    """Return the names that other runs changed after the plan's base."""
    return {
        StrategyName(str(record.data["name"]))
        for record in records
        if record.seq > saved.base.seq and "name" in record.data and record.data.get("planHash") != saved.hash
    }
