"""The contract of ledger stores, run for the git branch: real git, and a new shallow clone per view."""

from contextlib import contextmanager
from functools import partial

import pytest
from builders_git import BRANCH, GitSystem, clone, ledger_in, make_remote, open_in_new_clone, set_hook, write_branch
from ledger_contract import LockCellContract, SharedLedgerContract

from volvenctl.adapters.git_lock import GitLockCell

HANG_UP = "kill -9 $PPID"


@pytest.fixture
def remote(tmp_path):
    return make_remote(tmp_path / "remote.git")


@contextmanager
def hooked(remote, name, *lines):
    """Let the remote do this at each push, and bring it back at the end if that moved it away."""
    hook = set_hook(remote, name, *lines)
    try:
        yield
    finally:
        away = remote.with_name("away.git")
        if away.exists():
            away.rename(remote)
        hook.unlink()


class TestLedgerGit(SharedLedgerContract):
    @pytest.fixture
    def open_store(self, remote):
        return partial(open_in_new_clone, str(remote), "--depth=1")

    @pytest.fixture
    def unreachable(self, remote):
        folder = clone(remote)
        remote.rename(remote.with_name("gone.git"))
        return lambda: ledger_in(folder)

    @pytest.fixture
    def rewrite(self, remote):
        def rewrite(lines):
            write_branch(remote, {f"ledger/0/{seq}.jsonl": line + b"\n" for seq, line in enumerate(lines, 1)})

        return rewrite

    @pytest.fixture
    def tear(self):
        pytest.skip("a commit is in the branch or it is not")

    @pytest.fixture(params=[[HANG_UP], [f"mv $PWD $PWD/../away.git; {HANG_UP}"]], ids=["seen", "unseen"])
    def losing_answers(self, remote, request):
        return partial(hooked, remote, "post-receive", *request.param)

    @pytest.fixture
    def losing_requests(self, remote):
        return partial(hooked, remote, "pre-receive", HANG_UP)


class TestGitLockCell(LockCellContract):
    @pytest.fixture
    def open_cell(self, remote):
        def open_cell():
            store = ledger_in(clone(remote, "--depth=1"))
            return GitLockCell(store._git, "origin", BRANCH, GitSystem())

        return open_cell

    @pytest.mark.parametrize("hook", ["post-receive", "pre-receive"])
    def test_a_cell_whose_answer_is_lost_is_looked_at(self, open_cell, remote, hook):
        cell, other = open_cell(), open_cell()
        first = cell.put(None, {"beat": 1})
        with hooked(remote, hook, f"test -e once || {{ touch once; {HANG_UP}; }}"):
            second = cell.put(first, {"beat": 2})
        assert other.read() == (second, {"beat": 2})
