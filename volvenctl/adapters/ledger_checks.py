"""What every ledger store checks alike, and says in the same words, wherever it keeps the records."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from volvenctl.errors import Conflict, LedgerError
from volvenctl.model.names import JsonObject
from volvenctl.model.record import EMPTY, Head, Record
from volvenctl.wire.ledger_v1 import RecordFault, read_record
from volvenctl.wire.state_v1 import read_state


def read_chain(lines: Sequence[bytes], after: int, where: str) -> list[Record]:
    """Return the lines, without their line ends, as the records after seq `after`, each chained to the one before.

    Raises:
        LedgerError: says which seq is the first bad one.
    """
    records: list[Record] = []
    with _collector_paused():
        for seq, line in enumerate(lines, start=after + 1):
            previous = records[-1].hash if records else EMPTY.hash if after == 0 else None
            try:
                record = read_record(line)
            except RecordFault as fault:
                raise damaged(where, seq, str(fault)) from fault
            if record.seq != seq or (previous is not None and record.prev != previous):
                raise damaged(where, seq, "it does not continue the record before")
            records.append(record)
    return records


def check_head(head: Head, expected: int, records: Sequence[Record], where: str) -> None:
    """Refuse to append `records` after seq `expected` to a ledger with another head.

    Raises:
        Conflict: another writer was there.
    """
    if head.seq != expected:
        raise Conflict(
            f"another writer appended to {where}: its head is seq {head.seq}, not {expected}",
            hint="run the command again; it starts from what the other run left",
        )
    if records and records[0].prev != head.hash:
        raise Conflict(f"the ledger {where} has another history than the one read before")


def knows_more(stored: JsonObject | None, document: JsonObject) -> bool:
    """Whether the stored state document is sound and newer than `document`."""
    known = None if stored is None else read_state(stored)
    serial = document.get("serial")
    return known is not None and isinstance(serial, int) and known.head.seq > serial


def damaged(where: str, seq: int, reason: str) -> LedgerError:
    """Return the refusal of a ledger that is damaged, the first bad seq being `seq`."""
    return LedgerError(
        f"the ledger {where} is damaged at seq {seq}: {reason}",
        hint="nothing is written to a damaged ledger; restore it from a copy",
    )


def cut(where: str, end: int, after: int, what: str = "it") -> LedgerError:
    """Return the refusal of a ledger that ends before a seq that was written; `what` has to be restored."""
    return LedgerError(
        f"the ledger {where} ends at seq {end}, but seq {after} was written before: it was cut",
        hint=f"restore {what} from a copy that has all records",
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the collector from looking through records for garbage: there is none, and it took a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
