"""What the audit commands print as JSON is what the schemas say, whatever stands in the ledger."""

import json
from dataclasses import replace

import builders_audit as audit
import builders_report as build
import pytest
from builders_check import schema
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from volvenctl.wire import audit_v1
from volvenctl.wire.exact_json import document_text


def everything(text):
    log = build.audit_log(build.record(text), text=text)
    made = audit.verification(text).checkpoints[0]
    return {
        "audit": [audit_v1.audit_document(log)],
        "audit-verify": [
            audit_v1.verified_document(audit.verification(text)),
            audit_v1.verified_document(audit.verification(log=replace(log, lineage=None))),
        ],
        "audit-checkpoint": [audit_v1.made_checkpoint_document(made, is_news=True)],
        "audit-export": [audit_v1.export_document(log, text, {text: build.DIGEST})],
        "status-at": [audit_v1.moment_document(audit.moment(text))],
    }


@pytest.fixture(scope="module")
def validators():
    return {name: Draft202012Validator(schema(name)) for name in everything("x")}


@given(text=st.text(st.characters(), min_size=1))
def test_every_document_is_as_its_schema_says_whatever_the_content(validators, text):
    for name, values in everything(text).items():
        for value in values:
            validators[name].validate(json.loads(document_text(value)))


@pytest.mark.parametrize("name", list(everything("x")))
def test_a_document_with_another_member_is_refused(validators, name):
    assert not validators[name].is_valid({**everything("x")[name][0], "more": 1})


def test_a_verification_tells_every_head_it_found():
    document = audit_v1.verified_document(audit.verification("me"))
    assert document["verified"] == 1
    assert document["anchors"] == [{"seq": 7, "hash": build.DIGEST}]
    assert [item["principal"] for item in document["checkpoints"]] == [None, "me"]


def test_a_moment_shows_only_the_strategies_that_are_asked_for():
    document = audit_v1.moment_document(replace(audit.moment(), names=("btc",)))
    assert ([item["name"] for item in document["strategies"]], document["openAttempts"]) == (["btc"], [])
