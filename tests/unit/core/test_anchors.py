"""Heads that were noted elsewhere are in this ledger, or it is said what is wrong with it."""

import pytest
from builders_ledger import apply_started, created, records_of, started

from volvenctl.core.anchors import anchored, check_bodies, checkpoint_found, read_anchor
from volvenctl.core.fold import fold_all
from volvenctl.errors import LedgerError, UsageError
from volvenctl.model.approval import Rejected, Verified
from volvenctl.model.audit import Anchor, Checkpoint
from volvenctl.model.record import Draft, Head
from volvenctl.wire.exact_json import digest_of_text

TRAIL = records_of(created(), apply_started(), started())
FORK = records_of(created(), apply_started("S-1"), started())
HEX = "ab" * 32


@pytest.mark.parametrize(
    ("text", "seq"),
    [
        (HEX, None),
        (f"sha256:{HEX}", None),
        (f"12:{HEX}", 12),
        (f"12:sha256:{HEX}", 12),
        (f"12 sha256:{HEX}", 12),
        (f" record 12, sha256:{HEX}\n", 12),
    ],
)
def test_a_head_is_read_as_it_is_printed_and_as_trailers_have_it(text, seq):
    assert read_anchor(text) == Anchor(seq, f"sha256:{HEX}")


@pytest.mark.parametrize("text", ["", "12", HEX[:-1], HEX + "0", HEX.upper(), f"0:{HEX}", f"x:{HEX}", f"12:12:{HEX}"])
def test_half_a_head_is_none(text):
    with pytest.raises(UsageError, match="is no head of a ledger"):
        read_anchor(text)


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_noted_head_is_found_with_its_seq_or_without(seq):
    head = Head(seq, TRAIL[seq - 1].hash)
    assert anchored(TRAIL, Anchor(seq, head.hash), "x") == head
    assert anchored(TRAIL, Anchor(None, head.hash), "x") == head


def test_a_cut_tail_names_the_first_seq_that_is_missing():
    with pytest.raises(LedgerError, match=r"ends at seq 2, but the log has seq 3.* the first bad seq is 3"):
        anchored(TRAIL[:2], Anchor(3, TRAIL[2].hash), "the log")


def test_a_fork_is_found_where_the_head_was_noted():
    with pytest.raises(LedgerError, match=r"record 3 of the ledger has another hash .* bad at seq 3 or before"):
        anchored(FORK, Anchor(3, TRAIL[2].hash), "the log")


@pytest.mark.parametrize("records", [TRAIL[:2], FORK])
def test_a_hash_alone_finds_a_cut_and_a_fork(records):
    with pytest.raises(LedgerError, match="no record of the ledger has the hash"):
        anchored(records, Anchor(None, TRAIL[2].hash), "the log")


def found(records, lineage="L-1", head=None, signature=None):
    state = fold_all(records)
    checkpoint = Checkpoint("sandbox", lineage, head or Head(3, TRAIL[2].hash), "2026-01-02T03:04:05.678Z")
    return checkpoint_found(records, state, checkpoint, ("3.json", signature))


def test_a_checkpoint_of_this_ledger_is_found_with_who_signed_it():
    assert found(TRAIL).principal is None
    assert found(TRAIL, signature=Verified("3.json.sig", ("ann@desk",), "SHA256:x", "text")).principal == "ann@desk"


@pytest.mark.parametrize(
    ("records", "changes", "said"),
    [
        (TRAIL[:2], {}, "ends at seq 2, but the checkpoint 3.json has seq 3"),
        (FORK, {}, "has another hash than the checkpoint 3.json says"),
        (TRAIL, {"lineage": "L-2"}, "is of the ledger L-2, and this is L-1"),
        (TRAIL, {"signature": Rejected("3.json.sig", "incorrect signature")}, "not signed .*: incorrect signature"),
    ],
)
def test_a_checkpoint_that_does_not_agree_says_why(records, changes, said):
    with pytest.raises(LedgerError, match=said):
        found(records, **changes)


def test_a_body_with_the_digest_of_another_one_is_damage():
    good = Draft("halt", {"body": "{}", "bodyDigest": digest_of_text("{}")})
    check_bodies(records_of(created(), good, Draft("halt", {"body": "{}"})))
    bad = Draft("halt", {"body": "{ }", "bodyDigest": digest_of_text("{}")})
    with pytest.raises(LedgerError, match="damaged at seq 3: the digest of its body"):
        check_bodies(records_of(created(), good, bad))
