"""One spec and everything it is decided against."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from volvenctl.core.sight import Sight
from volvenctl.model.names import StrategyId, StrategyName
from volvenctl.model.plan import Blocked, Change, Keep, Money, Source, ValueChange
from volvenctl.model.spec import StrategySpec
from volvenctl.model.state import Launched, State


@dataclass(frozen=True, slots=True)
class Ground:
    """What a spec is decided against."""

    state: State
    sight: Sight
    declared: frozenset[StrategyName]
    """Names of all specs in git."""
    claims: Mapping[StrategyId, StrategyName] = field(default_factory=dict)
    """Names whose launch may have made an id that is not managed."""


@dataclass(frozen=True, slots=True)
class Case:
    """A spec and what is known about it."""

    spec: StrategySpec
    ground: Ground
    source: Source
    money: Money
    """Of the spec, or of what was launched."""

    def keep(self, reason: str) -> Keep:
        """Return that there is nothing to do."""
        return Keep(self.spec.name, reason, self.source, self.money)

    def blocked(self, reason: str, *changes: ValueChange) -> Blocked:
        """Return that something is to be done, and will not be."""
        return Blocked(self.spec.name, reason, self.source, changes, self.money)


def why_not_adopted(ground: Ground, spec: StrategySpec, wanted: StrategyId) -> str:
    """Return why a spec that is not launched may not take the strategy `wanted`; empty if it may."""
    owner, claimant = ground.state.owner_of(wanted), ground.claims.get(wanted)
    if owner is not None:
        return f"{wanted} is managed as {owner!r}"
    if claimant not in {None, spec.name}:
        return f"{wanted} may be what a launch of {claimant!r} made; see `volvenctl resolve {claimant}`"
    if ground.sight.of_strategy(wanted) == "gone":
        return f"find does not show {wanted}"
    return ""


AnyCase = TypeVar("AnyCase", bound=Case)


def first_of(rules: Sequence[Callable[[AnyCase], Change | None]], case: AnyCase) -> Change:
    """Return what the first rule says that has something to say; the last one always has."""
    return next(change for rule in rules if (change := rule(case)) is not None)


def open_attempt(case: Case) -> Change | None:
    """Block a spec whose launch may have happened."""
    return blocked_by_attempt(case, case.spec.name)


def blocked_by_attempt(case: Case, name: StrategyName) -> Change | None:
    """Block a spec whose launch under `name` may have happened."""
    attempt = case.ground.state.open_attempt_of(name)
    if attempt is None:
        return None
    former = f" of {name!r}, its former name," if name != case.spec.name else ""
    reason = f"the outcome of attempt {attempt.id}{former} of {attempt.started_at} is unknown: it may run already"
    return Blocked(case.spec.name, reason, case.source, (), case.money, attempt.id, is_in_doubt=True)


def halted(case: Case, entry: Launched | None) -> Change | None:
    """Block what a halt covers; `entry` is the strategy, None before its launch."""
    accounts = frozenset(case.spec.account_ids) if entry is None else entry.accounts
    names = {case.spec.name, case.spec.was or case.spec.name}
    strategy_id = None if entry is None else entry.strategy_id
    found = [case.ground.state.halt_of(name, accounts, strategy_id) for name in sorted(names)]
    halt = next((item for item in found if item is not None), None)
    if halt is None:
        return None
    why = f": {halt.reason}" if halt.reason else ""
    return case.blocked(f"halted at {halt.at}{why}; after `volvenctl resume {case.spec.name} --reason TEXT` it goes on")
