"""Checks and words that all ledger stores share."""

import gc

import pytest
from builders_ledger import HASH, created, records_of, state_of

from volvenctl.adapters.ledger_checks import check_head, cut, knows_more, read_chain
from volvenctl.errors import Conflict, Exit, LedgerError
from volvenctl.model.record import EMPTY, Draft, Head
from volvenctl.wire.ledger_v1 import record_line
from volvenctl.wire.state_v1 import state_document

RECORDS = records_of(*(Draft("halt", {"n": number}) for number in range(3)))
LINES = [record_line(record)[:-1] for record in RECORDS]


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_sound_chain_is_read_from_any_seq_on(after):
    assert read_chain(LINES[after:], after, "here") == list(RECORDS[after:])


@pytest.mark.parametrize(("switch", "is_on"), [(gc.enable, True), (gc.disable, False)])
def test_reading_leaves_the_collector_as_it_was_even_where_a_line_is_bad(switch, is_on):
    switch()
    try:
        read_chain(LINES, 0, "here")
        with pytest.raises(LedgerError):
            read_chain([b"x"], 0, "here")
        assert gc.isenabled() == is_on
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("lines", "after", "seq"),
    [
        ([b"x"], 0, 1),
        ([LINES[1]], 0, 1),
        ([LINES[0], LINES[2]], 0, 2),
        ([LINES[0]], 1, 2),
        ([record_line(records_of(created(), head=Head(0, HASH))[0])[:-1]], 0, 1),
        ([LINES[0], record_line(records_of(created(), head=Head(1, HASH))[0])[:-1]], 0, 2),
    ],
)
def test_the_first_bad_seq_is_named(lines, after, seq):
    with pytest.raises(LedgerError, match=f"the ledger here is damaged at seq {seq}: ") as caught:
        read_chain(lines, after, "here")
    assert caught.value.exit == Exit.ERROR


def test_only_the_head_may_be_continued():
    head = Head(3, RECORDS[-1].hash)
    check_head(head, 3, records_of(created(), head=head), "here")
    check_head(head, 3, (), "here")
    check_head(EMPTY, 0, RECORDS, "here")
    with pytest.raises(Conflict, match="another writer appended to here: its head is seq 3, not 2"):
        check_head(head, 2, (), "here")
    with pytest.raises(Conflict, match="the ledger here has another history"):
        check_head(head, 3, records_of(created(), head=Head(3, HASH)), "here")


def test_a_cut_names_both_ends():
    assert cut("here", 2, 5).message == "the ledger here ends at seq 2, but seq 5 was written before: it was cut"
    assert cut("here", 2, 5).hint == "restore it from a copy that has all records"
    assert cut("here", 2, 5, "the branch").hint == "restore the branch from a copy that has all records"


def test_only_a_sound_document_with_a_higher_serial_knows_more():
    document = state_document(state_of(created(), created()))
    assert knows_more(document, {"serial": 1})
    assert not knows_more(document, {"serial": 2})
    assert not knows_more({**document, "serial": 9}, {"serial": 1})
    assert not knows_more(document, {"serial": "1"})
    assert not knows_more(None, {"serial": 1})
