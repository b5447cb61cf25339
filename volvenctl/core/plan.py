"""What apply would do: specs against state and platform."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from volvenctl.core.capital import capital_of
from volvenctl.core.case import Ground
from volvenctl.core.decide import decide
from volvenctl.core.drift import drift, twin_sentences
from volvenctl.core.reconcile import late_candidates, strangers, unjudged_candidates, unmanaged
from volvenctl.core.sight import Sight
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.names import Digest, StrategyName
from volvenctl.model.plan import (
    Author,
    Blocked,
    Change,
    Checkout,
    Create,
    Digests,
    Orphan,
    Plan,
    Rename,
    Replace,
    Selection,
)
from volvenctl.model.project import Environment
from volvenctl.model.spec import StrategySpec
from volvenctl.model.state import State

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
    environment: Environment
    """Says what the words of `find` mean, and whether anybody else launches with this user."""
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
    others = unmanaged(state, inputs.live)
    specs = sorted(inputs.specs, key=lambda item: item.name)
    ground = Ground(state, Sight.of(inputs.live, inputs.environment), inputs.declared)
    doubts = LaunchDoubts.of(state, inputs.live, is_dedicated=inputs.environment.api.dedicated_user)
    actions = tuple(_guarded(decide(spec, ground), spec, doubts) for spec in specs)
    launched = [spec for spec, item in zip(specs, actions, strict=True) if isinstance(item, Create | Replace)]
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
        orphaned=_orphans(state, inputs.declared, {item.was for item in actions if isinstance(item, Rename)}),
        drift=drift(state, ground.sight),
        warnings=inputs.warnings + _late_warnings(inputs) + twin_sentences(state, ground.sight, launched),
        unmanaged=None if others is None else len(others),
        capital=capital_of(state, actions, specs),
        hash=_NO_HASH,
    )
    return replace(plan, hash=hash_of(plan))


@dataclass(frozen=True, slots=True)
class LaunchDoubts:
    """Ids in sight that may be the very strategies that a launch would make."""

    late: Mapping[StrategyName, tuple[LiveStrategy, ...]]
    stranger: str
    """Why nothing at all may be launched; empty if it may."""

    @classmethod
    def of(cls, state: State, live: tuple[LiveStrategy, ...] | None, *, is_dedicated: bool) -> Self:
        """Return the doubts that `find` leaves. `is_dedicated`: nobody else launches with this user."""
        unknown = strangers(state, live)
        late = unjudged_candidates(state, live)
        if not is_dedicated or unknown == ():
            return cls(late, "")
        but = f"but {unknown[0].id} is not in the ledger" if unknown else "and find cannot be asked about that"
        return cls(late, f"api.dedicatedUser says that nobody else launches here, {but}")

    def about_spec(self, spec: StrategySpec) -> str:
        """Return why launching `spec` might launch it twice, under this name or its former one."""
        return self.about(spec.name) or ("" if spec.was is None else self.about(spec.was))

    def about(self, name: StrategyName) -> str:
        """Return why launching `name` might launch it twice; empty if nothing says so."""
        late = self.late.get(name)
        if not late:
            return self.stranger
        return (
            f"an attempt was declared absent, and {late[0].id} turned up since: it may be its strategy; "
            f"see `volvenctl resolve {name}`"
        )


def _guarded(change: Change, spec: StrategySpec, doubts: LaunchDoubts) -> Change:
    if not isinstance(change, Create | Replace) or not (reason := doubts.about_spec(spec)):
        return change
    return Blocked(change.name, reason, change.source, change.changes, change.notional, is_in_doubt=True)


def _orphans(state: State, declared: frozenset[StrategyName], renamed: set[StrategyName]) -> tuple[Orphan, ...]:
    """Return what was launched, has no spec any more, and was not told to stop."""
    names = sorted(set(state.strategies) - declared - renamed)
    entries = [state.strategies[name] for name in names]
    return tuple(Orphan(item.name, item.strategy_id) for item in entries if item.run_state != "stopped")


def _late_warnings(inputs: PlanInputs) -> tuple[str, ...]:
    return tuple(
        f"{name}: an attempt was declared absent, but {', '.join(item.id for item in found)} turned up and may be "
        f"its strategy; see `volvenctl resolve {name}`"
        for name, found in sorted(late_candidates(inputs.state, inputs.live).items())
    )
