"""A bare repository, clones of it, and a `git` that loses answers."""

import subprocess
from pathlib import Path

from fakes import FakeSystem

from volvenctl.adapters.git_plumbing import GitRepository
from volvenctl.adapters.ledger_git import LedgerGit
from volvenctl.adapters.recovery_files import RecoveryFiles
from volvenctl.adapters.system import RealSystem, environment_variables

BRANCH = "volvenctl-state"
NOBODY = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
PERSON = ("-c", "user.name=Ann", "-c", "user.email=ann@desk.example")


class GitSystem(FakeSystem):
    """A clock that moves only when somebody waits, and ids that are alike for no two stores."""

    def new_id(self):
        return RealSystem().new_id()


def git(folder, *arguments, content=None):
    """Return what git prints in `folder`, without anybody's configuration."""
    done = subprocess.run(
        ["git", *PERSON, *arguments],
        cwd=folder,
        env={**environment_variables(), **NOBODY},
        check=True,
        capture_output=True,
        input=content,
    )
    return done.stdout.decode().strip()


def make_remote(folder):
    """Make a bare repository with one commit on `main`, and return its folder."""
    git(folder.parent, "init", "--quiet", "--bare", "--initial-branch=main", folder.name)
    seed = folder.with_name("seed")
    git(folder.parent, "clone", "--quiet", folder.name, seed.name)
    (seed / "README").write_text("a desk\n")
    for message in ("first", "second"):
        git(seed, "commit", "--quiet", "--allow-empty", f"--message={message}")
    git(seed, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    return folder


def clone(remote, *options):
    """Return a new clone beside `remote`, as a new runner has."""
    folder = Path(remote).with_name(f"clone-{RealSystem().new_id()}")
    git(folder.parent, "clone", "--quiet", *options, f"file://{remote}", folder.name)
    return folder


def ledger_in(folder, system=None, remote="origin", branch=BRANCH, **variables):
    """Return the ledger in a branch, seen from the clone in `folder`."""
    recovery = RecoveryFiles(Path(folder) / ".git" / "recovery", Path(folder), makes_folder=True)
    repository = GitRepository(Path(folder), {**environment_variables(), **NOBODY, **variables})
    return LedgerGit(repository, (remote, branch), recovery, system or GitSystem())


def open_in_new_clone(remote, *options):
    """Return the ledger seen from a clone of its own."""
    return ledger_in(clone(remote, *options))


def write_branch(remote, files, branch=BRANCH):
    """Put a branch with these files and no history in the place of whatever is there, with force."""
    folder = clone(remote)
    stream = b"commit refs/heads/made\ncommitter Eve <eve@desk.example> 0 +0000\ndata 0\n"
    for path, content in files.items():
        stream += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)
    git(folder, "fast-import", "--quiet", "--force", content=stream)
    git(folder, "push", "--quiet", "--force", "origin", f"refs/heads/made:refs/heads/{branch}")


def set_hook(remote, name, *lines):
    """Let the remote run a shell script: `pre-receive` before it takes a push, `post-receive` after it did."""
    hook = Path(remote) / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    hook.chmod(0o755)
    return hook
