"""A checkpoint has one spelling, so that what was signed is what was read."""

import json

import pytest
from builders_check import schema
from jsonschema import Draft202012Validator

from volvenctl.model.audit import Checkpoint
from volvenctl.model.record import Head
from volvenctl.wire.checkpoint_v1 import CheckpointFault, checkpoint_text, read_checkpoint

CHECKPOINT = Checkpoint("sandbox", "L-1", Head(7, "sha256:" + "ab" * 32), "2026-01-02T03:04:05.678Z")
TEXT = checkpoint_text(CHECKPOINT)


def test_a_checkpoint_is_one_line_of_canonical_json():
    expected = (
        f'{{"environment":"sandbox","formatVersion":1,"head":"sha256:{"ab" * 32}","lineage":"L-1","seq":7,'
        '"time":"2026-01-02T03:04:05.678Z"}\n'
    )
    assert checkpoint_text(CHECKPOINT) == expected
    Draft202012Validator(schema("checkpoint")).validate(json.loads(TEXT))
    assert read_checkpoint(TEXT.encode()) == CHECKPOINT


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is no JSON"),
        ("[]", "does not have the fields"),
        ("{}", "does not have the fields"),
        (TEXT.replace("7", '"7"', 1), "does not have the fields"),
        (TEXT.replace('"L-1"', "null"), "does not have the fields"),
        (TEXT.rstrip(), "is not written as"),
        (TEXT.replace(",", ", "), "is not written as"),
        (TEXT.replace('n":1', 'n":2'), "is not written as"),
    ],
)
def test_anything_else_is_none(text, said):
    with pytest.raises(CheckpointFault, match=said):
        read_checkpoint(text.encode())
