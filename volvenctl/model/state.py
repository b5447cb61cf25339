"""What the ledger says is launched, and what it does not know yet. Made by `core/fold.py` only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from volvenctl.model.names import AttemptId, JsonObject, StrategyId, StrategyName
from volvenctl.model.record import EMPTY, Head


@dataclass(frozen=True, slots=True)
class Launched:
    """A strategy that we launched or adopted and still manage."""

    name: StrategyName
    strategy_id: StrategyId
    facts: JsonObject
    """`strategyType`, `accountIds`, `specDigest`, `body`, `notional`, `runState`, as in `attempt.started`."""
    launched_at: str
    seq: int
    """The record that last changed this entry."""


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """A request that was announced and whose outcome is not certain: it blocks its spec."""

    id: AttemptId
    name: StrategyName
    started_at: str
    seq: int
    apply_seq: int
    """The `apply.started` whose snapshot of ids it belongs to."""
    facts: JsonObject
    """The data of its `attempt.started`."""
    reason: str | None
    """Why the outcome is unknown; None while no outcome was recorded at all."""


@dataclass(frozen=True, slots=True)
class AbsentAttempt:
    """An attempt that a person declared absent: ids that turn up later may still be its strategy."""

    id: AttemptId
    name: StrategyName
    apply_seq: int
    facts: JsonObject
    seen: frozenset[StrategyId]
    """The candidates that the person who declared it absent was shown, and judged not to be its strategy."""


@dataclass(frozen=True, slots=True)
class Double:
    """A strategy that a late answer proved, beside the one that its spec has by now."""

    id: AttemptId
    name: StrategyName
    strategy_id: StrategyId


@dataclass(frozen=True, slots=True)
class State:
    """The ledger, folded. The empty state stands for a ledger without records."""

    lineage: str | None = None
    environment: str | None = None
    head: Head = EMPTY
    strategies: Mapping[StrategyName, Launched] = field(default_factory=dict)
    attempts: Mapping[AttemptId, OpenAttempt] = field(default_factory=dict)
    absent: Mapping[AttemptId, AbsentAttempt] = field(default_factory=dict)
    doubles: Mapping[StrategyId, Double] = field(default_factory=dict)
    snapshots: Mapping[int, frozenset[StrategyId] | None] = field(default_factory=dict)
    """Ids that `find` showed before each apply that an open or absent attempt belongs to; None: not known."""
    known_ids: frozenset[StrategyId] = frozenset()
    """Every id that the ledger ever gave to a spec or declared foreign."""
    applied_commit: str | None = None
    """The git commit of the last apply that came to its end."""

    def open_attempt_of(self, name: StrategyName) -> OpenAttempt | None:
        """Return the attempt that blocks `name`, if any."""
        return next((item for item in self.attempts.values() if item.name == name), None)
