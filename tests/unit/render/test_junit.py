from xml.etree import ElementTree as ET

import builders_report as build
import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml

from volvenctl.model.problem import Place
from volvenctl.render.junit import junit_text


def cases(*problems):
    (suite,) = JUnitXml.fromstring(junit_text(problems).encode())
    return list(suite)


def test_an_error_is_a_failed_test_named_after_rule_and_place():
    (case,) = cases(build.problem())
    assert (case.classname, case.name) == ("strategies/btc.yaml", "size-step $.spec.size (12:9)")
    (failure,) = case.result
    assert (failure.type, failure.message) == ("size-step", "0.0015 is not a multiple")
    assert failure.text.startswith("strategies/btc.yaml:12:9: error[size-step]")


def test_a_warning_is_a_passed_test_with_output():
    (case,) = cases(build.problem(severity="warning"))
    assert case.is_passed
    assert "warning[size-step]" in case.system_out


def test_no_problems_are_one_passed_test():
    (case,) = cases()
    assert (case.name, case.is_passed) == ("no problems", True)


@pytest.mark.parametrize(
    ("problems", "counts"),
    [
        ((), (1, 0)),
        ((build.problem(),), (1, 1)),
        ((build.problem(), build.problem("other"), build.problem(severity="warning")), (3, 2)),
    ],
)
def test_the_totals_are_those_of_the_cases(problems, counts):
    read = JUnitXml.fromstring(junit_text(problems).encode())
    assert (read.tests, read.failures) == counts
    read.update_statistics()
    assert (read.tests, read.failures, read.errors, read.skipped) == (*counts, 0, 0)


@given(st.text(st.characters()))
def test_no_text_adds_an_element_or_breaks_the_document(text):
    problem = build.problem(text, path=text, code=text, place=Place(text, 1, 1))
    written = junit_text([problem, build.problem(text, severity="warning")])
    root = ET.fromstring(written.encode())  # noqa: S314 - our own output
    assert [item.tag for item in root.iter()] == [
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "testcase",
        "system-out",
    ]
    assert "\n::" not in written
    assert "##[" not in written


def test_markup_is_shown_and_not_obeyed():
    (case,) = cases(build.problem('</failure><testcase name="x"/> & ]]> "quoted"'))
    (failure,) = case.result
    assert failure.message == '</failure><testcase name="x"/> & ]]> "quoted"'
