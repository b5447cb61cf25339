"""The ledger in an object store: numbered segments, each created once and never changed.

    PREFIX/ledger/0000000001.jsonl   the records of one append, named by the first one's seq
    PREFIX/state.json, lock.json     the state document and the lock

The name of a segment is the compare-and-swap: whoever continues the head `n` must create segment `n + 1`, whatever
it holds, and a store that keeps conditions lets one writer do that. Whether the head really is `n`, and not in the
middle or past the end of what is there, is looked up before.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final

from volvenctl.adapters.heartbeat_lock import HeartbeatLock
from volvenctl.adapters.moved_ledger import ledger_moved
from volvenctl.adapters.object_lock import ObjectCell
from volvenctl.adapters.object_place import read_object_place
from volvenctl.adapters.object_segments import Segments, Tail, document_of, seal_content, segment_name
from volvenctl.adapters.object_store import ObjectStore
from volvenctl.adapters.recovery_files import RecoveryFiles
from volvenctl.errors import Conflict, LedgerError, StorageError, VolvenctlError
from volvenctl.model.names import AttemptId, JsonObject
from volvenctl.model.record import Head, Record
from volvenctl.ports import System
from volvenctl.wire.exact_json import json_text
from volvenctl.wire.ledger_v1 import record_line
from volvenctl.wire.state_v1 import read_state

_STATE: Final = "state.json"
_STATE_TRIES: Final = 5


def open_object_store_ledger(
    url: str, variables: Mapping[str, str], recovery: RecoveryFiles, system: System, lock_timeout_s: float = 0
) -> "LedgerObjectStore":
    """Return the ledger at `s3://BUCKET/PREFIX`, `gs://...` or `az://...`; nothing is asked yet.

    Raises:
        ConfigError, CredentialsError: the URL or an AWS profile makes no sense.
        StorageError: neither do the other settings of the environment `variables`.
    """
    return LedgerObjectStore(ObjectStore(read_object_place(url, variables), system), recovery, system, lock_timeout_s)


class LedgerObjectStore:
    """A `LedgerStore` in the objects below one prefix."""

    def __init__(
        self, objects: ObjectStore, recovery: RecoveryFiles, system: System, lock_timeout_s: float = 0
    ) -> None:
        """Work in `objects`; results that cannot be stored go to `recovery`."""
        self._objects = objects
        self._recovery = recovery
        self._lock = HeartbeatLock(
            ObjectCell(objects, "lock.json", system), f"{objects.url}/lock.json", system, lock_timeout_s
        )
        self._segments = Segments(objects)
        self._tail = Tail()
        self._is_proven = False

    def read(self, after: int) -> list[Record]:
        """Return the records after seq `after`, each verified and chained to the one before."""
        with _for_readers():
            records = self._look(after)
        last = records[-1].seq if records else 0
        if last < after:
            raise LedgerError(
                f"the ledger at {self._objects.url} ends at seq {last}, but seq {after} was written before: it was cut",
                hint="restore the segments in ledger/ from a copy that has all records",
            )
        return [record for record in records if record.seq > after]

    def append(self, expected: int, records: Sequence[Record]) -> None:
        """Create the one segment that continues the record `expected`."""
        self._prove()
        self._check_head(expected, records[0].prev)
        version = self._objects.create(segment_name(expected + 1), b"".join(map(record_line, records)))
        if version is None:
            raise self._overtaken(expected)
        self._tail = Tail(Head(records[-1].seq, records[-1].hash), expected + 1, version)

    def torn_end(self) -> str | None:
        """Return None: an object is there as a whole or not at all."""

    def repair(self) -> str | None:
        """Return None: there is nothing to repair. A ledger that was moved is refused."""
        serial = (self.read_state() or {}).get("serial")
        with _for_readers():
            self._look(serial if isinstance(serial, int) and serial > 0 else 0)
        self._refuse_moved()
        return None

    def seal(self, expected: int, moved_to: str) -> None:
        """Create the segment that would continue `expected`, with the new place instead of records."""
        self._prove()
        self._check_head(expected, None)
        if self._objects.create(segment_name(expected + 1), seal_content(moved_to)) is None:
            raise self._overtaken(expected)
        self._tail = Tail(self._tail.head, expected + 1, None, moved_to)

    def read_state(self) -> JsonObject | None:
        """Return the state document; None if there is none, an empty one if what there is cannot be read."""
        with _for_readers():
            found = self._objects.found(_STATE)
        return None if found is None else document_of(found.content)

    def write_state(self, document: JsonObject) -> None:
        """Replace the version that was looked at, until it is stored or one that knows more is there."""
        self._prove()
        content = json_text(document).encode("ascii") + b"\n"
        failure = StorageError(f"{_STATE} at {self._objects.url} keeps changing", hint="run the command again")
        for _ in range(_STATE_TRIES):
            found = self._objects.found(_STATE)
            if found is not None and (found.content == content or _is_newer(document_of(found.content), document)):
                return
            try:
                if self._objects.replace(_STATE, None if found is None else found.version, content) is not None:
                    return
            except StorageError as error:  # the next look tells whether it was stored all the same
                failure = error
        raise failure

    def lock(self, operation: str, actor: JsonObject) -> AbstractContextManager[None]:
        """Hold the lock object, renewed while this process lives."""
        self._prove()
        return self._lock.hold(operation, actor)

    def holder(self) -> JsonObject | None:
        """Return what the holder wrote into the lock; None if it is free or silent."""
        with _for_readers():
            return self._lock.holder()

    def broken_lock(self) -> JsonObject | None:
        """Return whose lock was broken for ours."""
        return self._lock.broken()

    def break_lock(self) -> None:
        """Remove the lock object."""
        self._lock.break_lock()

    def save_recovery(self, attempt_id: AttemptId, document: JsonObject) -> str:
        """Write the result into a file on this machine; return where it is."""
        return self._recovery.save(attempt_id, document)

    def recoveries(self) -> tuple[tuple[str, JsonObject], ...]:
        """Return the recovery files on this machine, by name."""
        return self._recovery.found()

    def drop_recovery(self, name: str) -> None:
        """Remove a recovery file for good."""
        self._recovery.drop(name)

    def _prove(self) -> None:
        """Let the store show once per process that it keeps conditions, before anything relies on them."""
        if not self._is_proven:
            self._objects.prove()
            self._is_proven = True

    def _look(self, seq: int) -> list[Record]:
        """Return the records from the segment that holds `seq` on, and remember where the ledger ends."""
        records, self._tail = self._segments.read_from(seq)
        return records

    def _check_head(self, expected: int, previous: str | None) -> None:
        """Refuse to continue anything but the end of the ledger as it is now."""
        if self._tail.head.seq != expected or not self._segments.is_unchanged(self._tail):
            self._look(expected)
        self._refuse_moved()
        if self._tail.head.seq != expected:
            raise self._lost_race(expected)
        if previous is not None and self._tail.head.hash != previous:
            raise Conflict(f"the ledger at {self._objects.url} has another history than the one read before")

    def _lost_race(self, expected: int) -> Conflict:
        return Conflict(
            f"another writer appended to {self._objects.url}: its head is not seq {expected} any more",
            hint="run the command again; it starts from what the other run left",
        )

    def _overtaken(self, expected: int) -> VolvenctlError:
        """Return what a name that is taken means: another writer was first, or the ledger was moved meanwhile."""
        with suppress(VolvenctlError):
            self._look(expected)
        moved_to = self._tail.moved_to
        return self._lost_race(expected) if moved_to is None else ledger_moved(self._objects.url, moved_to)

    def _refuse_moved(self) -> None:
        if self._tail.moved_to is not None:
            raise ledger_moved(self._objects.url, self._tail.moved_to)


@contextmanager
def _for_readers() -> Iterator[None]:
    """Say of a store that fails what a reader has to know: the ledger cannot be read."""
    try:
        yield
    except StorageError as error:
        raise LedgerError(error.message, hint=error.hint) from error


def _is_newer(stored: JsonObject, document: JsonObject) -> bool:
    """Whether the stored state is sound and knows more than `document`."""
    known = read_state(stored)
    serial = document.get("serial")
    return known is not None and isinstance(serial, int) and known.head.seq > serial
