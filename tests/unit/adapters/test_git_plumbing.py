"""Calls of git: what comes back, what a failure is, and that none of them lasts or asks."""

import os
from pathlib import Path

import pytest
from builders_git import NOBODY, git

from volvenctl.adapters.git_plumbing import Entry, GitFault, GitRepository
from volvenctl.adapters.system import environment_variables


@pytest.fixture
def folder(tmp_path):
    git(tmp_path, "init", "--quiet", "--initial-branch=main", "here")
    return tmp_path / "here"


@pytest.fixture
def repository(folder):
    return GitRepository(folder, {**environment_variables(), **NOBODY})


def shell(script):
    """Return arguments that let git run a script: an alias, as a person may have."""
    return "-c", f"alias.play=!{script} #", "play"


def is_gone(child):
    """Whether the process has ended; nobody may have asked for its exit code yet."""
    try:
        return ") Z " in Path(f"/proc/{child}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_call_that_does_not_end_is_ended_with_all_that_it_started(repository, tmp_path):
    with pytest.raises(GitFault, match=r"did not end within 0\.5 s"):
        repository.run(*shell(f"echo $$ > {tmp_path}/pid; sleep 600"), timeout_s=0.5)
    child = int((tmp_path / "pid").read_text())
    assert any(is_gone(child) for _ in range(1_000_000))


def test_a_call_has_no_terminal_to_ask_at(repository):
    asked = repository.run(*shell("echo $GIT_TERMINAL_PROMPT; cat; tty || true")).decode().split("\n")
    assert asked[0] == "0"
    assert "not a tty" in asked


def test_no_hook_of_the_repository_runs(folder, repository, tmp_path):
    hook = folder / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    commit = repository.write_commit(repository.tree_with(None, "a", b"x"), None, "m", AUTHOR)
    repository.run("update-ref", "refs/volvenctl/x", commit)
    assert not (tmp_path / "ran").exists()


AUTHOR = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def test_a_failure_is_told_in_the_last_words_of_git_with_its_code(repository):
    script = (
        r"printf '!\trefs/a\t[rejected]\n'; printf 'warm-up\nfatal: at https://ann:key@host/x \033[2J\n' >&2; exit 7"
    )
    with pytest.raises(GitFault) as caught:
        repository.run(*shell(script))
    assert str(caught.value) == r"! refs/a [rejected]; fatal: at https://host/x \x1b[2J"
    assert caught.value.code == 7


def test_a_failure_without_words_has_its_code(repository):
    with pytest.raises(GitFault, match="failed with exit code 3"):
        repository.run(*shell("exit 3"))


def test_without_git_that_is_said(folder, tmp_path):
    with pytest.raises(GitFault, match="git cannot be started: No such file"):
        GitRepository(folder, {"PATH": str(tmp_path)}).run("version")


def test_no_is_an_answer_and_a_failure_is_none(repository, tmp_path):
    assert repository.holds("check-ref-format", "refs/heads/a")
    assert not repository.holds("check-ref-format", "refs/heads/a..b")
    with pytest.raises(GitFault):
        repository.holds(*shell("exit 128"))
    assert repository.id_of("refs/heads/none") is None
    with pytest.raises(GitFault):
        GitRepository(tmp_path, {**environment_variables(), **NOBODY}).id_of("HEAD")


def test_a_tree_grows_by_one_file_and_keeps_the_rest(repository):
    parent = None
    for path in ("a", "b/c/d", "b/é x", "b/c/e"):
        parent = repository.write_commit(repository.tree_with(parent, path, path.encode()), parent, "m", AUTHOR)
    assert set(repository.entries(parent, [""])) == {"a", "b"}
    assert set(repository.entries(parent, ["b"])) == {"b/c", "b/é x"}
    found = repository.entries(parent, ["b/c", "none"])
    assert sorted(found) == ["b/c/d", "b/c/e"]
    assert all(entry.is_file for entry in found.values())
    assert repository.blobs([found["b/c/e"].id, found["b/c/d"].id]) == [b"b/c/e", b"b/c/d"]


@pytest.mark.parametrize(("mode", "kind"), [("120000", "blob"), ("100755", "blob"), ("160000", "commit")])
def test_only_a_plain_file_is_one(mode, kind):
    assert not Entry(mode, kind, "1" * 40).is_file
    assert Entry("100644", "blob", "1" * 40).is_file


def test_an_object_that_is_missing_is_named(repository):
    assert repository.blobs([]) == []
    with pytest.raises(GitFault, match=f"the object {'1' * 40} is missing"):
        repository.blobs(["1" * 40])


def test_binary_content_comes_back_as_it_was(repository):
    content = bytes(range(256)) + b"\n\nmissing\n" + os.linesep.encode()
    commit = repository.write_commit(repository.tree_with(None, "x", content), None, "m", AUTHOR)
    blob = repository.id_of(f"{commit}:x")
    assert repository.blobs([blob, blob]) == [content, content]
