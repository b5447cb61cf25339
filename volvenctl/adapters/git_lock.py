"""The writers' lock of a ledger in a git branch: a ref of its own at the remote, with one commit and no history.

The ref is `refs/volvenctl/lock/BRANCH`, not a branch: a lock is replaced and removed, which rules that protect
branches forbid, and it shall start no pipeline, offer no pull request and come with no clone.
"""

from volvenctl.adapters.git_branch import GitBranch, RemoteRef
from volvenctl.adapters.git_plumbing import GitFault, GitRepository
from volvenctl.errors import StorageError
from volvenctl.model.names import JsonObject
from volvenctl.ports import System
from volvenctl.wire.exact_json import JsonFault, json_text, read_json

_FILE = "lock.json"
_TRIES = 3


class GitLockCell:
    """A `LockCell`: the version is the id of the commit, and no two commits are alike."""

    def __init__(self, repository: GitRepository, remote: str, branch: str, system: System) -> None:
        """Use the lock of `branch` at `remote`."""
        place = RemoteRef(remote, f"refs/volvenctl/lock/{branch}")
        self._git = repository
        self._ref = GitBranch(repository, place, system)
        self._lease = f"--force-with-lease={place.ref}:"
        self._where = f"the lock {place.ref} at {remote}"
        self._system = system

    def read(self) -> tuple[str, JsonObject] | None:
        """Return the version and the document; None if there is none, an empty document if it is unreadable."""
        version = self._id()
        if version is None:
            return None
        blob = self._git.id_of(f"{version}:{_FILE}")
        if blob is None:  # somebody else's, and not fetched yet
            version, blob = self._fetched()
        return None if version is None else (version, self._document(blob))

    def put(self, version: str | None, document: JsonObject) -> str | None:
        """Replace `version` (None: there must be none yet) and return the new version; None if it changed before."""
        try:
            new = self._ref.commit(None, _FILE, json_text(document).encode("ascii") + b"\n", "lock\n")
        except GitFault as fault:
            raise self._error("write", fault) from fault
        return new if self._push(new, version) else None

    def remove(self, version: str) -> None:
        """Remove the document if it still has this version."""
        self._push("", version)

    def _push(self, new: str, version: str | None) -> bool:
        """Put `new` (empty: nothing) in the place of `version`; return whether that is what came to be.

        A refusal and a lost answer look alike, so what counts is what is there afterwards.
        """
        for number in range(1, _TRIES + 1):
            try:
                self._ref.push(new, self._lease + (version or ""))
            except GitFault as fault:
                found = self._id()
                if (found or "") == new:
                    return True
                if found != version:
                    return False
                if number == _TRIES:
                    raise self._error("write", fault) from fault
                self._system.sleep(self._system.jitter())
            else:
                break
        return True

    def _id(self) -> str | None:
        try:
            return self._ref.id()
        except GitFault as fault:
            raise self._error("read", fault) from fault

    def _fetched(self) -> tuple[str | None, str | None]:
        try:
            version = self._ref.fetch()
        except GitFault as fault:
            raise self._error("read", fault) from fault
        return version, self._git.id_of(f"{version}:{_FILE}") if version else None

    def _document(self, blob: str | None) -> JsonObject:
        try:
            document = read_json(self._git.blobs([blob])[0]) if blob else None
        except (GitFault, JsonFault):
            return {}
        return document if isinstance(document, dict) else {}

    def _error(self, verb: str, fault: GitFault) -> StorageError:
        return StorageError(f"cannot {verb} {self._where}: {fault}", hint="can you push to this repository?")
