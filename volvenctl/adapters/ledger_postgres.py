"""The ledger in a PostgreSQL database: one row a record, the text as it was hashed.

The key of the rows is the compare-and-swap. A writer shares a lock on its ledger's row until its transaction ends;
whoever wants to know what became of a commit whose answer was lost waits for that lock, and so never looks too early.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

from volvenctl.adapters.ledger_checks import check_head, cut, knows_more, read_chain
from volvenctl.adapters.lock_holder import holder_document, lock_held
from volvenctl.adapters.moved_ledger import ledger_moved
from volvenctl.adapters.postgres_session import Ask, Collision, LostConnection, PostgresFault, PostgresSession, Row
from volvenctl.adapters.postgres_tables import create_tables, has_tables
from volvenctl.adapters.recovery_files import RecoveryFiles
from volvenctl.errors import Conflict, LedgerError, StorageError
from volvenctl.model.names import AttemptId, JsonObject
from volvenctl.model.record import EMPTY, Head, Record
from volvenctl.ports import System
from volvenctl.wire.exact_json import JsonFault, json_text, read_json
from volvenctl.wire.ledger_v1 import record_line
from volvenctl.wire.moments import moment_text
from volvenctl.wire.state_url import PostgresUrl

_Result = TypeVar("_Result")
_PAGE: Final = 5000
"""Records that are read with one statement."""
_POLL_S: Final = 0.5
_SENDS: Final = 2
"""A connection that was kept may have ended unseen: what is proved not to be there is sent once more."""
_PATIENCE_S: Final = (0, 1, 5, 15)
"""Pauses between the attempts to learn what became of an append."""
_LOCK: Final = "select pg_try_advisory_lock(hashtextextended('volvenctl:' || %s, 0))"
_HOLDER: Final = """
    select holder from volvenctl.ledger where name = %s and exists (
        select from pg_locks where locktype = 'advisory' and granted and objsubid = 1
           and database = (select oid from pg_database where datname = current_database())
           and (classid::bigint << 32) | objid::bigint = hashtextextended('volvenctl:' || %s, 0))
"""
_READ: Final = "select seq, line from volvenctl.record where ledger = %s and seq >= %s order by seq limit %s"
_LAST: Final = "select seq, line from volvenctl.record where ledger = %s order by seq desc limit 1"
_INSERT: Final = """
    insert into volvenctl.record (ledger, seq, line)
    select %s, %s + place, line from unnest(%s::text[]) with ordinality as given (line, place)
"""
_SEAL: Final = "update volvenctl.ledger set moved_to = %s where name = %s and moved_to is null returning name"
_MOVED: Final = "select moved_to from volvenctl.ledger where name = %s for share"
_AGAIN: Final = "run the command again; it starts from what the other run left"
_REACH: Final = "is the server there, and may this user work with the schema volvenctl?"


class LedgerPostgres:
    """A `LedgerStore` in a PostgreSQL database."""

    def __init__(
        self,
        url: PostgresUrl,
        session: PostgresSession,
        recovery: RecoveryFiles,
        system: System,
        lock_timeout_s: float = 0,
    ) -> None:
        """Work in the database of `url` through `session`; nothing is asked or created yet."""
        self._name = url.ledger
        self._where = url.shown
        self._session = session
        self._recovery = recovery
        self._system = system
        self._lock_timeout_s = lock_timeout_s
        self._is_prepared = False
        self._doubted: tuple[int, list[str]] | None = None
        """The append of this process that nobody knows the fate of."""

    def read(self, after: int) -> list[Record]:
        """Return the records after seq `after`, each verified and chained to the one before."""
        lines = self._found(lambda ask: self._lines(ask, max(after, 1))) or []
        if after and not lines:
            end = self._found(self._head) or EMPTY
            raise cut(self._where, end.seq, after)
        records = read_chain(lines, max(after - 1, 0), self._where)
        return records[1:] if after else records

    def append(self, expected: int, records: Sequence[Record]) -> None:
        """Insert all records in one transaction, if the last record is `expected`; a lost answer is looked up."""
        lines = [record_line(record).decode("ascii").removesuffix("\n") for record in records]
        self._prepare("append to")
        lost: LostConnection | None = None
        for _ in range(_SENDS):
            if self._doubted == (expected, lines) and self._is_stored(expected, lines):
                return
            try:
                self._insert(expected, records, lines)
            except LostConnection as error:
                lost, self._doubted = error, (expected, lines)
            else:
                return
        if lost is not None and not self._is_stored(expected, lines):
            raise self._storage_error("append to", lost) from lost

    def torn_end(self) -> str | None:
        """Return None: a transaction is never torn."""

    def repair(self) -> str | None:
        """Return None: there is nothing to repair. A ledger that was moved is refused."""
        self._found(self._refuse_moved)
        return None

    def seal(self, expected: int, moved_to: str) -> None:
        """Write down where the ledger went, once the appends that are under way have ended."""
        self._prepare("seal")
        try:
            with self._session.transaction() as ask:
                if not ask(_SEAL, moved_to, self._name):
                    self._refuse_moved(ask)
                check_head(self._head(ask), expected, (), self._where)
        except PostgresFault as fault:
            if self._found(self._moved_to) != moved_to:
                raise self._storage_error("seal", fault) from fault

    def read_state(self) -> JsonObject | None:
        """Return the state document; None if there is none, an empty one if what there is cannot be read."""
        text = self._found(lambda ask: _first(ask("select state from volvenctl.ledger where name = %s", self._name)))
        return None if text is None else _document(text)

    def write_state(self, document: JsonObject) -> None:
        """Replace the state document; the lock on the row keeps others out between looking and replacing."""

        def replace(ask: Ask) -> None:
            stored = _first(ask("select state from volvenctl.ledger where name = %s for update", self._name))
            if stored is None or not knows_more(_document(stored), document):
                ask("update volvenctl.ledger set state = %s where name = %s", json_text(document), self._name)

        self._prepare("store the state in")
        self._changed("store the state in", replace)

    @contextmanager
    def lock(self, operation: str, actor: JsonObject) -> Iterator[None]:
        """Hold an advisory lock, which goes with the connection, however that ends."""
        document = json_text(holder_document(operation, moment_text(self._system.now()), actor))
        try:
            with self._session.keeping(lambda ask: self._take_lock(ask, document)):
                self._wait_for_lock(document)
                try:
                    yield
                finally:
                    with suppress(PostgresFault), self._session.transaction() as ask:
                        ask("update volvenctl.ledger set holder = null where name = %s", self._name)
                        ask("select pg_advisory_unlock_all()")
        except PostgresFault as fault:
            raise self._storage_error("lock", fault) from fault

    def holder(self) -> JsonObject | None:
        """Return what the holder of the lock wrote; None if nobody holds it."""
        rows = self._found(lambda ask: ask(_HOLDER, self._name, self._name))
        return _document(rows[0][0] or "") if rows else None

    def broken_lock(self) -> JsonObject | None:
        """Return None: the lock goes with its connection, so there is never one to break."""

    def break_lock(self) -> None:
        """Do nothing: end the process that holds the lock, or its connection at the server."""

    def save_recovery(self, attempt_id: AttemptId, document: JsonObject) -> str:
        """Write the result into a file on this machine; return where it is."""
        return self._recovery.save(attempt_id, document)

    def recoveries(self) -> tuple[tuple[str, JsonObject], ...]:
        """Return the recovery files on this machine, by name."""
        return self._recovery.found()

    def drop_recovery(self, name: str) -> None:
        """Remove a recovery file for good."""
        self._recovery.drop(name)

    def _found(self, look: Callable[[Ask], _Result]) -> _Result | None:
        """Return what `look` finds; None if nothing was ever created in this database."""
        try:
            return self._session.repeatable(
                lambda ask: look(ask) if self._is_prepared or has_tables(ask, self._where) else None
            )
        except PostgresFault as fault:
            raise LedgerError(f"the ledger {self._where} cannot be read: {fault}", hint=_REACH) from fault

    def _changed(self, verb: str, change: Callable[[Ask], _Result]) -> _Result:
        """Return the result of a change that may safely be made twice."""
        try:
            return self._session.repeatable(change)
        except PostgresFault as fault:
            raise self._storage_error(verb, fault) from fault

    def _prepare(self, verb: str) -> None:
        """Create what is missing: the tables, and the row of this ledger."""
        if not self._is_prepared:
            self._changed(verb, self._create)
            self._is_prepared = True

    def _create(self, ask: Ask) -> None:
        create_tables(ask, self._where)
        ask("insert into volvenctl.ledger (name) values (%s) on conflict do nothing", self._name)

    def _lines(self, ask: Ask, first: int) -> list[bytes]:
        """Return the rows from `first` on, up to one that is missing; that stands as an empty line, which is damage."""
        lines: list[bytes] = []
        while True:
            page = ask(_READ, self._name, first + len(lines), _PAGE)
            for seq, line in page:
                if seq != first + len(lines):
                    return [*lines, b""]
                lines.append(line.encode("utf-8"))
            if len(page) < _PAGE:
                return lines

    def _head(self, ask: Ask) -> Head:
        for seq, line in ask(_LAST, self._name):
            [record] = read_chain([line.encode("utf-8")], seq - 1, self._where)
            return Head(record.seq, record.hash)
        return EMPTY

    def _insert(self, expected: int, records: Sequence[Record], lines: list[str]) -> None:
        try:
            with self._session.transaction() as ask:
                self._refuse_moved(ask)
                check_head(self._head(ask), expected, records, self._where)
                ask(_INSERT, self._name, expected, lines)
        except Collision as collision:
            raise Conflict(f"another writer appended seq {expected + 1} to {self._where}", hint=_AGAIN) from collision
        except LostConnection:
            raise
        except PostgresFault as fault:
            raise self._storage_error("append to", fault) from fault

    def _is_stored(self, expected: int, lines: list[str]) -> bool:
        """Whether an append whose answer was lost is in the ledger; its lock tells when it has come to its end."""
        fault: PostgresFault | None = None
        for pause_s in _PATIENCE_S:
            self._system.sleep(pause_s)
            try:
                with self._session.transaction() as ask:
                    ask("select from volvenctl.ledger where name = %s for update", self._name)
                    found = [line for _, line in ask(_READ, self._name, expected + 1, len(lines))]
                    self._doubted = None
                    if found and found != lines:
                        check_head(self._head(ask), expected, (), self._where)
                    return bool(found)
            except PostgresFault as again:
                fault = again
        raise StorageError(
            f"it is not known whether {self._where} took the records from seq {expected + 1} on: {fault}",
            hint="nothing was sent after this; run the command again when the server can be reached",
        ) from fault

    def _moved_to(self, ask: Ask) -> str | None:
        moved_to: str | None = _first(ask(_MOVED, self._name))
        return moved_to

    def _refuse_moved(self, ask: Ask) -> None:
        moved_to = self._moved_to(ask)
        if moved_to is not None:
            raise ledger_moved(self._where, moved_to)

    def _take_lock(self, ask: Ask, document: str) -> bool:
        is_ours = _first(ask(_LOCK, self._name)) is True
        if is_ours:
            ask("update volvenctl.ledger set holder = %s where name = %s", document, self._name)
        return is_ours

    def _wait_for_lock(self, document: str) -> None:
        self._prepare("lock")
        give_up_at = self._system.clock() + self._lock_timeout_s
        while not self._changed("lock", lambda ask: self._take_lock(ask, document)):
            if self._system.clock() >= give_up_at:
                raise lock_held(self._where, self.holder() or {}, "wait until it has ended")
            self._system.sleep(_POLL_S)

    def _storage_error(self, verb: str, fault: PostgresFault) -> StorageError:
        return StorageError(f"cannot {verb} {self._where}: {fault}", hint=f"nothing was sent after this; {_REACH}")


def _first(rows: list[Row]) -> Any:  # noqa: ANN401 - the one value of the one row, if there is one
    return rows[0][0] if rows else None


def _document(text: str) -> JsonObject:
    try:
        document = read_json(text.encode("utf-8"))
    except JsonFault:
        return {}
    return document if isinstance(document, dict) else {}
