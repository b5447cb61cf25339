"""Moving a ledger to another store: copied, verified, and the old one sealed for good."""

from collections.abc import Sequence

from volvenctl.errors import LedgerError
from volvenctl.model.record import EMPTY, Record
from volvenctl.model.report import AuditLog
from volvenctl.model.state import State
from volvenctl.pipeline.opening import open_for_writing
from volvenctl.ports import LedgerStore, World
from volvenctl.wire.state_v1 import read_state, state_document

_BATCH = 5000
"""Records of one append: one segment, commit or transaction of the new store."""


def migrate(source: World, target: LedgerStore, moved_to: str) -> AuditLog:
    """Copy the ledger of `source` to `target`, verify the copy, seal the old one; return the ledger as it is there.

    Interrupted at any point, it can be run again and goes on. Until the copy is complete, the state document in
    the target, written first, says that records are missing, so that nobody takes the part for the whole.

    Raises:
        LedgerError: there is nothing to move, it was moved already, or the target holds something else.
        LockHeldError: somebody works with either of them.
        Conflict, StorageError: the copy or the seal was not stored; the old ledger is still the one in use.
    """
    actor = source.system.actor()
    with source.ledger.lock("state migrate", actor), target.lock("state migrate", actor):
        opened = open_for_writing(source)
        if opened.state.head == EMPTY:
            raise LedgerError(
                f"environment {source.environment.name!r} has no ledger at {source.environment.state_url}",
                hint="there is nothing to move: write the new URL into volvenctl.yaml",
            )
        copied = _copy(opened.records, opened.state, target, moved_to)
        source.ledger.seal(len(opened.records), moved_to)
    notices = (
        *opened.notices,
        f"{copied} records were copied to {moved_to} and read back",
        f"{source.environment.state_url} is sealed: it can be read, and takes nothing any more",
        f"now write  state: {moved_to}  for {source.environment.name} in volvenctl.yaml",
    )
    return AuditLog(opened.state.lineage, source.environment.name, opened.records, opened.state.head, notices)


def _copy(records: Sequence[Record], state: State, target: LedgerStore, where: str) -> int:
    """Append to the target what it does not have yet, read all of it back, and return how many records that was."""
    target.repair()
    there = target.read(0)
    _refuse_other_ledger(records, state, target, there, where)
    if len(there) < len(records):
        target.write_state(state_document(state))
    for start in range(len(there), len(records), _BATCH):
        target.append(start, records[start : start + _BATCH])
    if tuple(target.read(0)[: len(records)]) != tuple(records):
        raise LedgerError(f"{where} does not give back what was written to it", hint="the old ledger is still in use")
    return max(len(records) - len(there), 0)


def _refuse_other_ledger(
    records: Sequence[Record], state: State, target: LedgerStore, there: Sequence[Record], where: str
) -> None:
    """Refuse a target that is neither empty nor a part of this ledger, nor what came of it since."""
    document = target.read_state()
    known = None if document is None else read_state(document)
    differs = next((old.seq for old, new in zip(records, there, strict=False) if old != new), None)
    if differs is not None or (known is not None and known.lineage != state.lineage):
        where_from = f" from seq {differs} on" if differs is not None else ", whose records are missing"
        raise LedgerError(
            f"{where} holds another ledger{where_from}",
            hint="move to an empty place: another branch, prefix, ledger name or folder",
        )
