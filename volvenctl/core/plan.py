"""What apply would do: specs against state and platform."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self, cast

from volvenctl.core.capital import capital_of, money_of, read_notional_facts
from volvenctl.core.reconcile import drift, late_candidates, unjudged_candidates, unmanaged
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.names import Digest, JsonObject, StrategyName
from volvenctl.model.plan import (
    Author,
    Blocked,
    Change,
    Checkout,
    Create,
    Digests,
    Keep,
    Orphan,
    Plan,
    Selection,
    Source,
    ValueChange,
)
from volvenctl.model.spec import StrategySpec
from volvenctl.model.state import Launched, State
from volvenctl.wire.exact_json import is_same_content, json_text, read_json
from volvenctl.wire.platform_api import create_request

_NO_HASH = Digest("")


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """Everything a plan is made of."""

    specs: tuple[StrategySpec, ...]
    declared: frozenset[StrategyName]
    """Names of all specs in git, selected or not."""
    state: State
    live: tuple[LiveStrategy, ...] | None
    """What `find` shows; None where it cannot be asked."""
    is_dedicated: bool
    """Nobody else launches with this user, so an id that is not known blocks every launch."""
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanFrame:
    """What a plan says about itself."""

    version: str
    environment: str
    live: bool
    selection: Selection
    author: Author
    checkout: Checkout
    digests: Digests
    now: datetime
    ttl: timedelta


def make_plan(inputs: PlanInputs, frame: PlanFrame, hash_of: Callable[[Plan], Digest]) -> Plan:
    """Return the plan; the same inputs give the same plan, whatever their order."""
    state = inputs.state
    strangers = unmanaged(state, inputs.live)
    specs = sorted(inputs.specs, key=lambda item: item.name)
    doubts = LaunchDoubts.of(state, inputs.live, is_dedicated=inputs.is_dedicated)
    actions = tuple(_guarded(_action(spec, state), doubts) for spec in specs)
    by_name = {spec.name: spec for spec in specs}
    plan = Plan(
        version=frame.version,
        environment=frame.environment,
        live=frame.live,
        selection=frame.selection,
        author=frame.author,
        created_at=frame.now,
        expires_at=frame.now + frame.ttl,
        checkout=frame.checkout,
        lineage=state.lineage,
        base=state.head,
        digests=frame.digests,
        actions=actions,
        orphaned=_orphans(state, inputs.declared),
        drift=drift(state, inputs.live),
        warnings=inputs.warnings + _late_warnings(inputs),
        unmanaged=None if strangers is None else len(strangers),
        capital=capital_of(state, [by_name[item.name] for item in actions if isinstance(item, Create)]),
        hash=_NO_HASH,
    )
    return replace(plan, hash=hash_of(plan))


def _action(spec: StrategySpec, state: State) -> Change:
    source, money = Source(spec.document.file, spec.place.line), money_of(spec.notionals)
    attempt = state.open_attempt_of(spec.name)
    if attempt is not None:
        reason = f"the outcome of attempt {attempt.id} of {attempt.started_at} is unknown: it may run already"
        return Blocked(spec.name, reason, source, (), money, attempt.id, is_in_doubt=True)
    launched = state.strategies.get(spec.name)
    if launched is not None:
        return _launched_action(spec, launched, source)
    if spec.was is not None and spec.was in state.strategies:
        reason = f"it is launched as {spec.was!r}, and this version cannot record a rename; keep the old name"
        return Blocked(spec.name, reason, source, (), money)
    if spec.run_state in {"stopped", "released"}:
        return Keep(spec.name, f"declared {spec.run_state} and not launched: nothing to launch", source, money)
    changes = tuple(ValueChange(f"$.spec.{key}", None, json_text(spec.request[key])) for key in spec.request)
    return Create(spec.name, _launch_reason(spec), source, changes, create_request(json_text(spec.request)), money)


def _launch_reason(spec: StrategySpec) -> str:
    """Return why it is launched, and which products a code stands for: codes differ by one letter."""
    titles = dict.fromkeys(f"{use.product} is {use.title} on {use.exchange}" for use in spec.products)
    return "; ".join(["not launched yet", *titles])


def _launched_action(spec: StrategySpec, launched: Launched, source: Source) -> Change:
    money = money_of(read_notional_facts(launched.facts))
    if launched.facts.get("specDigest") != spec.digest:
        before = cast("JsonObject", read_json(str(launched.facts["body"])))
        reason = (
            f"edited since it was launched as {launched.strategy_id}, and no call to change a strategy is "
            "documented; undo the edit, or launch the new values under a new name"
        )
        return Blocked(spec.name, reason, source, _changes(before, spec.request), money)
    if launched.facts.get("runState") != spec.run_state:
        change = ValueChange(
            "$.lifecycle.runState", json_text(launched.facts.get("runState")), json_text(spec.run_state)
        )
        reason = "this version does not change the run state of a launched strategy; do it at the platform"
        return Blocked(spec.name, reason, source, (change,), money)
    return Keep(spec.name, f"launched as {launched.strategy_id}", source, money)


@dataclass(frozen=True, slots=True)
class LaunchDoubts:
    """Ids in sight that may be the very strategies that a launch would make."""

    late: Mapping[StrategyName, tuple[LiveStrategy, ...]]
    stranger: str
    """Why nothing at all may be launched; empty if it may."""

    @classmethod
    def of(cls, state: State, live: tuple[LiveStrategy, ...] | None, *, is_dedicated: bool) -> Self:
        """Return the doubts that `find` leaves. `is_dedicated`: nobody else launches with this user."""
        strangers = unmanaged(state, live)
        late = unjudged_candidates(state, live)
        if not is_dedicated or strangers == ():
            return cls(late, "")
        but = f"but {strangers[0].id} is not in the ledger" if strangers else "and find cannot be asked about that"
        return cls(late, f"api.dedicatedUser says that nobody else launches here, {but}")

    def about(self, name: StrategyName) -> str:
        """Return why launching `name` might launch it twice; empty if nothing says so."""
        late = self.late.get(name)
        if not late:
            return self.stranger
        return (
            f"an attempt was declared absent, and {late[0].id} turned up since: it may be its strategy; "
            f"see `volvenctl resolve {name}`"
        )


def _guarded(change: Change, doubts: LaunchDoubts) -> Change:
    reason = doubts.about(change.name)
    if not reason or not isinstance(change, Create):
        return change
    return Blocked(change.name, reason, change.source, change.changes, change.notional, is_in_doubt=True)


def _changes(before: JsonObject, after: JsonObject) -> tuple[ValueChange, ...]:
    """Return the fields that differ, those of the spec first, in its order; `autoRun` follows the run state."""
    keys = [key for key in dict.fromkeys((*after, *before)) if key != "autoRun"]
    return tuple(
        ValueChange(f"$.spec.{key}", _json_or_none(before, key), _json_or_none(after, key))
        for key in keys
        if (key in before) != (key in after) or not is_same_content(before.get(key), after.get(key))
    )


def _json_or_none(values: JsonObject, key: str) -> str | None:
    return json_text(values[key]) if key in values else None


def _orphans(state: State, declared: frozenset[StrategyName]) -> tuple[Orphan, ...]:
    return tuple(Orphan(name, state.strategies[name].strategy_id) for name in sorted(set(state.strategies) - declared))


def _late_warnings(inputs: PlanInputs) -> tuple[str, ...]:
    return tuple(
        f"{name}: an attempt was declared absent, but {', '.join(item.id for item in found)} turned up and may be "
        f"its strategy; see `volvenctl resolve {name}`"
        for name, found in sorted(late_candidates(inputs.state, inputs.live).items())
    )
