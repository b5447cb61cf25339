"""What the ledger says is launched, and what it does not know yet. Made by `core/fold.py` only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from volvenctl.model.names import AccountId, AttemptId, JsonObject, StrategyId, StrategyName
from volvenctl.model.record import EMPTY, Head


@dataclass(frozen=True, slots=True)
class Asked:
    """A start, pause or stop whose outcome is not certain: until it is asked again the run state is not known."""

    id: AttemptId
    action: str
    since: str
    reason: str | None
    """Why the outcome is unknown; None while no outcome was recorded at all."""
    in_doubt_before: bool
    """The run state was not known when this was asked, so that a refusal says nothing about it."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A strategy that we launched or adopted and still manage."""

    name: StrategyName
    strategy_id: StrategyId
    facts: JsonObject
    """`strategyType`, `accountIds`, `specDigest`, `body`, `notional`, `runState`, `protect`, `labels`, as in
    `attempt.started`."""
    launched_at: str
    seq: int
    """The record that last changed this entry."""
    asked: Asked | None = None

    @property
    def run_state(self) -> str | None:
        """The run state that the platform last took on; None while that is not certain."""
        return None if self.asked is not None else str(self.facts.get("runState", "running"))

    @property
    def is_protected(self) -> bool:
        """Whether it may not be stopped or replaced, whatever its spec says now."""
        return self.facts.get("protect") is True

    @property
    def accounts(self) -> frozenset[AccountId]:
        """The exchange accounts that it trades with."""
        ids = self.facts.get("accountIds")
        return frozenset(AccountId(str(item)) for item in ids) if isinstance(ids, list | tuple) else frozenset()


@dataclass(frozen=True, slots=True)
class Halt:
    """An emergency stop: what it covers is not launched or started until a resume lifts it."""

    at: str
    seq: int
    reason: str
    everything: bool
    accounts: frozenset[AccountId] = frozenset()
    names: frozenset[StrategyName] = frozenset()
    ids: frozenset[StrategyId] = frozenset()
    resumed_accounts: frozenset[AccountId] = frozenset()
    resumed_names: frozenset[StrategyName] = frozenset()

    def covers(self, name: StrategyName, accounts: frozenset[AccountId], strategy_id: StrategyId | None = None) -> bool:
        """Return whether a strategy is halted by this."""
        if name in self.resumed_names or (accounts and accounts <= self.resumed_accounts):
            return False
        return self.everything or name in self.names or bool(accounts & self.accounts) or strategy_id in self.ids


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
    """The git commit of the last apply of all specs that did everything it was to do."""
    released: Mapping[StrategyName, StrategyId] = field(default_factory=dict)
    """What we managed once and left as it was; it may run still."""
    halts: tuple[Halt, ...] = ()

    def open_attempt_of(self, name: StrategyName) -> OpenAttempt | None:
        """Return the attempt that blocks `name`, if any."""
        return next((item for item in self.attempts.values() if item.name == name), None)

    def halt_of(
        self, name: StrategyName, accounts: frozenset[AccountId], strategy_id: StrategyId | None = None
    ) -> Halt | None:
        """Return the newest halt that covers a strategy, if any."""
        return next((item for item in reversed(self.halts) if item.covers(name, accounts, strategy_id)), None)

    def owner_of(self, strategy_id: StrategyId) -> StrategyName | None:
        """Return the name under which a strategy is managed."""
        return next((item.name for item in self.strategies.values() if item.strategy_id == strategy_id), None)
