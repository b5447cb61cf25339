import json
from dataclasses import replace

import builders_report as build
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from volvenctl.model.problem import Place
from volvenctl.render.code_quality import code_quality_text

REPORT = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string"},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""The format as docs.gitlab.com describes it under "Code Quality report format"."""


def findings(*problems):
    read = json.loads(code_quality_text(problems))
    Draft202012Validator(REPORT).validate(read)
    return read


def fingerprints(*problems):
    return [item["fingerprint"] for item in findings(*problems)]


def test_a_problem_becomes_a_finding_at_its_line():
    (finding,) = findings(build.problem())
    assert finding["description"] == "$.spec.size: 0.0015 is not a multiple"
    assert finding["check_name"] == "size-step"
    assert finding["location"] == {"path": "strategies/btc.yaml", "lines": {"begin": 12}}


def test_an_error_is_graver_than_a_warning():
    severities = [item["severity"] for item in findings(build.problem(), build.problem(severity="warning"))]
    assert severities == ["critical", "minor"]


def test_a_fingerprint_stays_when_the_line_moves():
    moved = build.problem(place=Place("strategies/btc.yaml", 99, 9))
    assert fingerprints(build.problem()) == fingerprints(moved)


def test_equal_findings_in_one_file_have_fingerprints_of_their_own():
    assert len({*fingerprints(build.problem(), build.problem(), replace(build.problem(), code="schema"))}) == 3


def test_no_problems_are_an_empty_report():
    assert findings() == []


@given(st.text(st.characters()))
def test_every_report_is_as_the_format_says_whatever_the_text(text):
    problem = build.problem(text, path=text, code=text, place=Place(text, 1, 1))
    assert len({*fingerprints(problem, problem)}) == 2
