"""The git checkout around the project. Nothing here fails: what git cannot tell is None."""

import re
import subprocess
from pathlib import Path
from typing import Final

from volvenctl.model.plan import Author, Checkout

MAX_COMMITS: Final = 1000
_TIMEOUT_S: Final = 10
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

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
        """Return the e-mails of the authors of the last 1,000 commits after `since`, sorted, each once.

        All commits count when `since` is None or no commit of this repository.
        """
        is_known = (
            since is not None
            and _COMMIT.fullmatch(since) is not None
            and self._git("rev-parse", "--verify", "--quiet", f"{since}^{{commit}}") is not None
        )
        commits = f"{since}..HEAD" if is_known else "HEAD"
        # as committed (%ae): a mailmap, which a pull request can change, must not rename an author
        emails = self._git("log", f"--max-count={MAX_COMMITS}", "--format=%ae", "--encoding=UTF-8", commits, "--")
        return Author(tuple(sorted({*(emails or "").splitlines()} - {""})), self._ci_actor)

    def _git(self, *arguments: str) -> str | None:
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
        return done.stdout.decode("utf-8", "backslashreplace") if done.returncode == 0 else None
