"""What `approve` prints, for people and for programs."""

import json

import pytest
from builders_check import schema
from builders_limits import plan
from jsonschema import Draft202012Validator, ValidationError

from volvenctl.render.approval_text import approval_text
from volvenctl.wire.approval_v1 import approval_document
from volvenctl.wire.exact_json import document_text

HASH = "sha256:" + "a" * 64


def test_the_document_is_as_its_schema_says():
    document = json.loads(document_text(approval_document(HASH, "bob@desk", "SHA256:x", "plan.json.bob@desk.sig")))
    validator = Draft202012Validator(schema("approval"))
    validator.validate(document)
    with pytest.raises(ValidationError):
        validator.validate({**document, "more": 1})


def test_the_text_names_hash_person_and_file():
    made = plan()
    assert approval_text(made, "bob@desk", "p\n.sig") == (
        f"approved plan {made.hash}\n"
        "  environment production, expires 2026-01-03 03:04 UTC\n"
        "  as bob@desk, in p\\n.sig\n"
    )
