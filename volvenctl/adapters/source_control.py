"""The git checkout around the project. What git cannot tell is None, unless a file of a certain commit is wanted."""

import re
import subprocess
from pathlib import Path
from typing import Final

from volvenctl.errors import ConfigError
from volvenctl.model.plan import Author, Checkout

MAX_COMMITS: Final = 1000
_TIMEOUT_S: Final = 10
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MAILBOX: Final = re.compile(r"^.*<([^<>]*)>\s*$")

# A repository's configuration can name programs to run on its behalf; none is needed here.
_GIT: Final = (
    *("git", "--no-pager", "--no-optional-locks"),
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false"),
)


class GitCheckout:
    """Asks the `git` command about the folder of the project."""

    def __init__(self, root: Path, ci_actor: str | None) -> None:
        """Look at the repository around `root`; `ci_actor` is who started the CI run, if one did."""
        self._root = root
        self._ci_actor = ci_actor

    def checkout(self) -> Checkout:
        """Return commit, branch (None when detached) and whether files of the project differ from the commit.

        Untracked files count unless they are ignored. Without git or a repository all are None.
        """
        status = self._git("status", "--porcelain=v2", "--branch", "--untracked-files=normal", "-z", "--", ".")
        if status is None:
            return Checkout()
        lines = status.split("\0")
        headers = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# "))
        commit = headers.get("branch.oid", "")
        branch = headers.get("branch.head", "(detached)")
        return Checkout(
            commit=commit if _COMMIT.fullmatch(commit) else None,
            branch=None if branch == "(detached)" else branch,
            dirty=any(line and not line.startswith("# ") for line in lines),
        )

    def author(self, since: str | None) -> Author:
        """Return the e-mails of the authors and co-authors of the last 1,000 commits after `since`, sorted, each once.

        All commits count when `since` is None or no commit of this repository. A merge counts only where it changed
        something itself: who merges a reviewed branch is not its author. None are known where git cannot tell, as in
        a clone without the whole history.
        """
        is_known = (
            since is not None
            and _COMMIT.fullmatch(since) is not None
            and self._git("rev-parse", "--verify", "--quiet", f"{since}^{{commit}}") is not None
        )
        commits = f"{since}..HEAD" if is_known else "HEAD"
        # as committed (%ae): a mailmap, which a pull request can change, must not rename an author
        log = ("log", f"--max-count={MAX_COMMITS}", "--encoding=UTF-8")
        people = "%ae%n%(trailers:key=Co-authored-by,valueonly=true,unfold=true)"
        written = self._git(*log, "--no-merges", f"--format={people}", commits, "--")
        merged = self._git(*log, "--merges", "-c", "--name-only", f"--format=%x00%x01{people}%x00", commits, "--")
        is_whole = self._git("rev-parse", "--is-shallow-repository") == "false\n"
        if written is None or merged is None or not is_whole:
            return Author((), self._ci_actor)
        return Author(_emails(written + _evil_merges(merged)), self._ci_actor)

    def prefix(self) -> str:
        """Return the project's folder within the repository, as `desk/`; empty at its root and outside git."""
        shown = self._git("rev-parse", "--show-prefix")
        return (shown or "").removesuffix("\n")

    def _git(self, *arguments: str) -> str | None:
        shown = self.ask(*arguments)
        return None if shown is None else shown.decode("utf-8", "backslashreplace")

    def ask(self, *arguments: str) -> bytes | None:
        """Return what git prints; None where it fails."""
        try:
            done = subprocess.run(  # noqa: S603 - fixed words, and a commit id that was checked
                [*_GIT, *arguments],
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout if done.returncode == 0 else None


def read_committed(root: Path, ref: str, file: str) -> bytes:
    """Return the content of `file`, relative to the folder `root`, in the commit that `ref` names.

    Raises:
        ConfigError: there is no such commit or file, or git cannot be asked. Nothing else is read instead.
    """
    commit = commit_of(root, ref)
    if commit is None:
        raise ConfigError(f"git knows no commit {ref!r} here", hint="fetch it first: git fetch origin")
    content = GitCheckout(root, None).ask("cat-file", "blob", f"{commit}:./{file}")
    if content is None:
        raise ConfigError(f"there is no file {file} in {ref}", hint=f"git show {ref}:./{file}")
    return content


def commit_of(root: Path, ref: str) -> str | None:
    """Return the id of the commit that `ref` names in the repository around `root`; None if git knows none."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    commit = (GitCheckout(root, None).ask(*words) or b"").decode("ascii", "replace").strip()
    return commit if _COMMIT.fullmatch(commit) else None


def user_email(root: Path) -> str | None:
    """Return the e-mail that git would write into a commit here, if one is configured."""
    return ((GitCheckout(root, None).ask("config", "user.email") or b"").decode("utf-8", "replace")).strip() or None


def _evil_merges(log: str) -> str:
    """Return the people of those merges that list a file: one that differs from every parent."""
    parts = log.split("\0")[1:]
    return "".join(people[1:] + "\n" for people, files in zip(parts[::2], parts[1::2], strict=True) if files.strip())


def _emails(people: str) -> tuple[str, ...]:
    """Return the e-mails in lines of `ann@desk` or `Ann <ann@desk>`, sorted, each once."""
    found = (_MAILBOX.sub(r"\1", line).strip() for line in people.splitlines())
    return tuple(sorted({*found} - {""}))
