"""One ref of a remote that is moved by pushes only: what it is now, and a new commit on top of it.

Local refs are kept below `refs/volvenctl/` only: `refs/volvenctl/seen/REMOTE/REF` is the last commit known to be
there, so that a fetch brings only what is new; `refs/volvenctl/fetch/ID` lives as long as one fetch.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from volvenctl.adapters.git_plumbing import GitFault, GitRepository
from volvenctl.errors import ConfigError
from volvenctl.ports import System

FIRST_FETCH_S: Final = 900
"""The first fetch brings the whole ledger."""
ANSWER_S: Final = 20
"""Total time for every other exchange with the remote."""
_BUSY: Final = "shallow.lock': File exists"
"""What git says of a clone into which another process fetches a depth, and does not wait for."""
_WAITS: Final = 20

_REMOTE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", re.ASCII)
_IDENTITY: Final = {
    "GIT_AUTHOR_NAME": "volvenctl",
    "GIT_AUTHOR_EMAIL": "volvenctl@localhost.invalid",
    "GIT_COMMITTER_NAME": "volvenctl",
    "GIT_COMMITTER_EMAIL": "volvenctl@localhost.invalid",
}
"""Who commits where git has no name for whoever runs this, on a fresh runner, say."""


@dataclass(frozen=True, slots=True)
class RemoteRef:
    """A ref at a remote of the repository, both by the names that git knows them by."""

    remote: str
    ref: str

    @property
    def seen(self) -> str:
        """The local ref of the last commit that was seen there."""
        return f"refs/volvenctl/seen/{self.remote}/{self.ref.removeprefix('refs/')}"


class GitBranch:
    """A ref at a remote, as commits. It keeps nothing that changes, so threads may share it."""

    def __init__(self, repository: GitRepository, place: RemoteRef, system: System) -> None:
        """Look at `place`; nothing is asked yet."""
        self.seen_ref: Final = place.seen
        """The local ref of the last commit that was seen there."""
        self._git = repository
        self._place = place
        self._system = system

    def fetch(self, known: str | None = None, *, newest_only: bool = False) -> str | None:
        """Return the commit that is there now, fetched with all that was not here yet; None if there is none.

        With a `known` commit all that came after it is fetched. Without one that is the whole history; in a
        clone that is shallow already it may be the newest commit only, whose tree holds the whole ledger.

        Raises:
            GitFault: the remote was not reached.
            ConfigError: there is no such remote, or git refuses the name.
        """
        self._check_names()
        options: tuple[str, ...] = ()
        if known is not None:
            options = (f"--negotiation-tip={known}",)
        elif newest_only and self._is_shallow():
            options = ("--depth=1",)
        return self._fetched(options, ANSWER_S if known else FIRST_FETCH_S)

    def seen(self) -> str | None:
        """Return the last commit that was seen there, by this run or an earlier one."""
        return self._git.id_of(self.seen_ref)

    def remember(self, commit: str) -> None:
        """Keep `commit` as the last one seen; without that the next fetch brings it again, and nothing worse."""
        with suppress(GitFault):  # another process moves it just now
            self._git.run("update-ref", self.seen_ref, commit)

    def commit(self, parent: str | None, path: str, content: bytes, message: str) -> str:
        """Return a new commit with `content` at `path` on top of `parent`. No two are alike, even if all else is."""
        tree = self._git.tree_with(parent, path, content)
        moment = f"{int(self._system.now().timestamp())} +0000"
        dates = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
        text = f"{message}\nWrite-Id: {self._system.new_id()}\n"
        return self._git.write_commit(tree, parent, text, {**self._identity, **dates})

    def push(self, commit: str, *options: str) -> None:
        """Push `commit` (empty: delete the ref); without options only where it continues what is there.

        Raises:
            GitFault: it was refused, or its answer is lost; whoever wants to know has to look.
            ConfigError: as for fetch.
        """
        self._check_names()
        self._git.push(self._place.remote, f"{commit}:{self._place.ref}", options, ANSWER_S)

    def id(self) -> str | None:
        """Return what the remote has at the ref, without fetching it; None if it has no such ref.

        Raises:
            GitFault, ConfigError: as for fetch.
        """
        self._check_names()
        return self._git.remote_id(self._place.remote, self._place.ref, ANSWER_S)

    def is_in(self, commit: str, tip: str | None) -> bool:
        """Whether `commit` is part of the history of `tip`."""
        return tip is not None and self._git.holds("merge-base", "--is-ancestor", commit, tip)

    def _check_names(self) -> None:
        """Refuse a remote that is not configured: git would take its name, which a pull request can change, for a path.

        Raises:
            ConfigError: says which.
        """
        return self._checked

    @cached_property
    def _checked(self) -> None:
        remote, ref = self._place.remote, self._place.ref
        if not _REMOTE.fullmatch(remote) or not self._git.holds("config", "--get", f"remote.{remote}.url"):
            raise ConfigError(
                f"the project is in no git repository with a remote named {remote!r}",
                hint="the state URL is git:REMOTE/BRANCH; `git remote -v` lists the remotes",
            )
        if not self._git.holds("check-ref-format", ref):
            raise ConfigError(
                f"{ref.removeprefix('refs/heads/')!r} is no usable name of a branch",
                hint="see `git help check-ref-format`",
            )

    @cached_property
    def _identity(self) -> Mapping[str, str]:
        """Nothing where git knows who commits, by its configuration or variables, without guessing."""
        try:
            self._git.run("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
        except GitFault:
            return _IDENTITY
        return {}

    def _fetched(self, options: tuple[str, ...], timeout_s: float) -> str | None:
        """Fetch to a ref that lives as long as that takes; wait for another fetch of a depth in the same repository."""
        target = f"refs/volvenctl/fetch/{self._system.new_id()}"
        waits = _WAITS
        while True:
            try:
                return self._git.fetch(self._place.remote, self._place.ref, target, options, timeout_s)
            except GitFault as fault:
                if waits == 0 or _BUSY not in str(fault):
                    raise
            finally:
                self._forget(target)
            waits -= 1
            self._system.sleep(self._system.jitter())

    def _is_shallow(self) -> bool:
        return self._git.run("rev-parse", "--is-shallow-repository").strip() == b"true"

    def _forget(self, ref: str) -> None:
        with suppress(GitFault):  # one ref too many does no harm
            self._git.run("update-ref", "-d", ref)
