"""The ledger folder under damage, and what cannot be a ledger at all."""

import os

import pytest
from fakes import FakeSystem

from volvenctl.adapters.ledger_dir import LedgerDir
from volvenctl.errors import LedgerError, LockHeldError, StorageError
from volvenctl.model.record import EMPTY, Draft, Head
from volvenctl.wire.ledger_v1 import make_records

ACTOR = {"user": "ann", "host": "desk-1", "pid": 7}


def drafts(count):
    return [Draft("plan.approved", {"word": f"w{n}"}) for n in range(count)]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def store(folder, tmp_path):
    return LedgerDir(folder, tmp_path / "spare", FakeSystem())


@pytest.fixture
def records(store):
    made = make_records(drafts(4), EMPTY, "2026-01-02T03:04:05.678Z", ACTOR)
    store.append(0, made)
    return list(made)


def test_every_cut_is_read_as_the_records_that_are_whole(store, folder, records):
    content = (folder / "ledger.jsonl").read_bytes()
    ends = [index for index, byte in enumerate(content) if byte == ord("\n")]
    for length in range(len(content)):
        (folder / "ledger.jsonl").write_bytes(content[:length])
        whole = sum(end <= length for end in ends)
        assert LedgerDir(folder, folder, FakeSystem()).read(0) == records[:whole], length


def test_every_cut_is_repaired_and_can_be_continued(store, folder, records):
    content = (folder / "ledger.jsonl").read_bytes()
    for length in range(0, len(content), 7):
        (folder / "ledger.jsonl").write_bytes(content[:length])
        mended = LedgerDir(folder, folder, FakeSystem())
        torn, notice = mended.torn_end(), mended.repair()
        assert (torn is None) == (notice is None or "line end" in notice)
        assert (notice is None) == (length == 0 or content[length - 1 : length] == b"\n")
        known = mended.read(0)
        head = Head(known[-1].seq, known[-1].hash) if known else EMPTY
        mended.append(head.seq, make_records(drafts(1), head, "2026-01-02T03:04:05.678Z", ACTOR))
        assert len(mended.read(0)) == head.seq + 1


def test_a_missing_line_end_is_added_and_the_record_kept(store, folder, records):
    content = (folder / "ledger.jsonl").read_bytes()
    (folder / "ledger.jsonl").write_bytes(content[:-1])
    assert "line end" in store.repair()
    assert (folder / "ledger.jsonl").read_bytes() == content


@pytest.mark.parametrize("bit", range(8))
def test_every_flipped_bit_is_refused_with_the_seq_of_its_line_or_repaired_as_a_torn_end(store, folder, records, bit):
    content = (folder / "ledger.jsonl").read_bytes()
    for index in range(len(content)):
        damaged = bytearray(content)
        damaged[index] ^= 1 << bit
        (folder / "ledger.jsonl").write_bytes(damaged)
        line = content[:index].count(b"\n") + 1
        fresh = LedgerDir(folder, folder, FakeSystem())
        if index == len(content) - 1:
            assert fresh.read(0) == records[:3]
            continue
        with pytest.raises(LedgerError, match=f"at seq {line}:"):
            fresh.read(0)


def test_lines_that_were_swapped_or_left_out_are_refused(store, folder, records):
    lines = (folder / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    for changed in ([lines[1], lines[0], *lines[2:]], [lines[0], *lines[2:]], [*lines, lines[3]]):
        (folder / "ledger.jsonl").write_bytes(b"".join(changed))
        with pytest.raises(LedgerError, match="is damaged at seq"):
            LedgerDir(folder, folder, FakeSystem()).read(0)


def test_a_ledger_shorter_than_asked_for_is_refused(store, records):
    with pytest.raises(LedgerError, match="it was cut"):
        store.read(5)


@pytest.mark.parametrize("name", ["ledger.jsonl", "lock"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_what_is_no_regular_file_is_refused_without_waiting(folder, tmp_path, name, kind):
    folder.mkdir()
    target = folder / name
    if kind == "folder":
        target.mkdir()
    elif kind == "pipe":
        os.mkfifo(target)
    else:
        (tmp_path / "elsewhere").write_text("")
        target.symlink_to(tmp_path / "elsewhere")
    store = LedgerDir(folder, tmp_path, FakeSystem())
    with pytest.raises((LedgerError, StorageError)), store.lock("apply", ACTOR):
        store.read(0)


def test_a_state_file_that_is_no_json_object_is_read_as_empty(store, folder, records):
    for content in (b"", b"[1]", b"{", b"\xff"):
        (folder / "state.json").write_bytes(content)
        assert store.read_state() == {}


def test_a_leftover_of_a_killed_replacement_does_not_matter(store, folder, records):
    (folder / "state.json.tmp").write_bytes(b"half")
    store.write_state({"serial": 4})
    assert store.read_state() == {"serial": 4}
    assert not (folder / "state.json.tmp").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "state").write_text("a file")
    store = LedgerDir(tmp_path / "state" / "deep", tmp_path, FakeSystem())
    with pytest.raises(StorageError, match="state"), store.lock("apply", ACTOR):
        pass
    with pytest.raises(StorageError, match=r"ledger\.jsonl"):
        store.append(0, make_records(drafts(1), EMPTY, "2026-01-02T03:04:05.678Z", ACTOR))


def test_a_lock_is_waited_for_as_long_as_asked(folder, tmp_path):
    system = FakeSystem()
    with LedgerDir(folder, tmp_path, FakeSystem()).lock("apply", ACTOR | {"ci": "run 7"}):
        patient = LedgerDir(folder, tmp_path, system, lock_timeout_s=30)
        with pytest.raises(LockHeldError, match=r"apply by ann@desk-1 pid 7 in run 7 since"), patient.lock("x", ACTOR):
            pass
    assert 30 <= system.seconds - 1000 < 31


def test_a_recovery_file_goes_to_the_spare_folder_and_then_to_stderr(tmp_path, capsys):
    (tmp_path / "spare").mkdir()
    store = LedgerDir(tmp_path / "gone", tmp_path / "spare", FakeSystem())
    assert store.save_recovery("a-1", {"id": "S-1"}) == str(tmp_path / "spare" / "recovery-a-1.json")
    nowhere = LedgerDir(tmp_path / "gone", tmp_path / "gone too", FakeSystem())
    assert nowhere.save_recovery("a-1", {"id": "S-1"}) == "stderr"
    assert capsys.readouterr().err == '{"id":"S-1"}\n'


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_damaged_recovery_file_stops_the_command(store, folder, records, content):
    (folder / "recovery-a-1.json").write_text(content)
    with pytest.raises(LedgerError, match="recovery-a-1"):
        store.recoveries()


def test_a_torn_end_left_by_a_crash_is_mended_by_the_next_append(store, folder, records):
    with (folder / "ledger.jsonl").open("ab") as file:
        file.write(b'{"seq":5,"ti')
    fresh = LedgerDir(folder, folder, FakeSystem())
    head = Head(4, records[-1].hash)
    fresh.append(4, make_records(drafts(1), head, "2026-01-02T03:04:05.678Z", ACTOR))
    assert len(fresh.read(0)) == 5


class TestALongLedger:
    """Readers begin at the state's head, however long the ledger is."""

    @pytest.fixture
    def long(self, store, records):
        head = Head(records[-1].seq, records[-1].hash)
        more = make_records(
            [Draft("halt", {"text": "x" * (80_000 if n % 30 == 7 else 300)}) for n in range(120)],
            head,
            "2026-01-02T03:04:05.678Z",
            ACTOR,
        )
        store.append(len(records), more)
        return [*records, *more]

    def test_it_is_read_from_any_seq_on_whatever_the_sizes_of_its_records(self, store, long):
        for after in range(len(long) + 1):
            assert store.read(after) == long[after:], after

    def test_what_is_older_is_not_read(self, store, folder, long):
        file = folder / "ledger.jsonl"
        file.write_bytes(b"?" + file.read_bytes()[1:])
        assert store.read(len(long) - 1) == long[-1:]
        assert store.read(len(long)) == []
        with pytest.raises(LedgerError, match="at seq 1:"):
            store.read(0)

    def test_a_torn_end_is_left_out_and_one_that_only_lacks_its_line_end_is_not(self, store, folder, long):
        file = folder / "ledger.jsonl"
        content = file.read_bytes()
        for cut, expected in ((1, long[-2:]), (2, long[-2:-1])):
            file.write_bytes(content[:-cut])
            assert store.read(len(long) - 2) == expected

    def test_one_that_was_cut_is_refused(self, store, folder, long):
        file = folder / "ledger.jsonl"
        file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-2]))
        assert store.read(len(long) - 2) == []
        with pytest.raises(LedgerError, match=f"ends at seq {len(long) - 2}, but seq {len(long) - 1} was written"):
            store.read(len(long) - 1)

    def test_damage_behind_the_head_is_refused_with_its_seq(self, store, folder, long):
        file = folder / "ledger.jsonl"
        lines = file.read_bytes().splitlines(keepends=True)
        for number in (len(long) - 1, len(long) - 3):
            damaged = [*lines]
            damaged[number] = damaged[number].replace(b"x", b"y", 1)
            file.write_bytes(b"".join(damaged))
            with pytest.raises(LedgerError, match=f"at seq {number + 1}:"):
                store.read(number)
