"""Whatever is done to a ledger of fifty records is found, by `audit verify` and by the exported verifier alike.

Both read lines and then link them, so every flipped byte is tried on its line, and the whole way on a selection.
"""

import json
from functools import partial

import pytest
from builders_audit import drafts_of, lines_of, state_of_trail, trail_of, world_with
from builders_ledger import records_of
from fakes import FakeSystem

from volvenctl.adapters import standalone_verifier as alone
from volvenctl.adapters.ledger_checks import read_chain
from volvenctl.adapters.ledger_dir import LedgerDir
from volvenctl.core.anchors import read_anchor
from volvenctl.errors import LedgerError
from volvenctl.model.record import Draft
from volvenctl.pipeline import audit
from volvenctl.wire.exact_json import canonical_text

TRAIL = trail_of()
CONTENT = lines_of(TRAIL)
LINES = CONTENT.splitlines()
STATE = state_of_trail(TRAIL)
END = TRAIL[-1]
FLIPS = (0x01, 0x20, 0x80)
"""A neighbour, the other case of a letter, and a byte that is no ASCII: by turns."""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "state.json").write_text(canonical_text(STATE))
    (tmp_path / "ledger.jsonl").write_bytes(CONTENT)
    return tmp_path


def by_volvenctl(folder, *heads):
    """Verify as the command does."""
    evidence = audit.Evidence(tuple(map(read_anchor, heads)))
    return audit.verify(world_with(LedgerDir(folder, folder, FakeSystem())), evidence)


def by_itself(folder, *heads):
    """Verify as the exported verifier does."""
    return alone.verify(folder, [alone.noted(head) for head in heads])


def assert_found(folder, content, *heads):
    (folder / "ledger.jsonl").write_bytes(content)
    with pytest.raises(LedgerError):
        by_volvenctl(folder, *heads)
    with pytest.raises(alone.Broken):
        by_itself(folder, *heads)


def test_the_ledger_has_fifty_records_and_is_whole(folder):
    head = f"{END.seq}:{END.hash}"
    assert len(by_volvenctl(folder, head).log.records) == 50
    assert by_itself(folder, head) == f"whole: 50 records, 1 files beside them, head {head}\n"


def flipped(line):
    for place in range(len(line)):
        yield line[:place] + bytes([line[place] ^ FLIPS[place % len(FLIPS)]]) + line[place + 1 :]


def is_found(faults, check, *arguments):
    """Whether a check refuses; `pytest.raises` would take most of the time of a hundred thousand of them."""
    try:
        check(*arguments)
    except faults:
        return True
    return False


@pytest.mark.parametrize("seq", [record.seq for record in TRAIL])
def test_every_flipped_byte_of_every_record_is_found(seq):
    line, prev = LINES[seq - 1], TRAIL[seq - 1].prev
    missed = [
        forged
        for forged in flipped(line)
        if not is_found(LedgerError, read_chain, [forged], seq - 1, "x")
        or not is_found(alone.FAULTS, alone.check_record, forged, seq, prev)
    ]
    assert missed == []
    assert not is_found(LedgerError, read_chain, [line], seq - 1, "x")
    assert not is_found(alone.FAULTS, alone.check_record, line, seq, prev)


@pytest.mark.parametrize("seq", [record.seq for record in TRAIL])
def test_every_flipped_line_end_and_first_byte_is_found_in_the_file(folder, seq):
    end = sum(len(line) + 1 for line in LINES[:seq]) - 1
    for place, bits in ((end, 0x01), (end, 0x20), (end - len(LINES[seq - 1]), 0x01)):
        assert_found(folder, CONTENT[:place] + bytes([CONTENT[place] ^ bits]) + CONTENT[place + 1 :])


@pytest.mark.parametrize("place", range(50))
def test_every_record_that_is_deleted_or_duplicated_or_swapped_is_found(folder, place):
    joined = partial(bytes.join, b"\n")
    for lines in (
        LINES[:place] + LINES[place + 1 :],
        LINES[: place + 1] + LINES[place:],
        LINES[:place] + LINES[place : place + 2][::-1] + LINES[place + 2 :] if place < 49 else LINES[::-1],
    ):
        assert_found(folder, joined(lines) + b"\n")


@pytest.mark.parametrize(
    "spelt", [lambda text: text.replace(b",", b", ", 1), lambda text: text.replace(b"\n", b"\r\n")]
)
def test_another_spelling_of_the_same_records_is_found(folder, spelt):
    assert_found(folder, spelt(CONTENT))


def test_another_order_of_keys_is_found(folder):
    first = json.loads(LINES[0])
    reordered = json.dumps(dict(sorted(first.items())), separators=(",", ":")).encode()
    assert_found(folder, b"\n".join([reordered, *LINES[1:]]) + b"\n")


@pytest.mark.parametrize("length", [1, 25, 49])
def test_a_cut_tail_is_found_by_the_state_file(folder, length):
    assert_found(folder, b"\n".join(LINES[:length]) + b"\n")


@pytest.mark.parametrize("head", [f"50:{END.hash}", END.hash])
@pytest.mark.parametrize("length", [1, 25, 49])
def test_an_older_copy_of_ledger_and_state_is_found_by_a_noted_head(folder, length, head):
    put(folder, TRAIL[:length])
    assert len(by_volvenctl(folder).log.records) == length
    assert by_itself(folder).startswith("whole: ")
    assert_found(folder, lines_of(TRAIL[:length]), head)


@pytest.mark.parametrize("head", [f"50:{END.hash}", END.hash])
@pytest.mark.parametrize("place", [1, 25, 49])
def test_a_chain_that_was_computed_again_after_an_edit_is_found_by_a_noted_head(folder, place, head):
    drafts = drafts_of()
    edited = records_of(*(*drafts[:place], Draft("halt", {"reason": "never"}), *drafts[place + 1 :]))
    forged = edited[:49] + edited[49:]
    put(folder, forged)
    assert by_itself(folder).startswith("whole: ")
    assert_found(folder, lines_of(forged), head)


@pytest.mark.parametrize("seq", [2, 26, 50])
def test_a_fork_is_found_by_a_head_on_either_side(folder, seq):
    fork = trail_of(lineage="L-2")
    put(folder, fork)
    assert_found(folder, lines_of(fork), f"{seq}:{TRAIL[seq - 1].hash}")


@pytest.mark.parametrize("records", [TRAIL[:25], trail_of(lineage="L-2")], ids=["older copy", "another ledger"])
def test_a_checkpoint_in_the_archive_finds_it_too(folder, records):
    (folder / "checkpoints").mkdir()
    told = {"lineage": "L-1", "seq": 50, "head": END.hash}
    (folder / "checkpoints" / "50.json").write_text(json.dumps(told))
    assert by_itself(folder).startswith("whole: 50 records, 2 files")
    put(folder, records)
    with pytest.raises(alone.Broken):
        by_itself(folder)


def put(folder, records):
    (folder / "ledger.jsonl").write_bytes(lines_of(records))
    (folder / "state.json").write_text(canonical_text(state_of_trail(records)))
