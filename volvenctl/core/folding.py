"""The state while records are folded into it, and what they are read with."""

from dataclasses import dataclass
from typing import cast

from volvenctl.errors import LedgerError
from volvenctl.model.names import AttemptId, Json, StrategyId, StrategyName
from volvenctl.model.record import Head, Record
from volvenctl.model.state import AbsentAttempt, Double, Halt, Launched, OpenAttempt, State


@dataclass(slots=True, init=False)
class Folding:
    """A `State` that is being made: a local collector, so that one record costs one change and no copies."""

    lineage: str | None
    environment: str | None
    head: Head
    strategies: dict[StrategyName, Launched]
    attempts: dict[AttemptId, OpenAttempt]
    absent: dict[AttemptId, AbsentAttempt]
    doubles: dict[StrategyId, Double]
    snapshots: dict[int, frozenset[StrategyId] | None]
    known_ids: set[StrategyId]
    applied_commit: str | None
    released: dict[StrategyName, StrategyId]
    halts: list[Halt]

    def __init__(self, state: State) -> None:
        """Start at `state`, which is left as it is."""
        self.lineage, self.environment, self.head = state.lineage, state.environment, state.head
        self.strategies = dict(state.strategies)
        self.attempts = dict(state.attempts)
        self.absent = dict(state.absent)
        self.doubles = dict(state.doubles)
        self.snapshots = dict(state.snapshots)
        self.known_ids = set(state.known_ids)
        self.applied_commit = state.applied_commit
        self.released = dict(state.released)
        self.halts = list(state.halts)

    def state(self) -> State:
        """Return the state as it is now."""
        return State(
            lineage=self.lineage,
            environment=self.environment,
            head=self.head,
            strategies=dict(self.strategies),
            attempts=dict(self.attempts),
            absent=dict(self.absent),
            doubles=dict(self.doubles),
            snapshots=dict(self.snapshots),
            known_ids=frozenset(self.known_ids),
            applied_commit=self.applied_commit,
            released=dict(self.released),
            halts=tuple(self.halts),
        )

    def close(self, attempt_id: AttemptId) -> None:
        """Forget an open attempt, and the snapshot that was kept for it."""
        if self.attempts.pop(attempt_id, None) is not None:
            self.prune(newest=max(self.snapshots, default=0))

    def prune(self, newest: int) -> None:
        """Forget the snapshots that no open or absent attempt and no running apply needs."""
        if len(self.snapshots) > 1:
            open_runs = {item.apply_seq for item in self.attempts.values()}
            needed = open_runs | {item.apply_seq for item in self.absent.values()} | {newest}
            self.snapshots = {seq: ids for seq, ids in self.snapshots.items() if seq in needed}


def text_of(record: Record, key: str) -> str:
    """Return a text that a record must have.

    Raises:
        LedgerError: it has none.
    """
    value: Json = record.data.get(key)
    if not isinstance(value, str):
        raise LedgerError(f"the ledger is damaged at seq {record.seq}: {record.type} has no {key}")
    return value


def name_of(record: Record) -> StrategyName:
    """Return the strategy's name of a record that must have one; as `text_of`."""
    return StrategyName(text_of(record, "name"))


def attempt_id_of(record: Record) -> AttemptId:
    """Return the attempt's id of a record that must have one; as `text_of`."""
    return AttemptId(text_of(record, "attemptId"))


def ids_of(value: Json) -> frozenset[StrategyId]:
    """Return the strategy ids of a list in a record; none for an absent list."""
    return frozenset(map(StrategyId, cast("list[str]", value or ())))
