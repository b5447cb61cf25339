"""The ledger in a git branch: what the repository looks like before and after, and what is refused."""

import pytest
from builders_git import BRANCH, GitSystem, clone, git, ledger_in, make_remote, set_hook, write_branch
from builders_ledger import apply_started, created, records_of, reported, started, state_of
from fakes import FakeSystem

from volvenctl.errors import ConfigError, Conflict, LedgerError, LockHeldError, StorageError
from volvenctl.model.record import Draft, Head
from volvenctl.model.state import State
from volvenctl.pipeline.journal import Journal
from volvenctl.wire.ledger_v1 import record_line
from volvenctl.wire.state_v1 import state_document

RECORDS = records_of(created(), apply_started(), started(), reported("refused"), Draft("halt", {}))
LINES = [record_line(record) for record in RECORDS]
ACTOR = {"user": "ann", "host": "desk-1", "pid": 7}
WHERE = f"git:origin/{BRANCH}"


@pytest.fixture
def remote(tmp_path):
    return make_remote(tmp_path / "remote.git")


@pytest.fixture
def folder(remote):
    return clone(remote)


@pytest.fixture
def store(folder):
    return ledger_in(folder)


def subjects(repository, ref=BRANCH):
    return git(repository, "log", "--reverse", "--format=%s", ref).splitlines()


def files_of(remote):
    return git(remote, "ls-tree", "-r", "--name-only", BRANCH).splitlines()


def pushes(remote):
    """Let the remote write down each push; return how to count them."""
    log = remote.parent / "pushes"
    set_hook(remote, "post-receive", f"cat >> {log}")
    return lambda: len(log.read_text().splitlines()) if log.exists() else 0


def test_what_a_person_works_on_is_not_touched(folder, store):
    (folder / "README").write_text("half a thought")
    (folder / "staged").write_text("staged")
    git(folder, "add", "staged")
    git(folder, "checkout", "--quiet", "-b", "topic")
    index, head = (folder / ".git" / "index").read_bytes(), (folder / ".git" / "HEAD").read_text()
    branches = git(folder, "for-each-ref", "refs/heads", "refs/tags")
    before = sorted(path.name for path in folder.iterdir())
    with store.lock("apply", ACTOR):
        store.append(0, RECORDS[:2])
        store.write_state({"serial": 2})
        assert store.read(0) == list(RECORDS[:2])
    assert (folder / ".git" / "index").read_bytes() == index
    assert (folder / ".git" / "HEAD").read_text() == head
    assert not (folder / ".git" / "FETCH_HEAD").exists()
    assert git(folder, "for-each-ref", "refs/heads", "refs/tags") == branches
    assert sorted(path.name for path in folder.iterdir()) == before
    assert (folder / "README").read_text() == "half a thought"


def test_one_local_ref_is_kept_and_none_of_a_fetch(folder, store):
    store.append(0, RECORDS[:1])
    store.read(0)
    kept = git(folder, "for-each-ref", "--format=%(refname)", "refs/volvenctl")
    assert kept == f"refs/volvenctl/seen/origin/heads/{BRANCH}"


def test_each_append_is_one_commit_with_one_new_file(remote, store):
    store.append(0, RECORDS[:1])
    store.append(1, RECORDS[1:3])
    store.append(3, RECORDS[3:])
    assert files_of(remote) == ["ledger/0/1.jsonl", "ledger/0/2.jsonl", "ledger/0/4.jsonl"]
    assert git(remote, "show", f"{BRANCH}:ledger/0/2.jsonl").encode() + b"\n" == LINES[1] + LINES[2]
    changes = git(remote, "log", "--format=", "--name-status", BRANCH).splitlines()
    assert [line for line in changes if line] == [f"A\tledger/0/{first}.jsonl" for first in (4, 2, 1)]


def test_a_segment_is_in_the_folder_of_its_first_record(remote, store):
    many = records_of(*(Draft("halt", {"n": number}) for number in range(2001)))
    for start, end in ((0, 998), (998, 999), (999, 1999), (1999, 2000), (2000, 2001)):
        store.append(start, many[start:end])
    names = [f"ledger/{name}.jsonl" for name in ("0/1", "0/999", "1/1000", "2/2000", "2/2001")]
    assert files_of(remote) == names
    assert store.read(1998) == list(many[1998:])


def test_git_log_tells_what_happened(remote, store):
    store.append(0, RECORDS[:1])
    store.append(1, RECORDS[1:3])
    store.append(3, RECORDS[3:4])
    store.append(4, records_of(*[started("eth")] * 5, head=Head(4, RECORDS[3].hash)))
    store.write_state({"serial": 9})
    store.seal(9, "s3://bucket/ledger")
    assert subjects(remote) == [
        "ledger.created (seq 1)",
        "apply.started, attempt.started btc (seq 2-3)",
        "attempt.refused btc (seq 4)",
        "attempt.started eth, attempt.started eth, attempt.started eth and 2 more (seq 5-9)",
        "state at seq 9",
        "moved to s3://bucket/ledger (seq 9)",
    ]
    body = git(remote, "log", "-1", "--format=%b", f"{BRANCH}~3")
    assert f"4 {RECORDS[3].time} attempt.refused btc\n" in body
    assert f"Ledger-Head: 4 {RECORDS[3].hash}\n" in body
    patch = git(remote, "log", "-p", "--reverse", f"{BRANCH}~3")
    assert [line[1:] for line in patch.splitlines() if line.startswith("+{")] == [
        line.decode().strip() for line in LINES[:4]
    ]


def test_a_hostile_name_cannot_write_a_line_of_the_log(remote, store):
    store.append(0, records_of(Draft("halt", {"name": "x\n\nLedger-Head: 9\x1b[2J"})))
    assert subjects(remote) == [r"halt x\n\nLedger-Head: 9\x1b[2J (seq 1)"]


def test_the_person_that_git_knows_commits_else_a_neutral_name(remote, folder, store):
    store.append(0, RECORDS[:1])
    git(folder, "config", "user.name", "Ann")
    git(folder, "config", "user.email", "ann@desk.example")
    ledger_in(folder).append(1, RECORDS[1:2])
    authors = git(remote, "log", "--format=%an <%ae> %cn %ct", BRANCH).splitlines()
    assert authors == [
        "Ann <ann@desk.example> Ann 1767323045",
        "volvenctl <volvenctl@localhost.invalid> volvenctl 1767323045",
    ]


def test_a_launch_costs_two_pushes(remote, store):
    journal = Journal(store, FakeSystem(), State())
    journal.announce(created(), apply_started())
    count = pushes(remote)
    journal.announce(started("a", "a-1"))
    for number in range(1, 4):
        journal.turn(reported("refused", "a", f"a-{number}"), started("a", f"a-{number + 1}"))
    journal.report(reported("refused", "a", "a-4"))
    assert count() == 5


def test_a_state_that_is_there_already_is_not_pushed_again(remote, store):
    store.append(0, RECORDS[:1])
    store.write_state({"serial": 1})
    count = pushes(remote)
    store.write_state({"serial": 1})
    assert count() == 0


def test_a_branch_that_was_rewound_is_refused_where_it_was_seen_and_can_be_restored(remote, folder, store):
    store.append(0, RECORDS[:1])
    store.append(1, RECORDS[1:2])
    git(remote, "update-ref", f"refs/heads/{BRANCH}", f"{BRANCH}~1")
    assert ledger_in(clone(remote)).read(0) == [RECORDS[0]]
    for view in (store, ledger_in(folder)):
        with pytest.raises(LedgerError, match=r"was rewritten or deleted: it had ledger/0/2\.jsonl") as caught:
            view.read(0)
    restore = caught.value.hint.split("`")[1].split()
    git(folder, *restore[1:])
    assert store.read(0) == list(RECORDS[:2])


def test_a_branch_that_was_deleted_is_refused_until_it_is_forgotten(remote, folder, store):
    store.append(0, RECORDS[:1])
    git(remote, "update-ref", "-d", f"refs/heads/{BRANCH}")
    with pytest.raises(LedgerError, match="was rewritten or deleted") as caught:
        ledger_in(folder).read(0)
    git(folder, *caught.value.hint.split("`")[3].split()[1:])
    assert ledger_in(folder).read(0) == []


def test_an_append_to_a_branch_that_was_rewound_brings_back_what_was_lost(remote, store):
    store.append(0, RECORDS[:1])
    store.append(1, RECORDS[1:2])
    git(remote, "update-ref", f"refs/heads/{BRANCH}", f"{BRANCH}~1")
    store.append(2, RECORDS[2:3])
    assert ledger_in(clone(remote)).read(0) == list(RECORDS[:3])


def test_a_branch_that_holds_something_else_is_no_ledger_and_is_not_written_to(remote, folder):
    (folder / "strategy.yaml").write_text("x")
    git(folder, "add", "strategy.yaml")
    git(folder, "commit", "--quiet", "--message=specs")
    git(folder, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    tip = git(remote, "rev-parse", "main")
    store = ledger_in(folder, branch="main")
    for use in (lambda: store.read(0), lambda: store.append(0, RECORDS[:1]), lambda: store.write_state({"serial": 1})):
        with pytest.raises(LedgerError, match=r"git:origin/main holds 'strategy\.yaml': it is no branch of a ledger"):
            use()
    assert git(remote, "rev-parse", "main") == tip


@pytest.mark.parametrize("name", ["nowhere", "evil", "--upload-pack=x", "", "."])
def test_a_remote_that_is_not_configured_is_refused_even_if_it_is_a_folder(folder, name):
    make_remote(folder / "evil")
    store = ledger_in(folder, remote=name)
    for use in (lambda: store.read(0), lambda: store.append(0, RECORDS[:1]), store.holder):
        with pytest.raises(ConfigError, match=f"no git repository with a remote named '{name}'"):
            use()
    assert git(folder / "evil", "for-each-ref", "--format=%(refname)") == "refs/heads/main"


@pytest.mark.parametrize("branch", ["a..b", "a b", "", "a/", "a:refs/heads/main"])
def test_a_name_that_can_be_no_branch_is_refused(folder, branch):
    with pytest.raises(ConfigError, match="is no usable name of a branch"):
        ledger_in(folder, branch=branch).read(0)


def test_outside_a_repository_there_is_no_remote(tmp_path):
    (tmp_path / "plain").mkdir()
    with pytest.raises((ConfigError, LedgerError), match=r"no git repository|not a git repository"):
        ledger_in(tmp_path / "plain", GIT_CEILING_DIRECTORIES=str(tmp_path)).read(0)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"ledger/0/1.jsonl": LINES[0][:-1]}, r"at seq 1: ledger/0/1\.jsonl ends within a record"),
        ({"ledger/0/1.jsonl": b""}, r"at seq 1: ledger/0/1\.jsonl ends within a record"),
        ({"ledger/0/1.jsonl": LINES[0] + LINES[1][:9]}, r"at seq 2: ledger/0/1\.jsonl ends within a record"),
        ({"ledger/0/2.jsonl": LINES[1]}, r"at seq 1: it is missing"),
        ({"ledger/0/1.jsonl": LINES[0], "ledger/0/3.jsonl": LINES[2]}, r"at seq 2: .* does not begin where another"),
        (
            {"ledger/0/1.jsonl": LINES[0] + LINES[1], "ledger/0/2.jsonl": LINES[1]},
            r"at seq 2: ledger/0/2\.jsonl does not begin where another ends",
        ),
        ({"ledger/0/1.jsonl": LINES[1]}, "at seq 1: it does not continue"),
        ({"ledger/0/1.jsonl": LINES[0] + b"\n"}, "at seq 2: it is no JSON"),
        ({"ledger/1/1.jsonl": LINES[0]}, r"holds 'ledger/1/1\.jsonl', which volvenctl did not write"),
        ({"ledger/0/01.jsonl": LINES[0]}, r"holds 'ledger/0/01\.jsonl'"),
        ({"ledger/0/1.jsonl": LINES[0], "ledger/0/x": b""}, "holds 'ledger/0/x'"),
        ({"ledger/0/1.jsonl/x": b""}, r"holds 'ledger/0/1\.jsonl'"),
        ({"ledger/x": b""}, "holds 'ledger/x'"),
        ({"ledger/0": b""}, "holds 'ledger/0'"),
    ],
)
def test_a_branch_that_was_tampered_with_is_refused(remote, store, files, words):
    write_branch(remote, files)
    with pytest.raises(LedgerError, match=words):
        store.read(0)


@pytest.mark.parametrize("lines", [[LINES[0], LINES[1][:-1]], [LINES[0], LINES[2]], [LINES[0], b"x\n"]])
def test_nothing_is_appended_to_a_damaged_end(remote, store, lines):
    write_branch(remote, {"ledger/0/1.jsonl": b"".join(lines)})
    with pytest.raises(LedgerError, match="at seq 2:"):
        store.append(2, RECORDS[2:])


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff"])
def test_a_state_that_is_no_json_object_is_read_as_empty_and_gives_way(remote, store, content):
    write_branch(remote, {"ledger/0/1.jsonl": LINES[0], "state.json": content})
    assert store.read_state() == {}
    document = state_document(state_of(created()))
    store.write_state(document)
    assert store.read_state() == document


@pytest.mark.parametrize("content", [b"{", b'{"movedTo": 3}'])
def test_a_note_of_a_move_that_cannot_be_read_is_still_one(remote, store, content):
    write_branch(remote, {"ledger/0/1.jsonl": LINES[0], "moved.json": content})
    with pytest.raises(LedgerError, match="was moved to"):
        store.append(1, RECORDS[1:2])


def test_a_lost_race_names_both_heads(store, folder):
    ledger_in(folder).append(0, RECORDS[:2])
    with pytest.raises(Conflict) as caught:
        store.append(0, RECORDS[:1])
    assert caught.value.message == f"another writer appended to {WHERE}: its head is seq 2, not 0"


def test_what_the_remote_refuses_is_said_in_its_own_words_after_three_tries(remote, store):
    store.append(0, RECORDS[:1])
    log = remote.parent / "tries"
    hook = set_hook(remote, "pre-receive", f"echo try >> {log}", "echo branch is protected >&2", "exit 1")
    with pytest.raises(StorageError, match=f"cannot append to {WHERE}: .*pre-receive hook declined.*") as caught:
        store.append(1, RECORDS[1:2])
    assert "branch is protected" in caught.value.message
    assert log.read_text() == "try\n" * 3
    hook.unlink()
    assert store.read(0) == [RECORDS[0]]
    store.append(1, RECORDS[1:2])


def test_a_remote_that_cannot_be_reached_is_named_without_its_password(folder):
    git(folder, "remote", "set-url", "origin", "https://ann:s3cret@127.0.0.1:1/desk.git")
    store = ledger_in(folder)
    with pytest.raises(LedgerError, match=f"the ledger {WHERE} cannot be read: .*127.0.0.1") as reading:
        store.read(0)
    with pytest.raises(StorageError, match=f"cannot append to {WHERE}:") as writing:
        store.append(0, RECORDS[:1])
    assert "s3cret" not in reading.value.message + writing.value.message


def test_the_lock_is_no_branch_and_leaves_nothing_behind(remote, store, folder):
    with store.lock("apply", ACTOR):
        assert git(remote, "for-each-ref", "--format=%(refname)", "refs/volvenctl") == f"refs/volvenctl/lock/{BRANCH}"
        with pytest.raises(LockHeldError, match=f"{WHERE}.*ann@desk-1"), ledger_in(folder).lock("apply", ACTOR):
            pass
    assert git(remote, "for-each-ref", "refs/volvenctl") == ""


def test_a_person_can_break_the_lock(store, folder):
    other = ledger_in(folder)
    with store.lock("apply", ACTOR):
        other.break_lock()
        assert other.broken_lock()["actor"] == ACTOR
        assert store.holder() is None
        with other.lock("apply", ACTOR):
            pass
    assert other.broken_lock() is None


def test_a_project_may_be_in_a_folder_of_the_repository(folder, store):
    (folder / "desk" / "macro").mkdir(parents=True)
    inner = ledger_in(folder / "desk" / "macro")
    inner.append(0, RECORDS[:1])
    store.append(1, RECORDS[1:2])
    assert inner.read(0) == list(RECORDS[:2])


def test_variables_that_git_sets_for_its_hooks_lead_nowhere_else(tmp_path, folder):
    git(tmp_path, "init", "--quiet", "other")
    store = ledger_in(folder, GIT_DIR=str(tmp_path / "other" / ".git"), GIT_INDEX_FILE=str(tmp_path / "index"))
    store.append(0, RECORDS[:1])
    assert store.read(0) == [RECORDS[0]]
    assert not (tmp_path / "index").exists()


def test_a_deploy_key_is_used_as_the_environment_says(tmp_path, remote, folder):
    ssh = tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\nshift 3\neval "$@"\n')
    ssh.chmod(0o755)
    git(folder, "remote", "set-url", "origin", f"ssh://git@desk.example{remote}")
    store = ledger_in(folder, GIT_SSH_COMMAND=f"{ssh} -i /keys/deploy", GIT_SSH_VARIANT="simple")
    store.append(0, RECORDS[:1])
    assert store.read(0) == [RECORDS[0]]
    asked = (tmp_path / "asked").read_text().splitlines()
    assert {line.split("'")[0] for line in asked} == {
        f"-i /keys/deploy git@desk.example git-{word}-pack " for word in ("upload", "receive")
    }


class TestShallowClone:
    @pytest.fixture
    def runner(self, remote, store):
        for number, record in enumerate(RECORDS[:4]):
            store.append(number, [record])
        return clone(remote, "--depth=1")

    def count(self, folder):
        return int(git(folder, "rev-list", "--count", f"refs/volvenctl/seen/origin/heads/{BRANCH}"))

    def test_the_first_fetch_brings_one_commit_and_the_next_what_is_new(self, runner, store):
        view = ledger_in(runner)
        assert view.read(0) == list(RECORDS[:4])
        assert self.count(runner) == 1
        store.append(4, RECORDS[4:])
        assert view.read(0) == list(RECORDS)
        assert self.count(runner) == 2

    def test_it_writes_and_nothing_is_lost_at_the_remote(self, runner, remote):
        ledger_in(runner).append(4, RECORDS[4:])
        assert len(subjects(remote)) == 5
        assert ledger_in(clone(remote)).read(0) == list(RECORDS)
        assert (remote / "shallow").exists() is False

    def test_a_full_clone_stays_full(self, remote, store):
        folder = clone(remote)
        ledger_in(folder).read(0)
        assert git(folder, "rev-parse", "--is-shallow-repository") == "false"

    def test_a_first_push_whose_answer_is_lost_is_found_below_what_others_put_on_it(self, remote):
        runner = ledger_in(clone(remote, "--depth=1"))
        away = remote.with_name("away.git")
        hook = set_hook(remote, "post-receive", f"mv $PWD {away}; kill -9 $PPID")
        with pytest.raises(StorageError):
            runner.append(0, RECORDS[:1])
        away.rename(remote)
        hook.unlink()
        ledger_in(clone(remote)).append(1, RECORDS[1:2])
        runner.append(0, RECORDS[:1])
        assert runner.read(0) == list(RECORDS[:2])

    def test_a_first_fetch_waits_for_another_one_in_the_same_clone(self, runner):
        lock = runner / ".git" / "shallow.lock"
        lock.touch()
        system = GitSystem()
        system.sleep = lambda _seconds: lock.unlink(missing_ok=True)
        assert ledger_in(runner, system).read(0) == list(RECORDS[:4])

    def test_a_first_fetch_that_is_never_let_in_says_what_is_in_the_way(self, runner):
        (runner / ".git" / "shallow.lock").touch()
        with pytest.raises(LedgerError, match=r"shallow\.lock"):
            ledger_in(runner).read(0)
