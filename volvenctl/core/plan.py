"""What apply would do: specs against state and platform."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from volvenctl.core.capital import capital_of
from volvenctl.core.case import Ground
from volvenctl.core.decide import decide
from volvenctl.core.drift import drift, twin_sentences
from volvenctl.core.reconcile import claims, doubts, late_candidates, strangers, unjudged_candidates, unmanaged
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
    Start,
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
    others = unmanaged(state, Sight.of(inputs.live, inputs.environment))
    specs = sorted(inputs.specs, key=lambda item: item.name)
    ground = Ground(state, Sight.of(inputs.live, inputs.environment), inputs.declared, claims(state, inputs.live))
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
        orphaned=_orphans(ground, {item.was for item in actions if isinstance(item, Rename)}),
        drift=drift(state, ground.sight),
        warnings=inputs.warnings + _late_warnings(inputs) + twin_sentences(state, ground.sight, launched),
        unmanaged=None if others is None else len(others),
        capital=capital_of(ground, actions, specs),
        hash=_NO_HASH,
    )
    return replace(plan, hash=hash_of(plan))


@dataclass(frozen=True, slots=True)
class LaunchDoubts:
    """Ids in sight that may be the very strategies that a launch would make."""

    late: Mapping[StrategyName, tuple[LiveStrategy, ...]]
    twice: frozenset[StrategyName]
    """Specs that have, or may have, two strategies already."""
    stranger: str
    """Why nothing at all may be launched; empty if it may."""

    @classmethod
    def of(cls, state: State, live: tuple[LiveStrategy, ...] | None, *, is_dedicated: bool) -> Self:
        """Return the doubts that `find` leaves. `is_dedicated`: nobody else launches with this user."""
        unknown = strangers(state, live)
        late, twice = unjudged_candidates(state, live), frozenset(doubts(state, live).twice)
        if not is_dedicated or unknown == ():
            return cls(late, twice, "")
        but = f"but {unknown[0].id} is not in the ledger" if unknown else "and find cannot be asked about that"
        return cls(late, twice, f"api.dedicatedUser says that nobody else launches here, {but}")

    def about_step(self, step: Create | Replace | Start, spec: StrategySpec) -> str:
        """Return why `step` might make two strategies run for `spec`, under this name or its former one."""
        names = [spec.name] if spec.was is None else [spec.name, spec.was]
        doubled = next((name for name in names if name in self.twice), None)
        if doubled is not None:
            return (
                f"{doubled} runs, or may run, twice already; nothing is sent for it: see `volvenctl resolve {doubled}`"
            )
        if isinstance(step, Start):
            return ""
        return next((reason for name in names if (reason := self.about(name))), "")

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
    if not isinstance(change, Create | Replace | Start) or not (reason := doubts.about_step(change, spec)):
        return change
    return Blocked(change.name, reason, change.source, change.changes, change.notional, is_in_doubt=True)


def _orphans(ground: Ground, renamed: set[StrategyName]) -> tuple[Orphan, ...]:
    """Return what was launched, has no spec any more, and is not shown to have ended after it was told to stop."""
    names = sorted(set(ground.state.strategies) - ground.declared - renamed)
    entries = [ground.state.strategies[name] for name in names]
    return tuple(
        Orphan(item.name, item.strategy_id)
        for item in entries
        if item.run_state != "stopped" or ground.sight.of_strategy(item.strategy_id) not in {"stopped", "gone"}
    )


def _late_warnings(inputs: PlanInputs) -> tuple[str, ...]:
    return tuple(
        f"{name}: an attempt was declared absent, but {', '.join(item.id for item in found)} turned up and may be "
        f"its strategy; see `volvenctl resolve {name}`"
        for name, found in sorted(late_candidates(inputs.state, inputs.live).items())
    )
