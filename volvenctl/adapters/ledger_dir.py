"""The ledger in a local folder: `ledger.jsonl`, `state.json`, `lock` and, rarely, `recovery-*.json`."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from volvenctl.adapters.ledger_checks import check_head, cut, knows_more, read_chain
from volvenctl.adapters.ledger_lines import is_record, newest_lines, whole_lines
from volvenctl.adapters.lock_holder import holder_document, lock_held
from volvenctl.adapters.moved_ledger import ledger_moved
from volvenctl.adapters.plain_files import (
    lock_file,
    make_folder,
    opened,
    read_from,
    read_whole,
    replace_file,
    sync_file,
    sync_folder,
    try_lock_file,
    write_whole,
)
from volvenctl.adapters.recovery_files import RecoveryFiles
from volvenctl.errors import LedgerError, StorageError
from volvenctl.model.names import AttemptId, JsonObject
from volvenctl.model.record import EMPTY, Head, Record
from volvenctl.ports import System
from volvenctl.wire.exact_json import JsonFault, json_text, read_json
from volvenctl.wire.ledger_v1 import record_line

_HOLDER_LIMIT = 64 * 1024
_POLL_S = 0.05
_LOOK_S = 0.3
"""A reader that asks who holds the lock holds it itself for a moment; that is no reason to give up."""


@dataclass(slots=True)
class _Seen:
    """The end of the file as this process knows it; valid while the size has not changed."""

    size: int = 0
    head: Head = EMPTY


class LedgerDir:
    """A `LedgerStore` in one folder.

    An append holds a lock on the ledger file itself while it compares and writes, so it is atomic for
    threads and processes alike; the file `lock` is held for a whole command and only keeps people apart.
    """

    def __init__(self, folder: Path, spare: Path, system: System, lock_timeout_s: float = 0) -> None:
        """Work in `folder`, which need not exist; `spare` takes recovery files when it is full or gone."""
        self._folder = folder
        self._recovery = RecoveryFiles(folder, spare, in_ci="ci" in system.actor())
        self._system = system
        self._lock_timeout_s = lock_timeout_s
        self._ledger = folder / "ledger.jsonl"
        self._state = folder / "state.json"
        self._lock = folder / "lock"
        self._moved = folder / "moved.json"
        self._seen = _Seen()

    def read(self, after: int) -> list[Record]:
        """Return the records after seq `after`, each verified and chained to the one before."""
        newest = self._newest(after) if after else None
        if newest is None:
            lines = whole_lines(self._content())
            if len(lines) < after:
                raise cut(str(self._ledger), len(lines), after, "ledger.jsonl")
            newest = lines[after:]
        return read_chain(newest, after, str(self._ledger))

    def append(self, expected: int, records: Sequence[Record]) -> None:
        """Write all records in one go and sync, if the last record is `expected`."""
        try:
            make_folder(self._folder)
            with opened(self._ledger, os.O_RDWR | os.O_CREAT | os.O_APPEND) as descriptor:
                lock_file(descriptor)
                self._refuse_moved()
                self._check_head(descriptor, expected, records)
                self._write(descriptor, records)
        except OSError as error:
            raise _storage_error("append to", self._ledger, error) from error

    def torn_end(self) -> str | None:
        """Return what a power loss left of an append behind the last record; it is no part of the ledger."""
        content = self._content()
        torn = content[content.rfind(b"\n") + 1 :]
        if not torn or is_record(torn, content.count(b"\n") + 1):
            return None
        return f"{self._ledger} ends with {len(torn)} bytes of an unfinished append; the next writer cuts them off"

    def repair(self) -> str | None:
        """Cut off what a power loss left of an append, or complete it where only the line end is missing."""
        if not self._content():
            return None
        try:
            with opened(self._ledger, os.O_RDWR | os.O_APPEND) as descriptor:
                lock_file(descriptor)
                self._refuse_moved()
                notice = self._mend(descriptor)
            sync_folder(self._folder)
        except OSError as error:
            raise _storage_error("repair", self._ledger, error) from error
        return notice

    def seal(self, expected: int, moved_to: str) -> None:
        """Write where the ledger went into `moved.json`; the lock on the ledger keeps appends out meanwhile."""
        try:
            with opened(self._ledger, os.O_RDWR) as descriptor:
                lock_file(descriptor)
                self._refuse_moved()
                self._check_head(descriptor, expected, ())
                replace_file(self._moved, json_text({"movedTo": moved_to}).encode("ascii") + b"\n")
        except OSError as error:
            raise _storage_error("seal", self._ledger, error) from error

    def read_state(self) -> JsonObject | None:
        """Return the state document; None if there is none, an empty one if what there is cannot be read."""
        try:
            document = read_json(read_whole(self._state))
        except FileNotFoundError:
            return None
        except (OSError, JsonFault):
            return {}
        return document if isinstance(document, dict) else {}

    def write_state(self, document: JsonObject) -> None:
        """Replace the state file; the lock on the ledger keeps others out between looking and replacing."""
        try:
            with opened(self._ledger, os.O_RDWR | os.O_CREAT) as descriptor:
                lock_file(descriptor)
                if not knows_more(self.read_state(), document):
                    replace_file(self._state, json_text(document).encode("ascii") + b"\n")
        except OSError as error:
            raise _storage_error("replace", self._state, error) from error

    @contextmanager
    def lock(self, operation: str, actor: JsonObject) -> Iterator[None]:
        """Hold the file lock; it goes with the process, however that ends."""
        with ExitStack() as stack:
            try:
                make_folder(self._folder)
                descriptor = stack.enter_context(opened(self._lock, os.O_RDWR | os.O_CREAT))
                self._wait_for_lock(descriptor)
                since = self._system.now().isoformat(timespec="seconds")
                _rewrite(descriptor, json_text(holder_document(operation, since, actor)).encode())
            except OSError as error:
                raise _storage_error("lock", self._lock, error) from error
            try:
                yield
            finally:
                with suppress(OSError):
                    os.ftruncate(descriptor, 0)

    def holder(self) -> JsonObject | None:
        """Return what the holder of the lock wrote into it; None if the lock is free."""
        try:
            with opened(self._lock, os.O_RDWR) as descriptor:
                return None if try_lock_file(descriptor) else _holder(descriptor)
        except OSError:
            return None

    def broken_lock(self) -> JsonObject | None:
        """Return None: a file lock goes with its process, so there is never one to break."""

    def break_lock(self) -> None:
        """Do nothing: end the process that holds the lock."""

    def save_recovery(self, attempt_id: AttemptId, document: JsonObject) -> str:
        """Write the result beside the state, else into the spare folder, else to stderr as one line."""
        return self._recovery.save(attempt_id, document)

    def recoveries(self) -> tuple[tuple[str, JsonObject], ...]:
        """Return the recovery files in the folder, by name; one that is no JSON object stops the command."""
        return self._recovery.found()

    def drop_recovery(self, name: str) -> None:
        """Remove a recovery file for good."""
        self._recovery.drop(name)

    def _refuse_moved(self) -> None:
        """Refuse to write to a ledger that was moved; a note that cannot be read is still one."""
        try:
            note = read_json(read_whole(self._moved, _HOLDER_LIMIT))
        except FileNotFoundError:
            return
        except JsonFault:
            note = {}
        moved_to = note.get("movedTo") if isinstance(note, dict) else None
        raise ledger_moved(str(self._folder), str(moved_to or f"what {self._moved} says"))

    def _content(self) -> bytes:
        try:
            return read_whole(self._ledger)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise LedgerError(f"the ledger {self._ledger} cannot be read: {error.strerror or error}") from error

    def _newest(self, after: int) -> list[bytes] | None:
        """Return the lines behind the record `after`; None if all has to be read to know, or to say what is wrong."""
        try:
            return newest_lines(self._ledger, after)
        except OSError:
            return None

    def _mend(self, descriptor: int) -> str | None:
        """Repair a torn end while holding the lock on the file, so that no append can be under way."""
        sync_file(descriptor)  # what a killed process wrote is trusted from now on
        content = read_from(descriptor, 0)
        torn = content[content.rfind(b"\n") + 1 :]
        if not torn:
            return None
        if is_record(torn, content.count(b"\n") + 1):
            write_whole(descriptor, b"\n")
            notice = "the line end of the last record was missing and was added"
        else:
            os.ftruncate(descriptor, len(content) - len(torn))
            notice = f"{len(torn)} bytes of an unfinished append were cut off"
        sync_file(descriptor)
        return f"{self._ledger}: {notice}"

    def _check_head(self, descriptor: int, expected: int, records: Sequence[Record]) -> None:
        """Refuse to continue a file whose last record is not `expected`, or not the one before `records`."""
        if os.fstat(descriptor).st_size != self._seen.size:
            self._mend(descriptor)
            lines = whole_lines(read_from(descriptor, 0))
            last = read_chain(lines[-1:], max(len(lines) - 1, 0), str(self._ledger))
            head = Head(last[0].seq, last[0].hash) if last else EMPTY
            self._seen = _Seen(os.fstat(descriptor).st_size, head)
        check_head(self._seen.head, expected, records, str(self._ledger))

    def _write(self, descriptor: int, records: Sequence[Record]) -> None:
        size = self._seen.size
        content = b"".join(map(record_line, records))
        try:
            write_whole(descriptor, content)
            sync_file(descriptor)
            if size == 0:
                sync_folder(self._folder)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
        self._seen = _Seen(size + len(content), Head(records[-1].seq, records[-1].hash))

    def _wait_for_lock(self, descriptor: int) -> None:
        give_up_at = self._system.clock() + max(self._lock_timeout_s, _LOOK_S)
        while not try_lock_file(descriptor):
            if self._system.clock() >= give_up_at:
                raise lock_held(str(self._lock), _holder(descriptor), "wait until it has ended")
            self._system.sleep(_POLL_S)


def _rewrite(descriptor: int, content: bytes) -> None:
    os.ftruncate(descriptor, 0)
    write_whole(descriptor, content)


def _holder(descriptor: int) -> JsonObject:
    try:
        document = read_json(read_from(descriptor, 0, _HOLDER_LIMIT))
    except JsonFault:
        return {}
    return document if isinstance(document, dict) else {}


def _storage_error(verb: str, path: Path, error: OSError) -> StorageError:
    return StorageError(f"cannot {verb} {path}: {error.strerror or error}", hint="nothing was sent after this")
