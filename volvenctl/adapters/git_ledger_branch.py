"""The branch of a ledger at a remote: what it holds now, and how one more commit gets on top of it.

A push without force is taken only if it continues what is there, which is the compare-and-swap. A push without a
good answer proves nothing, so the branch is fetched to see what became of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from volvenctl.adapters.git_branch import GitBranch, RemoteRef
from volvenctl.adapters.git_plumbing import GitFault, GitRepository
from volvenctl.adapters.git_segments import FOLDER, last_segment, read_head
from volvenctl.adapters.moved_ledger import ledger_moved
from volvenctl.errors import Conflict, LedgerError
from volvenctl.model.names import JsonObject
from volvenctl.model.record import EMPTY, Head
from volvenctl.ports import System
from volvenctl.wire.exact_json import JsonFault, read_json

STATE: Final = "state.json"
MOVED: Final = "moved.json"
_PATIENCE: Final = 30
_OVERTAKEN: Final = 1
"""Cost of a push that came too late: somebody else got on."""
_FAILED: Final = 10
"""Cost of a push after which the branch is where it was, or cannot be seen."""
_PAUSE_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Tip:
    """The branch as it was last seen."""

    commit: str | None = None
    moved_to: str | None = None
    """Where the ledger goes on, if it was moved."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A file to write in one commit, and what the branch is afterwards."""

    path: str
    content: bytes
    message: str
    head: Head | None = None
    """The new end of the ledger; None where it stays what it was."""
    moved_to: str | None = None


@dataclass(slots=True)
class _Write:
    """A change on its way: a local collector."""

    commits: list[str]
    """What was pushed for it, and may be there."""
    parent: str | None = None
    """What the last of these continues."""
    fault: GitFault | None = None
    """What the last push met with."""
    patience: int = _PATIENCE
    has_looked: bool = False


class LedgerBranch:
    """The branch of a ledger. One thread at a time."""

    def __init__(self, repository: GitRepository, remote: str, branch: str, system: System) -> None:
        """Work in `branch` at `remote`, which need not exist; nothing is asked yet."""
        self.where: Final = f"git:{remote}/{branch}"
        """How messages name the place."""
        self._git = repository
        self._remote = remote
        self._ref = f"refs/heads/{branch}"
        self._branch = GitBranch(repository, RemoteRef(remote, self._ref), system)
        self._system = system
        self._tip: Tip | None = None
        self._head: tuple[str | None, Head] = (None, EMPTY)
        """The end of the ledger in a commit."""
        self._doubts: dict[str, list[str]] = {}

    def change(self, key: str, edit: Callable[[Tip], Edit | None]) -> None:
        """Push what `edit` makes of the branch, as often as needed to know that it is there, or that it is not.

        `key` names the change: one that was given up in doubt is recognised when it is tried again. `edit` returns
        None where nothing is to be done, and raises where the branch does not allow the change.

        Raises:
            GitFault: it is not known to be there.
            LedgerError: the ledger was moved or rewritten, or is damaged.
        """
        write = _Write(self._doubts.pop(key, []))
        try:
            self._settle(write, edit)
        except GitFault:
            self._doubts[key] = write.commits
            raise

    def look(self, write: _Write | None = None) -> Tip:
        """Return the branch as it is now, fetched.

        Raises:
            GitFault: it cannot be seen.
            LedgerError: it was rewritten, or is no branch of a ledger.
        """
        known = self._branch.seen() if self._tip is None else self._tip.commit
        commit = self._branch.fetch(known, newest_only=self._tip is None)
        if known is not None and known != commit:
            self._refuse_rewritten(known, commit)
        tip = self._tip if self._tip is not None and self._tip.commit == commit else self._described(commit)
        self._keep(tip)
        if write is not None:
            write.has_looked = True
        return tip

    def refuse_moved(self, tip: Tip) -> None:
        """Refuse to write to a ledger that goes on elsewhere.

        Raises:
            LedgerError: says where.
        """
        if tip.moved_to is not None:
            raise ledger_moved(self.where, tip.moved_to)

    def head(self, tip: Tip) -> Head:
        """Return the end of the ledger, its record verified; nothing is read that was known before."""
        if tip.commit is not None and tip.commit != self._head[0]:
            self._head = (tip.commit, read_head(self._git, tip.commit, self.where))
        return EMPTY if tip.commit is None else self._head[1]

    def document(self, commit: str | None, path: str) -> JsonObject | None:
        """Return the JSON object at `path` of a commit; None if there is no such file, {} if it is unreadable."""
        blob = None if commit is None else self._git.id_of(f"{commit}:{path}")
        if blob is None:
            return None
        try:
            document = read_json(self._git.blobs([blob])[0])
        except JsonFault:
            return {}
        return document if isinstance(document, dict) else {}

    def _settle(self, write: _Write, edit: Callable[[Tip], Edit | None]) -> None:
        tip = self.look(write) if self._tip is None or write.commits else self._tip
        while not any(self._branch.is_in(commit, tip.commit) for commit in write.commits):
            self._pause(write)
            tip, wanted = self._judged(tip, write, edit)
            if wanted is None or self._has_pushed(tip, write, wanted):
                return
            tip = self._looked_again(tip, write)

    def _pause(self, write: _Write) -> None:
        """Wait a moment before the next push, if there was one and patience is left."""
        if write.fault is not None:
            if write.patience <= 0:
                raise write.fault
            self._system.sleep(self._system.jitter() * _PAUSE_S)

    def _judged(self, tip: Tip, write: _Write, edit: Callable[[Tip], Edit | None]) -> tuple[Tip, Edit | None]:
        """Return the change and what it goes on top of; only the branch as it is now may forbid it."""
        try:
            return tip, edit(tip)
        except (Conflict, LedgerError):
            if write.has_looked:
                raise
        tip = self.look(write)
        return tip, edit(tip)

    def _has_pushed(self, tip: Tip, write: _Write, wanted: Edit) -> bool:
        """Push the change on top of `tip`; False: it may be there or not. The same commit again does no harm."""
        if not write.commits or write.parent != tip.commit:
            write.commits.append(self._branch.commit(tip.commit, wanted.path, wanted.content, wanted.message))
            write.parent = tip.commit
        try:
            self._branch.push(write.commits[-1])
        except GitFault as fault:
            write.fault = fault
            return False
        if wanted.head is not None or self._head[0] == tip.commit:
            self._head = (write.commits[-1], wanted.head or self._head[1])
        self._keep(Tip(write.commits[-1], wanted.moved_to or tip.moved_to))
        return True

    def _looked_again(self, tip: Tip, write: _Write) -> Tip:
        """Return the branch after a push without a good answer, or `tip` while it cannot be seen."""
        try:
            now = self.look(write)
        except GitFault:
            now = tip
        write.patience -= _FAILED if now.commit == tip.commit else _OVERTAKEN
        return now

    def _keep(self, tip: Tip) -> None:
        if tip.commit is not None and tip != self._tip:
            self._branch.remember(tip.commit)
        self._tip = tip

    def _described(self, commit: str | None) -> Tip:
        """Return what a commit of the branch holds.

        Raises:
            LedgerError: it is no ledger.
        """
        if commit is None:
            return Tip()
        strangers = sorted(set(self._git.entries(commit, [""])) - {FOLDER, STATE, MOVED})
        if strangers:
            raise LedgerError(
                f"the branch {self.where} holds {strangers[0]!r}: it is no branch of a ledger",
                hint="name a branch in the state URL that nothing else is kept in; the first write creates it",
            )
        moved = self.document(commit, MOVED)
        moved_to = None if moved is None else str(moved.get("movedTo") or f"what its {MOVED} says")
        return Tip(commit, moved_to)

    def _refuse_rewritten(self, known: str, commit: str | None) -> None:
        """Refuse a branch that has lost what it had: a push without force cannot do that."""
        segment = last_segment(self._git, known)
        if segment is None:
            return
        if commit is None or self._git.id_of(f"{commit}:{segment.path}") != segment.blob:
            raise LedgerError(
                f"the branch {self.where} was rewritten or deleted: it had {segment.path} as of commit {known}",
                hint=f"`git push {self._remote} {known}:{self._ref}` restores it, if nothing was added since; "
                f"if it is meant to be gone: `git update-ref -d {self._branch.seen_ref}` forgets it here",
            )
