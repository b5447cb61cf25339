"""The state file says what the ledger says, and damage is seen."""

import json

import pytest
from builders_ledger import apply_started, created, reported, resolved, started, state_of, succeeded
from jsonschema import Draft202012Validator

from volvenctl.adapters.schema_files import document_schema
from volvenctl.errors import LedgerError
from volvenctl.model.state import State
from volvenctl.wire.exact_json import json_text, read_json
from volvenctl.wire.state_v1 import read_state, state_document

RICH = state_of(
    created(),
    apply_started("S-0"),
    started(),
    succeeded("S-1"),
    started("eth", "a-2"),
    reported("unknown", "eth", "a-2", reason="no answer"),
    started("sol", "a-3"),
    resolved("absent", "sol", "a-3"),
)


@pytest.mark.parametrize("state", [RICH, state_of(created()), State()])
def test_a_state_is_read_back_as_it_was_written(state):
    assert read_state(read_json(json_text(state_document(state)))) == state


@pytest.mark.parametrize("state", [RICH, state_of(created())])
def test_what_is_written_validates_against_the_published_schema(state):
    Draft202012Validator(document_schema("state")).validate(state_document(state))


def test_every_changed_byte_is_seen():
    text = json.dumps(state_document(RICH))
    for index in range(len(text)):
        damaged = text[:index] + ("0" if text[index] != "0" else "1") + text[index + 1 :]
        try:
            document = json.loads(damaged)
        except ValueError:
            continue
        try:
            assert read_state(document) is None, index
        except LedgerError as error:
            assert "format version" in str(error)  # noqa: PT017 - both are a refusal


def test_a_newer_format_is_refused_and_not_folded_over():
    with pytest.raises(LedgerError, match="format version 2"):
        read_state({"formatVersion": 2})


@pytest.mark.parametrize("document", [{}, {"formatVersion": 1}, {"formatVersion": 1, "digest": "x", "a": 0}])
def test_other_documents_are_damage(document):
    assert read_state(document) is None
