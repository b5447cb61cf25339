"""One spelling for each record, and a hash that anybody can recompute."""

import hashlib
import json
from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.model.record import EMPTY, GENESIS, Draft
from volvenctl.wire.ledger_v1 import RecordFault, make_records, read_record, record_document, record_line

ACTOR = {"user": "ann", "host": "desk-1", "pid": 7}
TIME = "2026-01-02T03:04:05.678Z"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def made(*drafts):
    return make_records(drafts, EMPTY, TIME, ACTOR)


def test_records_are_chained_from_the_genesis_hash():
    first, second = made(Draft("a", {}), Draft("b", {}))
    assert (first.seq, first.prev, second.seq, second.prev) == (1, GENESIS, 2, first.hash)


@given(st.dictionaries(texts, values, max_size=4))
def test_an_auditor_with_another_implementation_finds_the_same_hash(facts):
    [record] = made(Draft("attempt.started", facts))
    theirs = json.loads(record_line(record))
    stated = theirs.pop("hash")
    assert stated == "sha256:" + hashlib.sha256(rfc8785.dumps(theirs)).hexdigest()


@given(st.dictionaries(texts, values, max_size=4))
def test_a_record_is_read_back_as_it_was_written(facts):
    [record] = made(Draft("attempt.started", facts))
    line = record_line(record)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert record_document(read_record(line[:-1])) == record_document(record)


def changed(**fields):
    [record] = made(Draft("attempt.started", {"name": "a"}))
    return json.dumps({**json.loads(record_line(record)), **fields}, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        changed(seq="1"),
        changed(time=5),
        changed(actor=[]),
        changed(data=None),
        changed(data={"size": 0.1}),
        changed(data={"name": "b"}),
        changed(hash="sha256:" + "0" * 64),
        changed(more=1),
        changed().replace(b":", b": ", 1),
        changed().replace(b'"name"', b'"\\u006eame"'),
        b" " + changed(),
        changed() + b"\r",
    ],
)
def test_any_other_line_is_refused(line):
    with pytest.raises(RecordFault):
        read_record(line)


def test_a_decimal_cannot_enter_a_record():
    with pytest.raises(TypeError):
        made(Draft("attempt.started", {"size": Decimal("0.1")}))
