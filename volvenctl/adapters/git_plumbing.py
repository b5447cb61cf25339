"""Git's plumbing: objects, refs and transport of one repository, never its working tree, index or HEAD.

Every call has a total time-out, asks nobody anything and runs no hook. Needs git 2.29.
"""

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from volvenctl.render.safe import safe

LOCAL_S: Final = 120
"""For calls that stay on this machine; reading a ledger of years is one of them."""

_FIXED: Final = (
    *("git", "--no-pager", "--no-optional-locks", "--no-replace-objects"),
    # a repository's configuration can name programs to run on its behalf; none is needed here
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "push.gpgSign=false", "-c", "push.followTags=false", "-c", "push.recurseSubmodules=no"),
    *("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "i18n.commitEncoding=UTF-8"),
)
# set by git for its hooks, and about another repository than the one around the project, perhaps
_LOCAL_VARIABLES: Final = frozenset(
    {
        *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_GRAFT_FILE", "GIT_INDEX_FILE"),
        *("GIT_NAMESPACE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_WORK_TREE"),
    }
)
_PASSWORD: Final = re.compile(r"://[^/@\s]+@")
_WORDS: Final = 4
_LETTERS: Final = 500
"""How much of what git says is shown: its last lines, and not endlessly."""


class GitFault(Exception):  # noqa: N818 - a finding about one call; its caller knows what it means
    """A git command failed, or did not end in time; the text is what git said last."""

    def __init__(self, text: str, code: int | None = None) -> None:
        """Keep the text and the exit code, if git came to its end."""
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Entry:
    """What a name in a tree stands for."""

    mode: str
    kind: str
    id: str

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file: no link, no program, no submodule."""
        return (self.mode, self.kind) == ("100644", "blob")


class GitRepository:
    """The repository around a folder. It keeps nothing, so threads may share it."""

    def __init__(self, root: Path, variables: Mapping[str, str]) -> None:
        """Work in the repository around `root`; `variables` is the environment, credentials and ssh included."""
        self._root = root
        kept = {name: text for name, text in variables.items() if name not in _LOCAL_VARIABLES}
        self._variables = {**kept, "GIT_TERMINAL_PROMPT": "0", "SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"}

    def run(
        self,
        *arguments: str,
        content: bytes = b"",
        timeout_s: float = LOCAL_S,
        variables: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return what `git ARGUMENTS` prints, given `content` as its input.

        Raises:
            GitFault: it failed, or did not end in time; git and all it started are gone.
        """
        try:
            with subprocess.Popen(  # noqa: S603 - no shell, and names that were checked
                [*_FIXED, *arguments],
                cwd=self._root,
                env={**self._variables, **(variables or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # no terminal to ask at, no Ctrl-C in the middle of a push, one group to end
            ) as child:
                output, errors = _ended(child, content, timeout_s)
        except subprocess.TimeoutExpired as error:
            raise GitFault(f"git {arguments[0]} did not end within {timeout_s:g} s") from error
        except OSError as error:
            raise GitFault(f"git cannot be started: {error.strerror or error}") from error
        if child.returncode != 0:
            code = child.returncode
            raise GitFault(_last_words(output, errors) or f"git {arguments[0]} failed with exit code {code}", code)
        return output

    def holds(self, *arguments: str) -> bool:
        """Whether `git ARGUMENTS` says yes: exit code 0, not 1.

        Raises:
            GitFault: it says neither.
        """
        try:
            self.run(*arguments)
        except GitFault as fault:
            if fault.code == 1:
                return False
            raise
        return True

    def id_of(self, name: str) -> str | None:
        """Return the id of the object that `name` stands for here, a ref or `commit:path`; None if there is none."""
        try:
            return self._line("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        except GitFault as fault:
            if fault.code == 1:
                return None
            raise

    def entries(self, commit: str, folders: Sequence[str]) -> dict[str, Entry]:
        """Return what is directly in these folders of a commit, by path; "" is the top, a missing folder is empty."""
        paths = [f"{folder}/" for folder in folders if folder]
        listed = self.run("ls-tree", "-z", "--full-tree", commit, *paths).decode("utf-8", "surrogateescape")
        found: dict[str, Entry] = {}
        for line in listed.split("\0")[:-1]:
            facts, _, path = line.partition("\t")
            found[path] = Entry(*facts.split(" "))
        return found

    def blobs(self, ids: Sequence[str]) -> list[bytes]:
        """Return the contents of these objects, in order.

        Raises:
            GitFault: one of them is missing.
        """
        output = self.run("cat-file", "--batch", content="".join(f"{item}\n" for item in ids).encode())
        contents: list[bytes] = []
        place = 0
        for item in ids:
            end = output.index(b"\n", place)
            words = output[place:end].split(b" ")
            if words[-1] == b"missing":
                raise GitFault(f"the object {item} is missing in the local repository")
            place = end + 1 + int(words[2])
            contents.append(output[end + 1 : place])
            place += 1
        return contents

    def tree_with(self, commit: str | None, path: str, content: bytes) -> str:
        """Return the tree of `commit` (None: an empty one) with `content` at `path`, all else as it is."""
        entry = Entry("100644", "blob", self._line("hash-object", "-w", "--stdin", content=content))
        parts = path.split("/")
        while parts:
            name = parts.pop()
            folder = "/".join(parts)
            found = {} if commit is None else self.entries(commit, [folder])
            beside = {item.rpartition("/")[2]: there for item, there in found.items()}
            entry = Entry("040000", "tree", self._write_tree({**beside, name: entry}))
        return entry.id

    def write_commit(self, tree: str, parent: str | None, message: str, variables: Mapping[str, str]) -> str:
        """Return the id of a new commit; `variables` say who and when."""
        parents = () if parent is None else ("-p", parent)
        return self._line("commit-tree", tree, *parents, content=message.encode(), variables=variables)

    def fetch(self, remote: str, ref: str, target: str, options: Sequence[str], timeout_s: float) -> str | None:
        """Return the commit that the remote has at `ref`, fetched to `target`; None if it has no such ref."""
        fixed = ("--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules", "--no-write-fetch-head", "--refmap=")
        try:
            self.run("fetch", *fixed, *options, "--", remote, f"+{ref}:{target}", timeout_s=timeout_s)
        except GitFault:
            if self.remote_id(remote, ref, timeout_s) is None:
                return None
            raise
        return self.id_of(target)

    def remote_id(self, remote: str, ref: str, timeout_s: float) -> str | None:
        """Return the id that the remote has at `ref`; None if it has no such ref."""
        listed = self.run("ls-remote", "--", remote, ref, timeout_s=timeout_s).decode()
        return next((line.split("\t")[0] for line in listed.splitlines() if line.endswith(f"\t{ref}")), None)

    def push(self, remote: str, refspec: str, options: Sequence[str], timeout_s: float) -> None:
        """Push one ref.

        Raises:
            GitFault: the remote refused it, was not reached, or its answer is lost: it may be there all the same.
        """
        self.run("push", "--porcelain", "--no-verify", *options, "--", remote, refspec, timeout_s=timeout_s)

    def _write_tree(self, entries: Mapping[str, Entry]) -> str:
        lines = (f"{entry.mode} {entry.kind} {entry.id}\t{name}\0" for name, entry in entries.items())
        return self._line("mktree", "-z", content="".join(lines).encode("utf-8", "surrogateescape"))

    def _line(self, *arguments: str, content: bytes = b"", variables: Mapping[str, str] | None = None) -> str:
        return self.run(*arguments, content=content, variables=variables).decode().strip()


def _ended(child: "subprocess.Popen[bytes]", content: bytes, timeout_s: float) -> tuple[bytes, bytes]:
    """Return what the child printed; in any other case it is ended, with all that it started."""
    try:
        return child.communicate(content, timeout_s)
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)


def _last_words(output: bytes, errors: bytes) -> str:
    """Return the lines in which git says what is wrong, without passwords in addresses."""
    rejected = [line for line in output.splitlines() if line.startswith(b"!")]
    lines = [line.decode("utf-8", "replace").strip() for line in (*rejected, *errors.splitlines())]
    wrong = [line for line in lines if line.startswith(("!", "fatal:", "error:", "remote:"))] or lines
    return safe(_PASSWORD.sub("://", "; ".join(wrong[-_WORDS:]))[:_LETTERS].replace("\t", " "))
