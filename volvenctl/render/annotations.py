"""Findings as GitHub shows them beside the lines of a pull request."""

from collections.abc import Sequence

from volvenctl.model.problem import Problem
from volvenctl.render.safe import ci_safe, safe
from volvenctl.render.text import count_text

GITHUB_LIMIT = 10
"""GitHub shows this many errors and this many warnings of one step.

Source: actions/toolkit, docs/problem-matchers.md, "Limitations".
"""


def github_annotations(problems: Sequence[Problem]) -> str:
    """Return workflow commands for GitHub, errors first, and a notice that counts what is not among them."""
    errors = [item for item in problems if item.severity == "error"]
    warnings = [item for item in problems if item.severity == "warning"]
    lines = [_annotation(item) for kind in (errors, warnings) for item in kind[:GITHUB_LIMIT]]
    hidden = [
        count_text(len(kind) - GITHUB_LIMIT, f"more {word}")
        for word, kind in (("error", errors), ("warning", warnings))
        if len(kind) > GITHUB_LIMIT
    ]
    if hidden:
        lines.append(f"::notice title=volvenctl::{' and '.join(hidden)}, not shown here; volvenctl validate lists all")
    return "".join(line + "\n" for line in lines)


def _annotation(problem: Problem) -> str:
    place = problem.place
    properties = {
        "file": place.file,
        "line": str(place.line),
        "col": str(place.column),
        "title": problem.code,
    }
    written = ",".join(f"{key}={_property(ci_safe(safe(value)))}" for key, value in properties.items())
    return f"::{problem.severity} {written}::{_value(ci_safe(safe(f'{problem.path}: {problem.message}')))}"


def _value(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _value(text).replace(":", "%3A").replace(",", "%2C")
