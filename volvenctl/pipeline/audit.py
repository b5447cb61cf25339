"""The audit trail: the ledger itself, read and verified from its first record, and what it says of any moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from volvenctl.core.anchors import anchored, check_bodies, checkpoint_found
from volvenctl.core.audit import records_until, wanted_records
from volvenctl.core.fold import Fold, fold_all
from volvenctl.core.spans import spans_of
from volvenctl.errors import LedgerError, UsageError
from volvenctl.model.approval import Rejected, SignatureFile, Verified
from volvenctl.model.audit import Anchor, CheckedCheckpoint, Checkpoint, History, Moment, RecordFilter, Verification
from volvenctl.model.names import Json, JsonObject, StrategyName
from volvenctl.model.record import EMPTY, Record
from volvenctl.model.report import AuditLog
from volvenctl.model.state import State
from volvenctl.pipeline.opening import refuse_cut_ledger
from volvenctl.ports import Signatures, World
from volvenctl.wire.checkpoint_v1 import CheckpointFault, read_checkpoint
from volvenctl.wire.moments import moment_text, read_moment
from volvenctl.wire.state_v1 import read_state, state_document


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """A checkpoint as it was found, and the signatures beside it."""

    file: str
    content: bytes
    signatures: Signatures | None
    """None: nobody said who may sign."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the ledger is held against, from outside of it."""

    anchors: tuple[Anchor, ...] = ()
    checkpoints: tuple[CheckpointFile, ...] = ()


@dataclass(frozen=True, slots=True)
class _Whole:
    """A ledger that was read from its first record on."""

    log: AuditLog
    state: State
    state_file_agrees: bool
    """The state file says what the records up to its head add up to, as far as it can be read."""


def log(world: World, wanted: RecordFilter | None = None) -> AuditLog:
    """Return the records that are wanted, or all; every hash and link verified, and compared with the state file.

    Raises:
        LedgerError: the first record that is damaged, or a ledger that was cut or does not exist.
    """
    whole = _read(world).log
    return whole if wanted is None else replace(whole, records=wanted_records(whole.records, wanted))


def verify(world: World, evidence: Evidence | None = None) -> Verification:
    """Read everything and believe nothing: the chain, the state file, what was sent, and what was noted outside.

    Raises:
        LedgerError: says what is wrong, with the first bad seq.
    """
    return _verified(world, evidence or Evidence())[0]


def checkpoint(world: World, evidence: Evidence) -> tuple[Checkpoint, CheckedCheckpoint | None]:
    """Return the checkpoint to sign: the head of the ledger, verified before, now; and an earlier one of that head.

    Raises:
        LedgerError: as for `verify`; what does not agree with earlier checkpoints is not signed.
    """
    found, _ = _verified(world, evidence)
    at = moment_text(world.system.now())
    earlier = next((item for item in found.checkpoints if item.checkpoint.head == found.log.head), None)
    return Checkpoint(world.environment.name, found.log.lineage or "", found.log.head, at), earlier


def export(world: World, evidence: Evidence) -> tuple[Verification, JsonObject]:
    """Return the verified ledger, and its state document, folded from it.

    Raises:
        LedgerError: as for `verify`; a ledger that is not whole is not exported.
    """
    found, state = _verified(world, evidence)
    return found, state_document(state)


def history(world: World, wanted: RecordFilter) -> History:
    """Return the records that are wanted, and the life of every strategy as far as they tell of it.

    Raises:
        LedgerError: as for `log`.
    """
    whole = _read(world).log
    chosen = wanted_records(whole.records, wanted)
    seqs = {record.seq for record in chosen}
    spans = tuple(
        span
        for span in spans_of(whole.records)
        if span.begin.seq in seqs or (span.end is not None and span.end.seq in seqs)
    )
    return History(replace(whole, records=chosen), spans)


def moment(world: World, at: str, names: Sequence[str]) -> Moment:
    """Return what the ledger knew at the moment `at`; only of the strategies `names`, if any are given.

    Raises:
        LedgerError: as for `log`, or the ledger begins later.
        UsageError: a name that nothing was known of then.
    """
    whole = _read(world).log
    records, notices = records_until(whole.records, at)
    state = fold_all(records)
    known = {*state.strategies, *(item.name for item in state.attempts.values())}
    missing = sorted(set(names) - known)
    if missing:
        raise UsageError(
            f"the ledger knows no strategy {missing[0]!r} at {at}",
            hint=f"volvenctl audit log --strategy {missing[0]}",
        )
    chosen = tuple(sorted(StrategyName(name) for name in known if not names or name in names))
    return Moment(world.environment.name, at, records[-1], state, chosen, whole.notices + notices)


def _read(world: World) -> _Whole:
    """Return the whole ledger, compared with the state file.

    Raises:
        LedgerError: the ledger is damaged, cut or missing.
    """
    records = tuple(world.ledger.read(0))
    document = world.ledger.read_state()
    known = None if document is None else read_state(document)
    if document is not None:
        refuse_cut_ledger(records, document, known)
    state, at_state_file = _folded(records, known)
    if state.head == EMPTY:
        raise LedgerError(
            f"environment {world.environment.name!r} has no ledger at {world.environment.state_url}",
            hint="the first apply creates it (in a live environment: volvenctl state init)",
        )
    agrees = known is None or at_state_file is None or _digest(at_state_file) == _digest(known)
    torn = world.ledger.torn_end()
    notices = (*(() if torn is None else (torn,)), *_notices(document, known, agrees=agrees))
    return _Whole(AuditLog(state.lineage, world.environment.name, records, state.head, notices), state, agrees)


def _folded(records: Sequence[Record], known: State | None) -> tuple[State, State | None]:
    """Return the state after all records, and the one at the head of the state file."""
    seq = 0 if known is None else known.head.seq
    fold = Fold()
    for record in records[:seq]:
        fold.add(record)
    at_state_file = fold.state if seq else None
    for record in records[seq:]:
        fold.add(record)
    return fold.state, at_state_file


def _digest(state: State) -> Json:
    return state_document(state)["digest"]


def _notices(document: JsonObject | None, known: State | None, *, agrees: bool) -> tuple[str, ...]:
    """Return what the state file leaves open."""
    if document is None:
        return ("there is no state file to compare the end of the ledger with",)
    if known is None:
        return ("the state file is damaged, and cannot be compared with the end of the ledger",)
    return () if agrees else (_DISAGREES,)


_DISAGREES = "the state file says something else than the ledger"


def _verified(world: World, evidence: Evidence) -> tuple[Verification, State]:
    whole = _read(world)
    if not whole.state_file_agrees:
        raise LedgerError(
            f"{_DISAGREES} up to its own seq",
            hint="it was changed, or written by another version; fold it again: volvenctl state rebuild",
        )
    records = whole.log.records
    check_bodies(records)
    anchors = tuple(anchored(records, anchor, "--expect-head") for anchor in evidence.anchors)
    found = tuple(_checkpoint(item, whole) for item in evidence.checkpoints)
    checkpoints = tuple(item for item in found if item is not None)
    notices = whole.log.notices + _doubts(evidence, checkpoints)
    return Verification(replace(whole.log, notices=notices), anchors, checkpoints), whole.state


def _checkpoint(item: CheckpointFile, whole: _Whole) -> CheckedCheckpoint | None:
    """Return a checkpoint whose head is in the ledger; None if it is another environment's."""
    try:
        told = read_checkpoint(item.content)
        at = read_moment(told.at)
    except (CheckpointFault, ValueError, OverflowError) as fault:
        raise LedgerError(f"the checkpoint {item.file} cannot be used: {fault}") from fault
    signature = None if item.signatures is None else _best(item.signatures.verified(item.content.decode("utf-8"), at))
    if told.environment != whole.log.environment:
        return None
    return checkpoint_found(whole.log.records, whole.state, told, (item.file, signature))


def _best(signatures: Sequence[SignatureFile]) -> SignatureFile:
    """Return the first good signature, else the first bad one."""
    good = next((item for item in signatures if isinstance(item, Verified)), None)
    return good or next(iter(signatures), Rejected("", "there is no signature beside it"))


def _doubts(evidence: Evidence, checkpoints: Sequence[CheckedCheckpoint]) -> tuple[str, ...]:
    foreign = len(evidence.checkpoints) - len(checkpoints)
    return (
        *((f"{foreign} of the checkpoints are of other environments",) if foreign else ()),
        *(
            ("the signatures of the checkpoints were not looked at: --signers FILE says who may sign",)
            if any(item.principal is None for item in checkpoints)
            else ()
        ),
    )
