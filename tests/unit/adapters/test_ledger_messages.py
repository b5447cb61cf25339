"""What the ledger folder says and stores, word for word, and what each failure of the system becomes."""

import errno
import fcntl
import os
import resource
import stat
from contextlib import contextmanager

import pytest
from builders_ledger import ACTOR, HASH, created, records_of
from fakes import FakeSystem

from volvenctl.adapters.ledger_dir import LedgerDir
from volvenctl.adapters.plain_files import (
    lock_file,
    make_folder,
    opened,
    read_from,
    read_whole,
    replace_file,
    sync_file,
    try_lock_file,
    write_whole,
)
from volvenctl.errors import Conflict, Exit, LedgerError, LockHeldError, StorageError
from volvenctl.model.record import Draft, Head
from volvenctl.model.state import State
from volvenctl.wire.exact_json import json_text
from volvenctl.wire.ledger_v1 import record_line
from volvenctl.wire.state_v1 import state_document

RECORDS = records_of(*(Draft("plan.approved", {"word": f"w{number}"}) for number in range(4)))
LINES = [record_line(record) for record in RECORDS]
NOT_SENT = "nothing was sent after this"
NO_FOLDER = os.strerror(errno.ENOTDIR)
NO_NAME = os.strerror(errno.ENOENT)
TOO_LARGE = os.strerror(errno.EFBIG)
NO_FILE = "is no regular file"


class SteppingSystem(FakeSystem):
    """A clock that moves by the same step whenever somebody waits, and remembers how long they asked for."""

    def __init__(self, step_s):
        super().__init__()
        self.step_s = step_s
        self.asked = []

    def sleep(self, seconds):
        self.asked.append(seconds)
        self.seconds += self.step_s


def said(caught):
    error = caught.value
    return error.message, error.hint, error.exit


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def store(folder, tmp_path):
    return LedgerDir(folder, tmp_path / "spare", FakeSystem())


@pytest.fixture
def ledger(folder, store):
    """Return the ledger file with all RECORDS, known to `store`."""
    store.append(0, RECORDS)
    return folder / "ledger.jsonl"


@pytest.fixture
def _no_mask():
    before = os.umask(0)
    yield
    os.umask(before)


@contextmanager
def files_limited_to(size):
    """Let no write go beyond `size` bytes of a file, as a full disk would; it binds every user."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def mode(path):
    return stat.S_IMODE(path.stat().st_mode) & 0o777


def blocked_by_a_file(folder):
    folder.write_text("")


def blocked_by_a_folder(folder):
    for name in ("ledger.jsonl", "lock", "state.json"):
        (folder / name).mkdir(parents=True)


def blocked_by_a_pipe(folder):
    folder.mkdir()
    for name in ("ledger.jsonl", "lock"):
        os.mkfifo(folder / name)


def blocked_by_a_link(folder):
    folder.mkdir()
    for name in ("ledger.jsonl", "lock"):
        (folder / name).symlink_to(folder / "elsewhere")


def locked(store):
    with store.lock("apply", ACTOR):
        pass


USES = {
    "append to {folder}/ledger.jsonl": lambda store: store.append(0, RECORDS),
    "lock {folder}/lock": locked,
    "replace {folder}/state.json": lambda store: store.write_state({"serial": 1}),
    "remove {folder}/recovery-a-1.json": lambda store: store.drop_recovery("recovery-a-1.json"),
    "seal {folder}/ledger.jsonl": lambda store: store.seal(0, "git:origin/elsewhere"),
}
OPENING = list(USES)[:3]


@pytest.mark.parametrize(
    ("use", "block", "reason"),
    [
        *((use, blocked_by_a_file, os.strerror(errno.EEXIST)) for use in OPENING[:2]),  # they make the folder first
        (OPENING[2], blocked_by_a_file, NO_FOLDER),
        *((use, blocked_by_a_folder, os.strerror(errno.EISDIR)) for use in OPENING),
        *((use, blocked_by_a_pipe, NO_FILE) for use in OPENING),
        *((use, blocked_by_a_link, os.strerror(errno.ELOOP)) for use in OPENING),
        (OPENING[2], lambda folder: None, NO_NAME),
        (list(USES)[3], blocked_by_a_file, NO_FOLDER),
        (list(USES)[3], lambda folder: None, NO_NAME),
        (list(USES)[4], blocked_by_a_folder, os.strerror(errno.EISDIR)),
        (list(USES)[4], lambda folder: None, NO_NAME),
    ],
)
def test_what_cannot_be_stored_says_what_where_and_why(folder, store, use, block, reason):
    block(folder)
    with pytest.raises(StorageError) as caught:
        USES[use](store)
    assert said(caught) == (f"cannot {use.format(folder=folder)}: {reason}", NOT_SENT, Exit.ERROR)
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (blocked_by_a_file, NO_FOLDER),
        (blocked_by_a_folder, NO_FILE),
        (blocked_by_a_pipe, NO_FILE),
        (blocked_by_a_link, os.strerror(errno.ELOOP)),
    ],
)
@pytest.mark.parametrize(
    "use",
    [lambda store: store.read(0), lambda store: store.read(1), lambda store: store.repair()],
    ids=["read", "read on", "repair"],
)
def test_a_ledger_that_cannot_be_read_says_where_and_why(folder, store, block, reason, use):
    block(folder)
    with pytest.raises(LedgerError) as caught:
        use(store)
    assert said(caught) == (f"the ledger {folder}/ledger.jsonl cannot be read: {reason}", "", Exit.ERROR)


@pytest.mark.parametrize("room", [0, 1, len(LINES[2]), len(LINES[2]) + 1])
def test_an_append_without_room_is_taken_back_whole_and_can_be_repeated(ledger, store, folder, room):
    content = b"".join(LINES[:2])
    ledger.write_bytes(content)
    store = LedgerDir(folder, folder, FakeSystem())
    with files_limited_to(len(content) + room), pytest.raises(StorageError) as caught:
        store.append(2, RECORDS[2:])
    assert said(caught) == (f"cannot append to {ledger}: {TOO_LARGE}", NOT_SENT, Exit.ERROR)
    assert ledger.read_bytes() == content
    store.append(2, RECORDS[2:])
    assert ledger.read_bytes() == b"".join(LINES)


def test_a_repair_without_room_says_so(ledger, store):
    content = ledger.read_bytes()[:-1]
    ledger.write_bytes(content)
    with files_limited_to(len(content)), pytest.raises(StorageError) as caught:
        store.repair()
    assert said(caught) == (f"cannot repair {ledger}: {TOO_LARGE}", NOT_SENT, Exit.ERROR)


def test_a_state_without_room_leaves_the_old_one_and_no_leftover(ledger, store, folder):
    store.write_state({"serial": 1})
    with files_limited_to(4), pytest.raises(StorageError) as caught:
        store.write_state({"serial": 2})
    assert said(caught) == (f"cannot replace {folder}/state.json: {TOO_LARGE}", NOT_SENT, Exit.ERROR)
    assert names_in(folder) == ["ledger.jsonl", "state.json"]
    assert store.read_state() == {"serial": 1}


def test_a_lock_that_cannot_be_written_says_so(folder, store):
    with files_limited_to(4), pytest.raises(StorageError) as caught:
        locked(store)
    assert said(caught) == (f"cannot lock {folder}/lock: {TOO_LARGE}", NOT_SENT, Exit.ERROR)
    assert store.holder() is None


def test_a_fault_without_a_word_of_the_system_is_shown_as_it_is(ledger, store, monkeypatch):
    def fail(_descriptor):
        raise OSError("the disk is odd")

    monkeypatch.delattr(fcntl, "F_FULLFSYNC", raising=False)
    monkeypatch.setattr(os, "fsync", fail)
    before = ledger.read_bytes()
    more = records_of(created(), head=Head(4, RECORDS[-1].hash))
    with pytest.raises(StorageError) as caught:
        store.append(4, more)
    assert said(caught) == (f"cannot append to {ledger}: the disk is odd", NOT_SENT, Exit.ERROR)
    assert ledger.read_bytes() == before


@pytest.mark.parametrize("expected", [0, 3, 5])
@pytest.mark.parametrize("is_fresh", [False, True])
def test_an_append_after_another_seq_names_both(ledger, store, folder, expected, is_fresh):
    writer = LedgerDir(folder, folder, FakeSystem()) if is_fresh else store
    with pytest.raises(Conflict) as caught:
        writer.append(expected, RECORDS[:1])
    message = f"another writer appended to {ledger}: its head is seq 4, not {expected}"
    assert said(caught) == (message, "run the command again; it starts from what the other run left", Exit.LOCKED)
    assert ledger.read_bytes() == b"".join(LINES)


def test_an_append_to_another_history_is_refused(ledger, store):
    with pytest.raises(Conflict) as caught:
        store.append(4, records_of(created(), head=Head(4, HASH)))
    message = f"the ledger {ledger} has another history than the one read before"
    assert said(caught) == (message, "", Exit.LOCKED)
    assert ledger.read_bytes() == b"".join(LINES)


@pytest.mark.parametrize("after", [5, 6])
def test_a_cut_ledger_names_both_ends(ledger, store, after):
    assert store.read(4) == []
    with pytest.raises(LedgerError) as caught:
        store.read(after)
    message = f"the ledger {ledger} ends at seq 4, but seq {after} was written before: it was cut"
    assert said(caught) == (message, "restore ledger.jsonl from a copy that has all records", Exit.ERROR)


CHANGED = LINES[1].replace(b"w1", b"w9")
OTHER_SECOND = record_line(records_of(created(), head=Head(1, HASH))[0])


@pytest.mark.parametrize(
    ("lines", "after", "seq", "reason"),
    [
        ([LINES[0], CHANGED], 0, 2, "its content does not match its hash"),
        ([b"x\n", LINES[1]], 0, 1, "it is no JSON of ours (no JSON at line 1 column 1: Expecting value)"),
        ([LINES[0], b"{}\n"], 1, 2, "it does not have the fields of a record"),
        ([LINES[1]], 0, 1, "it does not continue the record before"),
        ([LINES[0], LINES[2]], 0, 2, "it does not continue the record before"),
        ([LINES[0], LINES[0]], 1, 2, "it does not continue the record before"),
        ([LINES[0], OTHER_SECOND], 0, 2, "it does not continue the record before"),
        (
            [record_line(records_of(created(), head=Head(0, HASH))[0])],
            0,
            1,
            "it does not continue the record before",
        ),
    ],
)
def test_damage_is_named_with_its_seq_and_reason(folder, store, lines, after, seq, reason):
    folder.mkdir()
    (folder / "ledger.jsonl").write_bytes(b"".join(lines))
    with pytest.raises(LedgerError) as caught:
        store.read(after)
    message = f"the ledger {folder}/ledger.jsonl is damaged at seq {seq}: {reason}"
    assert said(caught) == (message, "nothing is written to a damaged ledger; restore it from a copy", Exit.ERROR)


def test_nothing_is_appended_to_a_damaged_ledger(folder, store):
    folder.mkdir()
    (folder / "ledger.jsonl").write_bytes(LINES[0] + CHANGED)
    with pytest.raises(LedgerError, match=r"at seq 2: its content does not match its hash$"):
        store.append(2, RECORDS[2:])
    assert (folder / "ledger.jsonl").read_bytes() == LINES[0] + CHANGED


def test_a_part_of_the_ledger_is_read_without_what_was_known(ledger, store):
    assert [record.seq for record in store.read(0)] == [1, 2, 3, 4]
    assert store.read(1) == list(RECORDS[1:])
    assert store.read(3) == [RECORDS[3]]


END_ADDED = "the line end of the last record was missing and was added"


@pytest.mark.parametrize(
    ("content", "notice", "mended"),
    [
        (b"", None, b""),
        (LINES[0], None, LINES[0]),
        (LINES[0][:-1], END_ADDED, LINES[0]),
        (LINES[0] + LINES[1][:-1], END_ADDED, LINES[0] + LINES[1]),
        (LINES[0] + b"{", "1 bytes of an unfinished append were cut off", LINES[0]),
        (LINES[0] + LINES[1][:-2], f"{len(LINES[1]) - 2} bytes of an unfinished append were cut off", LINES[0]),
        (b'{"seq":1,"ti', "12 bytes of an unfinished append were cut off", b""),
        (LINES[0] + LINES[2][:-1], f"{len(LINES[2]) - 1} bytes of an unfinished append were cut off", LINES[0]),
        (LINES[1][:-1], f"{len(LINES[1]) - 1} bytes of an unfinished append were cut off", b""),
    ],
)
def test_a_repair_says_what_it_did(folder, store, content, notice, mended):
    folder.mkdir()
    ledger = folder / "ledger.jsonl"
    ledger.write_bytes(content)
    assert store.repair() == (notice and f"{ledger}: {notice}")
    assert ledger.read_bytes() == mended
    assert store.repair() is None


def test_a_repair_of_nothing_makes_nothing(folder, store):
    assert store.repair() is None
    assert not folder.exists()


HELD = "the state is locked ({lock}): "
ANN = "apply by ann@desk-1 pid 7"
SINCE = "2026-01-02T03:04:05+00:00"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"operation": "apply", "since": SINCE, "actor": ACTOR}, f"{ANN} since {SINCE}"),
        (
            {"operation": "apply", "since": SINCE, "actor": ACTOR | {"ci": "run 7"}},
            f"{ANN} in run 7 since {SINCE}",
        ),
        ({"since": "noon", "actor": ACTOR}, "a command by ann@desk-1 pid 7 since noon"),
        ({"operation": "apply", "actor": ACTOR}, f"{ANN} since an unknown time"),
        (
            {"operation": "apply", "since": "noon"},
            "apply by somebody@an unknown host pid ? since noon",
        ),
        (
            {"operation": "apply", "since": "noon", "actor": "ann"},
            "apply by somebody@an unknown host pid ? since noon",
        ),
        (
            {"operation": "apply", "since": "noon", "actor": {"host": "h"}},
            "apply by somebody@h pid ? since noon",
        ),
        ({}, "a command by somebody@an unknown host pid ? since an unknown time"),
        ([1], "a command by somebody@an unknown host pid ? since an unknown time"),
        ("", "a command by somebody@an unknown host pid ? since an unknown time"),
    ],
)
def test_a_held_lock_says_who_where_and_since_when(folder, store, content, words):
    folder.mkdir()
    lock = folder / "lock"
    lock.write_text(json_text(content) if content != "" else "")
    with opened(lock, os.O_RDWR) as descriptor:
        lock_file(descriptor)
        assert store.holder() == (content if isinstance(content, dict) else {})
        with pytest.raises(LockHeldError) as caught:
            locked(store)
    assert said(caught) == (HELD.format(lock=lock) + words, "wait until it has ended", Exit.LOCKED)
    assert store.holder() is None


def test_the_lock_says_what_its_holder_does_and_is_emptied_at_the_end(folder, store):
    assert store.holder() is None
    folder.mkdir()
    (folder / "lock").write_text("an older and longer text " * 20)
    with store.lock("apply", ACTOR):
        assert (folder / "lock").read_text() == (
            f'{{"operation":"apply","since":"{SINCE}","actor":{{"user":"ann","host":"desk-1","pid":7}}}}'
        )
        assert store.holder() == {"operation": "apply", "since": SINCE, "actor": ACTOR}
    assert (folder / "lock").read_bytes() == b""
    assert store.holder() is None


def test_a_lock_with_more_text_than_any_holder_writes_names_nobody(folder, store):
    folder.mkdir()
    lock = folder / "lock"
    for length, known in ((64 * 1024, True), (64 * 1024 + 2, False)):
        lock.write_text('{"operation":"' + "x" * (length - 16) + '"}')
        with opened(lock, os.O_RDWR) as descriptor:
            lock_file(descriptor)
            assert ("operation" in store.holder()) == known


@pytest.mark.parametrize(
    ("note", "where"),
    [
        ('{"movedTo": "git:origin/elsewhere"}', "git:origin/elsewhere"),
        ("not json", "what {folder}/moved.json says"),
        ("[1]", "what {folder}/moved.json says"),
        ("{}", "what {folder}/moved.json says"),
        ('{"movedTo": ""}', "what {folder}/moved.json says"),
        ('{"movedTo":"' + "x" * 64 * 1024 + '"}', "what {folder}/moved.json says"),
    ],
    ids=["sound", "no json", "no object", "no place", "an empty place", "endless"],
)
def test_a_ledger_with_a_note_of_its_move_takes_nothing_and_says_where_it_went(ledger, store, folder, note, where):
    (folder / "moved.json").write_text(note)
    place = where.format(folder=folder)
    with pytest.raises(LedgerError) as caught:
        store.append(4, RECORDS[:1])
    assert said(caught) == (
        f"the ledger at {folder} was moved to {place} and takes nothing any more",
        f"write  state: {place}  for this environment in volvenctl.yaml",
        Exit.ERROR,
    )
    assert ledger.read_bytes() == b"".join(LINES)


def test_a_sealed_ledger_has_a_note_of_one_line(ledger, store, folder):
    store.seal(4, "git:origin/elsewhere")
    assert (folder / "moved.json").read_bytes() == b'{"movedTo":"git:origin/elsewhere"}\n'


@pytest.mark.parametrize(
    ("timeout_s", "step_s", "waits"),
    [
        *((0, 0.3, 1), (0, 0.29, 2), (0.25, 0.3, 1), (0.25, 0.29, 2)),
        *((0.5, 0.25, 2), (0.5, 0.5, 1), (30, 15, 2), (30, 14.5, 3)),
    ],
)
def test_a_held_lock_is_asked_for_every_50_ms_until_the_time_is_up(folder, tmp_path, timeout_s, step_s, waits):
    system = SteppingSystem(step_s)
    with LedgerDir(folder, tmp_path, FakeSystem()).lock("apply", ACTOR):
        patient = LedgerDir(folder, tmp_path, system, lock_timeout_s=timeout_s)
        with pytest.raises(LockHeldError):
            locked(patient)
    assert system.asked == [0.05] * waits


def test_a_lock_that_comes_free_while_waiting_is_taken(folder, tmp_path):
    holder = LedgerDir(folder, tmp_path, FakeSystem()).lock("apply", ACTOR)

    class Releasing(FakeSystem):
        def sleep(self, seconds):
            super().sleep(seconds)
            holder.__exit__(None, None, None)

    holder.__enter__()
    system = Releasing()
    locked(LedgerDir(folder, tmp_path, system))
    assert system.seconds == 1000.05


@pytest.mark.usefixtures("_no_mask")
def test_all_files_are_private_and_have_their_names(tmp_path):
    deep = tmp_path / "a" / "b"
    store = LedgerDir(deep, tmp_path / "spare", FakeSystem())
    store.append(0, RECORDS)
    store.write_state({"serial": 4})
    locked(store)
    assert store.save_recovery("a-1", {"id": "S-1"}) == str(deep / "recovery-a-1.json")
    names = ["ledger.jsonl", "lock", "recovery-a-1.json", "state.json"]
    assert names_in(deep) == names
    assert {name: mode(deep / name) for name in names} == dict.fromkeys(names, 0o600)
    assert (mode(tmp_path / "a"), mode(deep)) == (0o700, 0o700)
    assert (deep / "ledger.jsonl").read_bytes() == b"".join(LINES)
    assert (deep / "state.json").read_bytes() == b'{"serial":4}\n'
    assert (deep / "recovery-a-1.json").read_bytes() == b'{"id":"S-1"}\n'
    assert store.recoveries() == (("recovery-a-1.json", {"id": "S-1"}),)
    store.drop_recovery("recovery-a-1.json")
    store.drop_recovery("recovery-a-1.json")
    assert store.recoveries() == ()


@pytest.mark.usefixtures("_no_mask")
def test_a_ledger_that_the_state_makes_first_is_private(folder, store):
    folder.mkdir()
    store.write_state({"serial": 0})
    assert mode(folder / "ledger.jsonl") == 0o600
    assert (folder / "ledger.jsonl").read_bytes() == b""


@pytest.mark.parametrize(("stored", "new", "kept"), [(4, 3, 4), (4, 4, "new"), (4, 5, "new"), (4, "3", "new")])
def test_a_state_gives_way_only_to_one_that_knows_as_much(folder, store, stored, new, kept):
    folder.mkdir()
    before = state_document(State(head=Head(stored, HASH)))
    (folder / "state.json").write_text(json_text(before))
    after = {"serial": new, "word": "new"}
    store.write_state(after)
    assert store.read_state() == (after if kept == "new" else before)


def test_a_damaged_state_gives_way_to_any(folder, store):
    folder.mkdir()
    damaged = {**state_document(State(head=Head(4, HASH))), "serial": 9}
    (folder / "state.json").write_text(json_text(damaged))
    store.write_state({"serial": 1})
    assert store.read_state() == {"serial": 1}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", " cannot be read: no JSON at line 1 column 2: Expecting property name enclosed in double quotes"),
        ("[]", " holds no JSON object"),
    ],
    ids=["half", "list"],
)
def test_a_recovery_file_that_cannot_be_used_says_why(folder, store, content, words):
    folder.mkdir()
    (folder / "recovery-a-1.json").write_text(content)
    with pytest.raises(LedgerError) as caught:
        store.recoveries()
    assert said(caught) == (f"the recovery file {folder}/recovery-a-1.json{words}", "", Exit.ERROR)


def test_in_ci_the_folder_prints_a_result_to_the_log_too(folder, tmp_path, capsys):
    class InCi(FakeSystem):
        def actor(self):
            return {**super().actor(), "ci": "run 7"}

    for system, printed in ((FakeSystem(), ""), (InCi(), '{"type":"attempt.succeeded"}\n')):
        folder.mkdir(exist_ok=True)
        LedgerDir(folder, tmp_path / "spare", system).save_recovery("a-1", {"type": "attempt.succeeded"})
        assert capsys.readouterr().err == printed


def test_recoveries_come_by_name_and_are_as_large_as_4_mib(folder, store):
    folder.mkdir()
    large = '{"a":"' + "x" * ((4 << 20) - 8) + '"}'
    for name, text in (("recovery-b.json", large), ("recovery-a.json", "{}"), ("other.json", "[")):
        (folder / name).write_text(text)
    assert [name for name, _ in store.recoveries()] == ["recovery-a.json", "recovery-b.json"]


@pytest.mark.parametrize(("number", "free"), [(errno.EWOULDBLOCK, False), (errno.EACCES, False), (None, True)])
def test_a_lock_that_somebody_has_is_not_free(tmp_path, monkeypatch, number, free):
    asked = []

    def flock(_descriptor, operation):
        asked.append(operation)
        if number is not None:
            raise OSError(number, "held")

    monkeypatch.setattr(fcntl, "flock", flock)
    assert try_lock_file(3) is free
    assert asked == [fcntl.LOCK_EX | fcntl.LOCK_NB]


def test_a_system_without_locks_is_no_held_lock(folder, store, monkeypatch):
    def flock(_descriptor, _operation):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(OSError, match="no locks"):
        try_lock_file(3)
    for use in OPENING[:2]:
        with pytest.raises(StorageError) as caught:
            USES[use](store)
        assert said(caught) == (f"cannot {use.format(folder=folder)}: no locks", NOT_SENT, Exit.ERROR)
    assert store.holder() is None


def test_a_write_or_read_in_many_calls_is_whole(tmp_path, monkeypatch):
    write, pread = os.write, os.pread
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:3]))
    monkeypatch.setattr(os, "pread", lambda descriptor, wanted, offset: pread(descriptor, min(wanted, 2), offset))
    with opened(tmp_path / "file", os.O_RDWR | os.O_CREAT) as descriptor:
        write_whole(descriptor, b"0123456789")
        assert read_from(descriptor, 0) == b"0123456789"
        assert read_from(descriptor, 4) == b"456789"
        assert read_from(descriptor, 4, 2) == b"456"
        assert read_from(descriptor, 10) == b""
        assert read_from(descriptor, 11) == b""
    for limit, content in (
        (None, b"0123456789"),
        (10, b"0123456789"),
        (9, b"0123456789"),
        (8, b"012345678"),
        (0, b"0"),
    ):
        assert read_whole(tmp_path / "file", limit) == content


def test_a_file_that_shrinks_while_it_is_read_ends_where_it_ends(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"abc")
    parts = [b"a", b""]
    monkeypatch.setattr(os, "pread", lambda *_: parts.pop(0))
    assert read_whole(tmp_path / "file") == b"a"


def synced_paths(monkeypatch):
    """Return the list that from now on takes the path of whatever is made durable."""
    paths = []

    def note(descriptor):
        seen = os.fstat(descriptor)
        paths.append((seen.st_dev, seen.st_ino))

    monkeypatch.delattr(fcntl, "F_FULLFSYNC", raising=False)
    monkeypatch.setattr(os, "fsync", note)
    return paths


def node(path):
    seen = path.stat()
    return seen.st_dev, seen.st_ino


def test_what_was_stored_is_durable_with_its_name(folder, store, monkeypatch):
    synced = synced_paths(monkeypatch)
    store.append(0, RECORDS[:2])
    ledger = folder / "ledger.jsonl"
    assert synced == [node(folder.parent), node(ledger), node(folder)]
    synced.clear()
    store.append(2, RECORDS[2:])
    assert synced == [node(ledger)]
    synced.clear()
    store.write_state({"serial": 4})
    assert synced == [node(folder / "state.json"), node(folder)]
    synced.clear()
    assert store.repair() is None
    assert synced == [node(ledger), node(folder)]
    synced.clear()
    ledger.write_bytes(ledger.read_bytes()[:-1])
    store.repair()
    assert synced == [node(ledger), node(ledger), node(folder)]
    synced.clear()
    store.drop_recovery("recovery-a-1.json")
    assert synced == [node(folder)]


def test_a_new_folder_is_durable_in_its_parent_and_an_old_one_is_left_alone(tmp_path, monkeypatch):
    synced = synced_paths(monkeypatch)
    make_folder(tmp_path / "a" / "b")
    assert synced == [node(tmp_path), node(tmp_path / "a")]
    make_folder(tmp_path / "a" / "b")
    assert len(synced) == 2


def test_a_system_that_can_sync_past_the_disks_cache_is_asked_to(monkeypatch):
    asked = []
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda *given: asked.append(given))
    sync_file(9)
    assert asked == [(9, 51)]


def test_a_replaced_file_goes_through_a_file_beside_it(tmp_path):
    (tmp_path / "f.json.tmp").mkdir()
    (tmp_path / "f.json").write_bytes(b"old")
    with pytest.raises(OSError, match=r"f\.json\.tmp"):
        replace_file(tmp_path / "f.json", b"new")
    assert (tmp_path / "f.json").read_bytes() == b"old"


def test_a_file_that_is_no_file_is_named(tmp_path):
    with pytest.raises(OSError, match="is no regular file") as caught, opened(tmp_path, os.O_RDONLY):
        pass
    assert (caught.value.errno, caught.value.strerror, caught.value.filename) == (None, NO_FILE, str(tmp_path))
