"""Puts records on the head of the ledger for several workers, as many in one append as are waiting."""

import threading
from dataclasses import dataclass

from volvenctl.core.fold import Fold
from volvenctl.errors import Conflict, StorageError, VolvenctlError
from volvenctl.model.record import Draft, Head, Record
from volvenctl.model.state import State
from volvenctl.ports import LedgerStore, System
from volvenctl.wire.ledger_v1 import make_records
from volvenctl.wire.moments import moment_text

_STORAGE_TRIES = 2
_CONFLICT_TRIES = 50
"""Each lost race means that another writer got on; more than this many is no race but a broken store."""


@dataclass(slots=True, eq=False)
class _Entry:
    """A record on its way; a local collector, filled in by whichever worker stores the batch."""

    draft: Draft
    announces: bool
    stamped_at: float = 0.0
    record: Record | None = None
    error: VolvenctlError | None = None

    @property
    def is_done(self) -> bool:
        return self.record is not None or self.error is not None

    def stored(self) -> Record:
        if self.record is None:
            raise self.error or StorageError("a record was not stored")
        return self.record


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of a report and of the announcement that was stored with it."""

    lost: VolvenctlError | None
    """Why the report was not stored."""
    refused: VolvenctlError | None
    """Why the announcement was not stored, or may not be durable: nothing may be sent."""
    stamped_at: float
    """By `System.clock()`, when the announcement got its time: before it was stored, so no suspension is missed."""


class _Parcel:
    """What one call stores, and the signal for its caller: it is done, or it is the caller's turn to store."""

    __slots__ = ("_signal", "entries")

    def __init__(self, entries: list[_Entry]) -> None:
        """Begin without a signal."""
        self.entries = entries
        self._signal = threading.Lock()
        self._signal.acquire()

    @property
    def is_done(self) -> bool:
        return all(entry.is_done for entry in self.entries)

    def wait(self) -> None:
        """Wait for the signal, which is given once."""
        self._signal.acquire()

    def give_signal(self) -> None:
        self._signal.release()


class Journal:
    """One run's view of the ledger. Every call returns only when its record is durable.

    The worker that finds nobody storing takes all waiting records in one append; the others wait for it, and one of
    those that came meanwhile stores next. Nobody else is woken: with many workers that would cost more than storing.
    """

    def __init__(self, store: LedgerStore, system: System, state: State) -> None:
        """Continue at the head of `state`."""
        self._store = store
        self._system = system
        self._actor = system.actor()
        self._guard = threading.Lock()
        self._waiting: list[_Parcel] = []
        self._is_storing = False
        self._is_overtaken = False
        self._records: list[Record] = []
        self._head = state.head
        self._fold = Fold(state)
        self._unfolded: list[Record] = []

    @property
    def state(self) -> State:
        """The state after the last record that this journal stored or read; costs a copy."""
        self._fold_stored()
        return self._fold.state

    @property
    def records(self) -> tuple[Record, ...]:
        """The records that this journal stored."""
        return tuple(self._records)

    def announce(self, *drafts: Draft) -> Record:
        """Store what is about to be done; return the last record.

        Raises:
            Conflict: another writer was there since this run began; nothing was written, nothing may be sent.
            StorageError: it may not be durable; nothing may be sent.
        """
        entries = [_Entry(draft, announces=True) for draft in drafts]
        self._put(entries)
        return entries[-1].stored()

    def report(self, draft: Draft) -> Record:
        """Store what was learned, on whatever head there is.

        Raises:
            Conflict, StorageError, LedgerError: it could not be stored; keep it elsewhere.
        """
        entry = _Entry(draft, announces=False)
        self._put([entry])
        return entry.stored()

    def turn(self, report: Draft | None, announcement: Draft) -> Turn:
        """Store what was learned, if anything was, and announce the next thing, in one append."""
        learned = [] if report is None else [_Entry(report, announces=False)]
        following = _Entry(announcement, announces=True)
        self._put([*learned, following])
        return Turn(learned[0].error if learned else None, following.error, following.stamped_at)

    def _put(self, entries: list[_Entry]) -> None:
        parcel = _Parcel(entries)
        with self._guard:
            self._waiting.append(parcel)
            is_led = self._is_storing
            self._is_storing = True
        if is_led:
            parcel.wait()
        if not parcel.is_done:
            self._store_waiting(parcel)

    def _store_waiting(self, own: _Parcel) -> None:
        """Store all that waits, `own` among it, and hand on to the first of those that came meanwhile."""
        with self._guard:
            parcels, self._waiting = self._waiting, []
        batch = [entry for parcel in parcels for entry in parcel.entries]
        try:
            self._store_batch(batch)
        finally:
            _fail([entry for entry in batch if not entry.is_done], StorageError("a record was not stored"))
            with self._guard:
                following = self._waiting[:1]
                self._is_storing = bool(following)
            for parcel in (*parcels, *following):
                if parcel is not own:
                    parcel.give_signal()

    def _store_batch(self, batch: list[_Entry]) -> None:
        if self._is_overtaken:
            batch = _fail_announcements(batch, _overtaken())
        failures = conflicts = 0
        while batch:
            try:
                self._append(batch)
            except Conflict as conflict:
                conflicts += 1
                batch = _fail_announcements(batch, conflict)
                batch = self._catch_up(batch) if conflicts < _CONFLICT_TRIES else _fail(batch, conflict)
            except StorageError as error:
                failures += 1
                batch = _fail_announcements(batch, error)
                batch = batch if failures < _STORAGE_TRIES else _fail(batch, error)
            except VolvenctlError as error:  # a damaged ledger, say: no try will store it
                batch = _fail(batch, error)
            else:
                return

    def _append(self, batch: list[_Entry]) -> None:
        stamped_at, time = self._system.clock(), moment_text(self._system.now())
        for entry in batch:
            entry.stamped_at = stamped_at
        head = self._head
        records = make_records([entry.draft for entry in batch], head, time, self._actor)
        self._store.append(head.seq, records)
        self._records += records
        self._unfolded += records
        self._head = Head(records[-1].seq, records[-1].hash)
        for entry, record in zip(batch, records, strict=True):
            entry.record = record

    def _catch_up(self, batch: list[_Entry]) -> list[_Entry]:
        """Take in what another writer stored; from now on this run announces nothing more."""
        self._is_overtaken = True
        self._fold_stored()
        try:
            for record in self._store.read(self._head.seq):
                self._fold.add(record)
                self._head = self._fold.head
        except VolvenctlError as error:
            return _fail(batch, error)
        return batch

    def _fold_stored(self) -> None:
        """Fold what this journal stored: not at once, when workers wait for their turn, but when the state is asked."""
        for record in self._unfolded:
            self._fold.add(record)
        self._unfolded.clear()


def _fail(batch: list[_Entry], error: VolvenctlError) -> list[_Entry]:
    for entry in batch:
        entry.error = error
    return []


def _fail_announcements(batch: list[_Entry], error: VolvenctlError) -> list[_Entry]:
    _fail([entry for entry in batch if entry.announces], error)
    return [entry for entry in batch if not entry.announces]


def _overtaken() -> Conflict:
    return Conflict(
        "another writer used the state while this run was suspended; nothing more is sent",
        hint="run the command again; it starts from what the other run left",
    )
