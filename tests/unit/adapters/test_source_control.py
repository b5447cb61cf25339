import subprocess

import pytest

from volvenctl.adapters.source_control import GitCheckout
from volvenctl.model.plan import Author, Checkout


class Repository:
    """A git repository with a configuration of its own."""

    def __init__(self, root):
        self.root = root
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments, author="ann@desk.example"):
        done = subprocess.run(
            ["git", "-c", "user.name=Ann", "-c", f"user.email={author}", "-c", "commit.gpgsign=false", *arguments],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, *, author="ann@desk.example"):
        self.git("commit", "--quiet", "--allow-empty", "--message=a change", author=author)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def checkout(root):
    return GitCheckout(root, None).checkout()


def test_outside_git_nothing_is_known(tmp_path):
    assert checkout(tmp_path) == Checkout(None, None, None)
    assert GitCheckout(tmp_path, "ci-bot").author(None) == Author((), "ci-bot")


def test_a_folder_that_is_not_there_is_no_failure(tmp_path):
    assert checkout(tmp_path / "missing") == Checkout(None, None, None)


def test_without_the_git_command_nothing_is_known(repository, monkeypatch, tmp_path):
    repository.commit()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checkout(repository.root) == Checkout(None, None, None)


def test_a_clean_checkout_has_commit_and_branch(repository):
    commit = repository.commit()
    assert checkout(repository.root) == Checkout(commit, "main", dirty=False)


def test_a_repository_without_commits_has_a_branch_only(repository):
    assert checkout(repository.root) == Checkout(None, "main", dirty=False)
    assert GitCheckout(repository.root, None).author(None) == Author((), None)


def test_a_detached_head_has_no_branch(repository):
    commit = repository.commit()
    repository.git("checkout", "--quiet", "--detach")
    assert checkout(repository.root) == Checkout(commit, None, dirty=False)


@pytest.mark.parametrize("setting", ["normal", "no"])
def test_changed_staged_deleted_and_untracked_files_make_it_dirty(repository, setting):
    repository.git("config", "status.showUntrackedFiles", setting)
    file = repository.root / "a b.yaml"
    file.write_text("a: 1\n")
    assert checkout(repository.root).dirty is True
    repository.git("add", ".")
    assert checkout(repository.root).dirty is True
    repository.commit()
    assert checkout(repository.root).dirty is False
    file.write_text("a: 2\n")
    assert checkout(repository.root).dirty is True
    file.unlink()
    assert checkout(repository.root).dirty is True


def test_ignored_files_do_not_count(repository):
    (repository.root / ".gitignore").write_text("*.log\n")
    repository.git("add", ".")
    repository.commit()
    (repository.root / "x.log").write_text("x")
    assert checkout(repository.root).dirty is False


def test_changes_outside_of_the_project_do_not_count(repository):
    project = repository.root / "desk"
    project.mkdir()
    repository.commit()
    (repository.root / "other.txt").write_text("x")
    assert checkout(project).dirty is False
    (project / "a.yaml").write_text("a: 1\n")
    assert checkout(project).dirty is True


def test_the_prefix_is_the_folder_of_the_project_within_the_repository(repository, tmp_path):
    project = repository.root / "a desk" / "币"
    project.mkdir(parents=True)
    assert GitCheckout(project, None).prefix() == "a desk/币/"
    assert GitCheckout(repository.root, None).prefix() == ""


def test_outside_git_the_prefix_is_empty(tmp_path):
    assert GitCheckout(tmp_path, None).prefix() == ""


def test_a_strange_branch_name_is_kept(repository):
    repository.commit()
    repository.git("checkout", "--quiet", "-b", "$(id)/币;x")
    assert checkout(repository.root).branch == "$(id)/币;x"


def test_authors_are_those_of_the_commits_since(repository):
    repository.commit(author="old@desk.example")
    since = repository.commit(author="bob@desk.example")
    repository.commit(author="cy@desk.example")
    repository.commit(author="ann@desk.example")
    repository.commit(author="cy@desk.example")
    assert GitCheckout(repository.root, "bot").author(since) == Author(("ann@desk.example", "cy@desk.example"), "bot")


@pytest.mark.parametrize("since", [None, "0" * 40, "main", "--all", "HEAD", ""])
def test_all_authors_count_when_the_last_commit_is_not_known(repository, since):
    repository.commit(author="bob@desk.example")
    repository.commit(author="ann@desk.example")
    assert GitCheckout(repository.root, None).author(since).git_authors == ("ann@desk.example", "bob@desk.example")


def test_a_mailmap_does_not_rename_an_author(repository):
    (repository.root / ".mailmap").write_text("Eve <eve@desk.example> <ann@desk.example>\n")
    repository.git("config", "log.mailmap", "true")
    repository.commit()
    assert GitCheckout(repository.root, None).author(None).git_authors == ("ann@desk.example",)


def test_no_program_of_the_repository_is_started(repository):
    (repository.root / "a.yaml").write_text("a: 1\n")
    repository.git("add", ".")
    repository.commit()
    spy = repository.root.parent / "spy"
    spy.write_text(f"#!/bin/sh\ntouch {repository.root}/started\n")
    spy.chmod(0o755)
    repository.git("config", "core.fsmonitor", str(spy))
    repository.git("config", "core.pager", str(spy))
    repository.git("config", "core.hooksPath", str(spy.parent))
    repository.git("config", "log.showSignature", "true")
    repository.git("config", "gpg.program", str(spy))
    assert checkout(repository.root).dirty is False
    assert GitCheckout(repository.root, None).author(None).git_authors == ("ann@desk.example",)
    assert not (repository.root / "started").exists()
