"""The writers' lock of a state that is somewhere else: a document that its holder renews while it lives.

The lock is politeness: it tells people who is busy. Safety rests on the compare-and-swap of the ledger, so a
heartbeat that fails ends nothing, and a lock that is broken too early costs a lost race at worst.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from volvenctl.adapters.lock_holder import holder_document, lock_held
from volvenctl.errors import StorageError, VolvenctlError
from volvenctl.model.names import JsonObject
from volvenctl.ports import System
from volvenctl.wire.exact_json import canonical_text
from volvenctl.wire.moments import moment_text, read_moment

BEAT_S = 15
"""How often a holder says that it is alive."""
SILENCE_S = 60
"""A lock that says nothing for this long may be broken."""
_LOOK_S = 20
"""More than one beat. Clocks differ: whose last beat looks old is watched this long before it is called dead."""
_POLL_S = 1
_HINT = (
    f"wait until it has ended; a holder that is silent for {SILENCE_S} s loses the lock by itself, "
    "and `volvenctl state unlock --force` takes it at once"
)
_LAST_BEAT_S = 5
"""How long the end of a run waits for a heartbeat that is under way."""


class LockCell(Protocol):
    """One document, shared by all who may write, that changes only from a version that the writer has seen.

    Every method raises StorageError where the storage cannot be reached.
    """

    def read(self) -> tuple[str, JsonObject] | None:
        """Return the version and the document; None if there is none, an empty document if it is unreadable."""

    def put(self, version: str | None, document: JsonObject) -> str | None:
        """Replace `version` (None: there must be no document yet) and return the new version.

        None: it changed in between, or so it seems: after a lost answer the document may be there all the same.
        """

    def remove(self, version: str) -> None:
        """Remove the document if it still has this version."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """A version of somebody's lock: since when this process sees it, and how long it may stay unchanged."""

    version: str
    document: JsonObject
    first_seen: float
    patience_s: float
    is_doubtful: bool
    """Its last beat is so far from our time that its holder may be dead; worth watching even without a time-out."""


class HeartbeatLock:
    """A lock in a cell, renewed by a thread of its own while it is held."""

    def __init__(self, cell: LockCell, where: str, system: System, lock_timeout_s: float = 0) -> None:
        """Use `cell`, which people find at `where`; wait at most `lock_timeout_s` for a living holder."""
        self._cell = cell
        self._where = where
        self._system = system
        self._lock_timeout_s = lock_timeout_s
        self._mine: JsonObject = {}
        self._version: str | None = None
        self._broken: JsonObject | None = None

    @contextmanager
    def hold(self, operation: str, actor: JsonObject) -> Iterator[None]:
        """Hold the lock, once it is free or its holder is silent.

        Raises:
            LockHeldError: its holder lives; the message says who.
            StorageError: the storage cannot be reached.
        """
        since = self._moment()
        self._mine = {"id": self._system.new_id(), **holder_document(operation, since, actor), "beatAt": since}
        self._acquire()
        done = threading.Event()
        heart = threading.Thread(target=self._beat_until, args=(done,), name="volvenctl-heartbeat", daemon=True)
        heart.start()
        try:
            yield
        finally:
            done.set()
            heart.join(_LAST_BEAT_S)
            self._release()

    def holder(self) -> JsonObject | None:
        """Return operation, since when and who of the holder; None if the lock is free or its holder is silent."""
        found = self._read()
        if found is None:
            return None
        document = found[1]
        return None if self._age_s(document) > SILENCE_S else _about(document)

    def broken(self) -> JsonObject | None:
        """Return whose lock was broken for the one that is held now: `id`, `operation`, `since`, `beatAt`, `actor`."""
        return self._broken

    def break_lock(self) -> None:
        """Remove the lock, whoever holds it, alive or not; a person has decided that."""
        found = self._read()
        if found is not None:
            version, self._broken = found
            self._cell.remove(version)

    def beat(self) -> None:
        """Say once that the holder is alive. A lock that somebody broke is not taken back."""
        if self._version is None:
            return
        self._mine = {**self._mine, "beatAt": self._moment()}
        with suppress(VolvenctlError):  # the next beat tries again; the run does not depend on it
            self._version = self._put(self._version)

    def _beat_until(self, done: threading.Event) -> None:
        while not done.wait(BEAT_S):
            self.beat()

    def _release(self) -> None:
        version, self._version, self._broken = self._version, None, None
        if version is not None:
            with suppress(VolvenctlError):  # it falls silent and is broken by the next one
                self._cell.remove(version)

    def _acquire(self) -> None:
        give_up_at = self._system.clock() + self._lock_timeout_s
        sight: _Sight | None = None
        while True:
            sight = self._look(sight)
            if self._take(sight):
                return
            is_clear = sight is not None and not sight.is_doubtful
            if self._system.clock() >= give_up_at + (0 if is_clear else SILENCE_S):
                raise lock_held(self._where, sight.document if sight else {}, _HINT)
            self._system.sleep(_POLL_S)

    def _look(self, before: _Sight | None) -> _Sight | None:
        """Return what the lock says now; a holder that was seen to change it is alive, whatever its clock says."""
        found = self._read()
        if found is None:
            return None
        version, document = found
        if before is not None and before.version == version:
            return before
        has_moved = before is not None and before.document.get("id") == document.get("id")
        age_s = self._age_s(document)
        is_doubtful = abs(age_s) > SILENCE_S and not has_moved
        patience_s = _LOOK_S if is_doubtful and age_s > 0 else SILENCE_S
        return _Sight(version, document, self._system.clock(), patience_s, is_doubtful)

    def _take(self, sight: _Sight | None) -> bool:
        """Take a lock that is free, or break one that said nothing for too long; return whether it is ours."""
        if sight is not None and self._system.clock() - sight.first_seen < sight.patience_s:
            return False
        self._version = self._put(None if sight is None else sight.version)
        if self._version is None:
            return False
        if sight is not None:
            self._broken = sight.document
        return True

    def _put(self, version: str | None) -> str | None:
        """Put our document in the place of `version` and return its version; look, where the answer says little."""
        try:
            new = self._cell.put(version, self._mine)
        except StorageError:
            new = self._version_of_mine()
            if new is None:
                raise
        return new or self._version_of_mine()

    def _read(self) -> tuple[str, JsonObject] | None:
        """Return what is in the cell; a document that no record could hold was not written by us."""
        found = self._cell.read()
        if found is not None:
            try:
                canonical_text(found[1])
            except TypeError:
                return found[0], {}
        return found

    def _version_of_mine(self) -> str | None:
        found = self._read()
        return found[0] if found is not None and found[1].get("id") == self._mine["id"] else None

    def _age_s(self, document: JsonObject) -> float:
        """Return how long ago the last beat was by our time of day; endless for one that cannot be read."""
        try:
            at: datetime = read_moment(str(document.get("beatAt")))
        except ValueError:
            return float("inf")
        return (self._system.now() - at).total_seconds()

    def _moment(self) -> str:
        return moment_text(self._system.now())


def _about(document: JsonObject) -> JsonObject:
    return {key: document[key] for key in ("operation", "since", "actor") if key in document}
