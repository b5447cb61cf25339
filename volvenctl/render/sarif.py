"""Findings as SARIF 2.1.0, the format that code scanning services and editors take.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Errata 01.
"""

from collections.abc import Sequence
from urllib.parse import quote

from volvenctl import __version__
from volvenctl.model.names import JsonObject
from volvenctl.model.problem import Place, Problem
from volvenctl.render.safe import ci_safe, safe
from volvenctl.wire.exact_json import document_text

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_text(problems: Sequence[Problem]) -> str:
    """Return a SARIF log with one run; a rule for each code, a result for each problem."""
    codes = sorted({safe(item.code) for item in problems})
    driver: JsonObject = {"name": "volvenctl", "version": __version__, "rules": [{"id": code} for code in codes]}
    run: JsonObject = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, codes) for item in problems],
    }
    return document_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(problem: Problem, codes: Sequence[str]) -> JsonObject:
    code = safe(problem.code)
    return {
        "ruleId": code,
        "ruleIndex": codes.index(code),
        "level": problem.severity,
        "message": {"text": _message(f"{problem.path}: {problem.message}")},
        "locations": [{"physicalLocation": _location(problem.place)}],
    }


def _location(place: Place) -> JsonObject:
    return {
        "artifactLocation": {"uri": quote(place.file, errors="backslashreplace"), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": place.line, "startColumn": place.column},
    }


def _message(text: str) -> str:
    """Return plain text that makes neither a placeholder (section 3.11.5) nor a link (section 3.11.6)."""
    return ci_safe(safe(text)).replace("{", "{{").replace("}", "}}").replace("](", "] (")
