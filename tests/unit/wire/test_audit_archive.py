"""What of an archive comes from the ledger."""

import hashlib

from builders_audit import lines_of, state_of_trail, trail_of
from builders_ledger import created, records_of

from volvenctl.model.record import Draft
from volvenctl.wire.audit_archive import ledger_files, sha256_of


def test_the_ledger_the_state_and_each_approval_are_files():
    records = trail_of(10)
    files = ledger_files(records, state_of_trail(records))
    assert list(files) == ["ledger.jsonl", "state.json", "approvals/2-bob@d_sk.sig", "approvals/2-bob@d_sk.plan"]
    assert files["ledger.jsonl"] == lines_of(records)
    assert files["approvals/2-bob@d_sk.sig"] == b"SIG\n"
    assert files["approvals/2-bob@d_sk.plan"] == records[1].data["planHash"].encode()


def test_an_approval_that_was_not_signed_here_is_no_file():
    records = records_of(created(), Draft("plan.approved", {}), Draft("plan.approved", {"signature": "x"}))
    assert set(ledger_files(records, {})) == {"ledger.jsonl", "state.json"}


def test_the_digest_is_that_of_the_bytes():
    assert sha256_of(b"x") == "sha256:" + hashlib.sha256(b"x").hexdigest()
