"""The ledger in a branch of the project's own repository; see `git_segments` for its files.

Beside them are `state.json` and, in a ledger that was moved away, `moved.json`. Every change is one commit on top
of the branch; see `git_ledger_branch` for how it gets there.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from volvenctl.adapters.git_ledger_branch import MOVED, STATE, Edit, LedgerBranch, Tip
from volvenctl.adapters.git_lock import GitLockCell
from volvenctl.adapters.git_plumbing import GitFault, GitRepository
from volvenctl.adapters.git_segments import commit_message, read_records, segment_content, segment_path
from volvenctl.adapters.heartbeat_lock import HeartbeatLock
from volvenctl.adapters.ledger_checks import check_head, knows_more
from volvenctl.adapters.recovery_files import RecoveryFiles
from volvenctl.errors import LedgerError, StorageError
from volvenctl.model.names import AttemptId, JsonObject
from volvenctl.model.record import Head, Record
from volvenctl.ports import System
from volvenctl.wire.exact_json import document_text, json_text

_Result = TypeVar("_Result")


class LedgerGit:
    """A `LedgerStore` in a branch at a remote of the repository around the project."""

    def __init__(
        self,
        repository: GitRepository,
        place: tuple[str, str],
        recovery: RecoveryFiles,
        system: System,
        lock_timeout_s: float = 0,
    ) -> None:
        """Work in the branch at the remote, `place`, which need not exist; nothing is asked yet."""
        remote, branch = place
        self._git = repository
        self._branch = LedgerBranch(repository, remote, branch, system)
        self._recovery = recovery
        cell = GitLockCell(repository, remote, branch, system)
        self._lock = HeartbeatLock(cell, self._branch.where, system, lock_timeout_s)
        self._turn = threading.RLock()

    def read(self, after: int) -> list[Record]:
        """Return the records after seq `after`, each verified and chained to the one before."""
        return self._looked_up(lambda tip: read_records(self._git, tip.commit, after, self._branch.where))

    def append(self, expected: int, records: Sequence[Record]) -> None:
        """Push one commit with one new segment, if the last record is `expected`."""

        def edit(tip: Tip) -> Edit:
            self._branch.refuse_moved(tip)
            check_head(self._branch.head(tip), expected, records, self._branch.where)
            head = Head(records[-1].seq, records[-1].hash)
            return Edit(segment_path(records[0].seq), segment_content(records), commit_message(records), head)

        self._changed("append to", records[-1].hash, edit)

    def torn_end(self) -> str | None:
        """Return None: a commit is never torn."""

    def repair(self) -> str | None:
        """Return None: there is nothing to repair. A ledger that was moved is refused."""
        self._looked_up(self._branch.refuse_moved)
        return None

    def seal(self, expected: int, moved_to: str) -> None:
        """Push a commit that says where the ledger went."""

        def edit(tip: Tip) -> Edit:
            self._branch.refuse_moved(tip)
            check_head(self._branch.head(tip), expected, (), self._branch.where)
            content = document_text({"movedTo": moved_to}).encode("ascii")
            return Edit(MOVED, content, f"moved to {moved_to} (seq {expected})\n", moved_to=moved_to)

        self._changed("seal", moved_to, edit)

    def read_state(self) -> JsonObject | None:
        """Return the state document; None if there is none, an empty one if what there is cannot be read."""
        return self._looked_up(lambda tip: self._branch.document(tip.commit, STATE))

    def write_state(self, document: JsonObject) -> None:
        """Push a commit with the state document, unless a newer one is there or this very one."""

        def edit(tip: Tip) -> Edit | None:
            stored = self._branch.document(tip.commit, STATE)
            if knows_more(stored, document) or stored == document:
                return None
            content = document_text(document).encode("ascii")
            return Edit(STATE, content, f"state at seq {document.get('serial')}\n")

        self._changed("store the state in", json_text(document), edit)

    def lock(self, operation: str, actor: JsonObject) -> AbstractContextManager[None]:
        """Hold the lock of the branch, and renew it meanwhile."""
        return self._lock.hold(operation, actor)

    def holder(self) -> JsonObject | None:
        """Return who holds the lock; None if it is free or its holder is silent."""
        return self._lock.holder()

    def broken_lock(self) -> JsonObject | None:
        """Return the silent holder whose lock was broken for the one that is held now."""
        return self._lock.broken()

    def break_lock(self) -> None:
        """Remove the lock, whoever holds it."""
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

    def _changed(self, verb: str, key: str, edit: Callable[[Tip], Edit | None]) -> None:
        with self._turn:
            try:
                self._branch.change(key, edit)
            except GitFault as fault:
                hint = "nothing was sent after this; can you push to this branch?"
                raise StorageError(f"cannot {verb} {self._branch.where}: {fault}", hint=hint) from fault

    def _looked_up(self, question: Callable[[Tip], _Result]) -> _Result:
        with self._turn:
            try:
                return question(self._branch.look())
            except GitFault as fault:
                message = f"the ledger {self._branch.where} cannot be read: {fault}"
                raise LedgerError(message, hint="can you fetch from this remote?") from fault
