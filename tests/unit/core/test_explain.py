"""Every limit is explained, with its value here, to people and to programs."""

import json

import pytest
from builders_check import schema
from builders_limits import environment
from jsonschema import Draft202012Validator

from volvenctl.core.explain import explain_limits
from volvenctl.render.limits_text import limits_text
from volvenctl.wire.exact_json import document_text
from volvenctl.wire.limits_v1 import limits_document

LIMITS = ("maxNotionalPerPlan: {USDT: 50000.10}", "blackouts: []")


@pytest.fixture
def views():
    return explain_limits(schema("project"), environment(*LIMITS))


def test_every_limit_that_can_be_written_is_explained(views):
    assert [item.name for item in views] == list(schema("project")["$defs"]["limits"]["properties"])
    assert all(item.title and item.description.endswith(".") for item in views)


def test_the_text_has_value_place_and_meaning(views):
    text = limits_text("production", views)
    assert text.startswith("Limits of environment production\n")
    assert '\n  maxNotionalPerPlan: {"USDT":50000.10}  (volvenctl.yaml:8)\n    Notional per plan. Most' in text
    assert "\n  maxStopsPerPlan: not set\n" in text
    assert text.count("Not enforced by this version") == 2


def test_a_value_whose_place_is_not_known_is_shown(views):
    from dataclasses import replace

    assert "  maxNotionalPerPlan: {" in limits_text("p", [replace(item, place=None) for item in views])


def test_the_document_is_as_its_schema_says(views):
    document = json.loads(document_text(limits_document("production", views)))
    Draft202012Validator(schema("limits")).validate(document)
    by_name = {item["name"]: item for item in document["limits"]}
    assert by_name["maxNotionalPerPlan"]["value"] == '{"USDT":50000.10}'
    assert by_name["maxNotionalPerPlan"]["source"] == {"file": "volvenctl.yaml", "line": 8}
    assert by_name["maxStopsPerPlan"]["value"] is None
    assert by_name["blackouts"]["enforced"] is False
