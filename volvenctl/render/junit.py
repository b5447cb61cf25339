"""Findings as a JUnit report, the format that most CI systems show as tests.

There is no specification; what is written is what Jenkins, GitLab and junitparser agree on.
"""

from collections.abc import Iterator, Sequence
from html import escape

from volvenctl.model.problem import Problem
from volvenctl.render.problem_text import problem_line
from volvenctl.render.safe import ci_safe, safe


def junit_text(problems: Sequence[Problem]) -> str:
    """Return a report with a failed test for each error and a passed one for each warning; one that passed if none."""
    errors = sum(item.severity == "error" for item in problems)
    counts = f'tests="{max(len(problems), 1)}" failures="{errors}" errors="0" skipped="0"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="volvenctl" {counts}>']
    lines += [f'  <testsuite name="volvenctl validate" {counts}>', *_cases(problems), "  </testsuite>", "</testsuites>"]
    return "".join(ci_safe(line) + "\n" for line in lines)


def _cases(problems: Sequence[Problem]) -> Iterator[str]:
    if not problems:
        yield '    <testcase classname="volvenctl" name="no problems" />'
    for problem in problems:
        place = problem.place
        name = f"{problem.code} {problem.path} ({place.line}:{place.column})"
        yield f'    <testcase classname="{_xml(place.file)}" name="{_xml(name)}" file="{_xml(place.file)}">'
        yield f"      {_finding(problem)}"
        yield "    </testcase>"


def _finding(problem: Problem) -> str:
    line = _xml(problem_line(problem))
    if problem.severity == "error":
        return f'<failure type="{_xml(problem.code)}" message="{_xml(problem.message)}">{line}</failure>'
    return f"<system-out>{line}</system-out>"


def _xml(text: str) -> str:
    """Return text for an element or an attribute; `safe` leaves no character that XML 1.0 does not know."""
    return escape(safe(text))
