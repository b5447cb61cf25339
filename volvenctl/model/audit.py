"""What the audit trail is asked for, what holds it in place from outside, and what it says of a moment."""

from dataclasses import dataclass

from volvenctl.model.names import Digest, StrategyId, StrategyName
from volvenctl.model.record import Head, Record
from volvenctl.model.report import AuditLog
from volvenctl.model.state import State


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records are wanted; what is empty or None wants all."""

    strategies: tuple[str, ...] = ()
    """Names, or ids of strategies or attempts; a record about any of them is wanted."""
    actor: str | None = None
    """Part of what a record says about who did it, in any case of its letters."""
    since: str | None = None
    """A moment as records have it; that moment included."""
    until: str | None = None
    """As `since`; that moment included."""
    commit: str | None = None
    """The beginning of a git commit's id."""
    plan: str | None = None
    """The beginning of a plan's hash, `sha256:` or not."""
    types: tuple[str, ...] = ()
    """Types of records, or what stands before their point, as `attempt`."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of the ledger that somebody noted outside of it."""

    seq: int | None
    """None: only the hash was noted."""
    hash: Digest


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed about a ledger: that it had this head at that time."""

    environment: str
    lineage: str
    head: Head
    at: str


@dataclass(frozen=True, slots=True)
class CheckedCheckpoint:
    """A checkpoint whose head is in the ledger."""

    file: str
    checkpoint: Checkpoint
    principal: str | None
    """Who signed it; None: the signature was not looked at."""


@dataclass(frozen=True, slots=True)
class Verification:
    """A ledger that was verified, and what it was held against."""

    log: AuditLog
    anchors: tuple[Head, ...] = ()
    """The heads that were noted outside, each found in the ledger."""
    checkpoints: tuple[CheckedCheckpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """What the ledger knew at a moment. The platform was not asked."""

    environment: str
    at: str
    last: Record
    """The last record that counts."""
    state: State
    names: tuple[StrategyName, ...]
    """What is shown, in order."""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A strategy in one run state, from a record until the one that ended that."""

    name: StrategyName
    strategy_id: StrategyId
    run_state: str
    """`running`, `paused`, `stopped`; `unknown` while an answer is missing."""
    begin: Record
    end: Record | None
    """None: it is so at the end of the ledger."""


@dataclass(frozen=True, slots=True)
class History:
    """What a report tells: the records that are wanted, and every strategy's life."""

    log: AuditLog
    """`records` are those that are wanted."""
    spans: tuple[Span, ...]
