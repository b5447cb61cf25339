"""The lock of a git branch where the remote does not do as it should."""

import pytest
from builders_git import BRANCH, GitSystem, clone, git, ledger_in, make_remote, set_hook

from volvenctl.adapters.git_lock import GitLockCell
from volvenctl.errors import StorageError

REF = f"refs/volvenctl/lock/{BRANCH}"


@pytest.fixture
def remote(tmp_path):
    return make_remote(tmp_path / "remote.git")


@pytest.fixture
def cell(remote):
    return GitLockCell(ledger_in(clone(remote))._git, "origin", BRANCH, GitSystem())


def test_a_remote_that_takes_no_such_ref_says_so(cell, remote):
    version = cell.put(None, {"beat": 1})
    hook = set_hook(remote, "pre-receive", "echo only branches here >&2", "exit 1")
    for use in (lambda: cell.put(version, {"beat": 2}), lambda: cell.remove(version)):
        with pytest.raises(StorageError, match=f"cannot write the lock {REF} at origin: .*only branches here"):
            use()
    hook.unlink()
    assert cell.read() == (version, {"beat": 1})


def test_a_remote_that_is_gone_says_so(cell, remote):
    version = cell.put(None, {})
    remote.rename(remote.with_name("gone.git"))
    for use in (cell.read, lambda: cell.put(version, {}), lambda: cell.remove(version)):
        with pytest.raises(StorageError, match=f"the lock {REF} at origin: "):
            use()


def test_something_else_in_its_place_is_a_lock_without_words(cell, remote):
    main = git(remote, "rev-parse", "main")
    git(remote, "update-ref", REF, main)
    assert cell.read() == (main, {})
    assert cell.put(None, {"beat": 1}) is None
    assert cell.put(main, {"beat": 1}) is not None


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff"])
def test_a_lock_that_is_no_json_object_has_no_words(cell, remote, content):
    blob = git(remote, "hash-object", "-w", "--stdin", content=content)
    tree = git(remote, "mktree", content=f"100644 blob {blob}\tlock.json\n".encode())
    commit = git(remote, "commit-tree", tree, "-m", "x")
    git(remote, "update-ref", REF, commit)
    assert cell.read() == (commit, {})


def test_a_lock_of_somebody_else_is_fetched_once_and_keeps_no_ref_here(cell, remote):
    other = clone(remote, "--depth=1")
    GitLockCell(ledger_in(other)._git, "origin", BRANCH, GitSystem()).put(None, {"who": "bob"})
    assert cell.read() == cell.read()
    assert cell.read()[1] == {"who": "bob"}
    assert git(other, "for-each-ref", "refs/volvenctl") == ""


def test_a_lock_is_read_while_something_else_fetches_into_a_shallow_clone(cell, remote):
    folder = clone(remote, "--depth=1")
    version = cell.put(None, {"who": "bob"})
    (folder / ".git" / "shallow.lock").touch()
    assert GitLockCell(ledger_in(folder)._git, "origin", BRANCH, GitSystem()).read() == (version, {"who": "bob"})
