import json
from dataclasses import replace
from pathlib import Path

import builders_report as build
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from volvenctl.errors import Exit, UsageError
from volvenctl.model.plan import Drift
from volvenctl.wire import documents
from volvenctl.wire.exact_json import document_text, read_json

SCHEMAS = Path(__file__).parents[3] / "schemas"


def everything(text: str) -> dict[str, list]:
    """Documents by the name of their schema, with `text` wherever foreign text can be."""
    view = build.view(text, text, rivals=(text,))
    seen = build.status(
        build.row(text, text),
        build.row(place=None, live=None, notional=None, strategy_id=None),
        text=text,
        attempts=(view, build.view(candidates=None)),
        drift=(Drift(text, text, "gone", text),),
        problems=(build.problem(text),),
    )
    unasked = build.status(unmanaged=None, holder=None, commit=None)
    return {
        "problems": [documents.problems_document(build.checked(build.problem(text, suggestions=(text,))))],
        "apply": [documents.apply_document(build.report(*build.results(text), text=text, attempts=(view,)))],
        "attempts": [
            documents.attempts_document(build.resolution(view, text=text), text),
            documents.attempts_document(build.resolution(name=text, resolution="absent"), text),
        ],
        "status": [documents.status_document(seen), documents.status_document(unasked)],
        "accounts": [documents.accounts_document([build.account(text)])],
        "products": [documents.products_document([build.product(text, unreadable=(text,))])],
        "state-list": [
            documents.state_list_document(build.state_value(text)),
            documents.state_list_document({"serial": 0}),
        ],
        "error": [documents.error_document(UsageError(text, hint=text))],
    }


@pytest.fixture(scope="module")
def validators():
    read = {name: json.loads((SCHEMAS / f"{name}.schema.json").read_text()) for name in everything("x")}
    for schema in read.values():
        Draft202012Validator.check_schema(schema)
    return {name: Draft202012Validator(schema) for name, schema in read.items()}


@given(text=st.text(st.characters(), min_size=1))
def test_every_document_is_as_its_schema_says_whatever_the_content(validators, text):
    for name, values in everything(text).items():
        for value in values:
            written = document_text(value)
            assert written.isascii()
            validators[name].validate(json.loads(written))
            read_json(written)


@pytest.mark.parametrize("name", list(everything("x")))
def test_a_document_with_another_member_is_refused(validators, name):
    assert not validators[name].is_valid({**everything("x")[name][0], "more": 1})


def test_problems_have_the_members_of_the_contract():
    assert documents.problems_document(build.checked(build.problem())) == {
        "formatVersion": 1,
        "valid": False,
        "checked": 3,
        "problems": [
            {
                "file": "strategies/btc.yaml",
                "line": 12,
                "column": 9,
                "path": "$.spec.size",
                "code": "size-step",
                "severity": "error",
                "message": "0.0015 is not a multiple",
                "suggestions": ["0.001"],
            }
        ],
    }


def test_an_apply_tells_every_outcome():
    told = documents.apply_document(build.report(*build.results("why"), exit=Exit.UNKNOWN))
    assert told["exit"] == 4
    assert told["summary"] == {"succeeded": 1, "refused": 2, "not-sent": 1, "unknown": 1, "not-reached": 1}
    assert [item["strategyId"] for item in told["results"]] == ["why", None, None, None, None, None]
    assert told["results"][1]["errors"] == [
        {"file": "why", "line": 9, "column": 7, "path": "$.spec.size", "field": "size", "description": "why"}
    ]
    assert told["results"][2]["reason"] == "size: why"


def test_bounds_are_decimal_text_digit_for_digit():
    (product,) = documents.products_document([build.product()])["products"]
    assert (product["minSize"], product["maxSize"], product["minPrice"]) == ("0.00000001", "1190.000", None)


def test_a_surrogate_without_its_partner_is_written_as_an_escape():
    error = documents.error_document(UsageError("a\udc80b"))
    assert error["error"]["message"] == "a\\udc80b"


def test_an_event_time_is_a_moment_in_utc():
    told = documents.status_document(build.status(build.row()))
    assert told["strategies"][0]["live"]["eventTime"] == "2026-01-02T03:04:05.000Z"
    untimed = documents.status_document(build.status(build.row(live=replace(build.live(), event_time=None))))
    assert untimed["strategies"][0]["live"]["eventTime"] is None
