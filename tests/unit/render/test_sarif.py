import json

import builders_report as build
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog

from volvenctl.model.problem import Place
from volvenctl.render.sarif import sarif_text


def results(*problems):
    return json.loads(sarif_text(problems))["runs"][0]["results"]


def message(text):
    (result,) = results(build.problem(text))
    return result["message"]["text"].removeprefix("$.spec.size: ")


def test_a_problem_becomes_a_result_at_its_line_and_column():
    read = SarifLog.model_validate_json(sarif_text([build.problem()]))
    (run,) = read.runs
    (result,) = run.results
    (location,) = result.locations
    region = location.physicalLocation.region
    assert (region.startLine, region.startColumn) == (12, 9)
    assert (result.ruleId, result.level.value) == ("size-step", "error")
    assert result.message.text == "$.spec.size: 0.0015 is not a multiple"


def test_a_warning_is_a_warning():
    (result,) = results(build.problem(severity="warning"))
    assert result["level"] == "warning"


def test_each_code_is_a_rule_once_and_results_point_at_it():
    log = json.loads(sarif_text([build.problem(code=code) for code in ("size-step", "schema", "size-step")]))
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["schema", "size-step"]
    assert [rules[item["ruleIndex"]] for item in run["results"]] == ["size-step", "schema", "size-step"]


def test_no_problems_are_a_run_without_results():
    assert results() == []


def test_columns_count_code_points():
    assert json.loads(sarif_text([]))["runs"][0]["columnKind"] == "unicodeCodePoints"


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("desk/strategies/btc.yaml", "desk/strategies/btc.yaml"),
        ("a b%41.yaml", "a%20b%2541.yaml"),
        ("http://evil.example/x.yaml", "http%3A//evil.example/x.yaml"),
        ("币.yaml", "%E5%B8%81.yaml"),
    ],
)
def test_a_file_is_a_relative_uri_whatever_its_name(file, uri):
    (result,) = results(build.problem(place=Place(file, 1, 1)))
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("see [here](https://evil.example)", "see [here] (https://evil.example)"),
        ("items[0] and [a, b]", "items[0] and [a, b]"),
        (r"[a\]b](1) [c\\](2)", r"[a\]b] (1) [c\\] (2)"),
        ("{0} and {name}", "{{0}} and {{name}}"),
        ("\x1b[31m\u202e", r"\x1b[31m\u202e"),
        ("##[error]x", r"\x23#[error]x"),
    ],
)
def test_no_text_becomes_a_link_a_placeholder_or_a_command(text, written):
    assert message(text) == written


@given(st.text(st.characters()))
def test_every_log_is_read_by_a_reader_made_from_the_standards_schema(text):
    problem = build.problem(text, path=text, code=text, place=Place(text, 1, 1))
    written = sarif_text([problem, problem])
    SarifLog.model_validate_json(written)
    (first, _) = json.loads(written)["runs"][0]["results"]
    assert "](" not in first["message"]["text"]
