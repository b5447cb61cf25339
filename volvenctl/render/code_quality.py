"""Findings as a code quality report of GitLab, which shows them in a merge request.

Source: docs.gitlab.com, "Code Quality", "Code Quality report format".
"""

import hashlib
from collections import Counter
from collections.abc import Sequence

from volvenctl.model.names import JsonObject
from volvenctl.model.problem import Problem
from volvenctl.render.safe import ci_safe, safe
from volvenctl.wire.exact_json import document_text, json_text

_SEVERITIES = {"error": "critical", "warning": "minor"}


def code_quality_text(problems: Sequence[Problem]) -> str:
    """Return the report: a JSON array, one object for each problem."""
    seen: Counter[str] = Counter()
    return document_text([_finding(item, seen) for item in problems])


def _finding(problem: Problem, seen: Counter[str]) -> JsonObject:
    """Return one object. Its fingerprint is unique, and stays the same while lines move around the finding."""
    identity = json_text([problem.place.file, problem.code, problem.path, problem.message])
    seen[identity] += 1
    text = f"{identity} {seen[identity]}"
    return {
        "description": ci_safe(safe(f"{problem.path}: {problem.message}")),
        "check_name": safe(problem.code),
        "fingerprint": hashlib.sha256(text.encode("ascii")).hexdigest(),
        "severity": _SEVERITIES[problem.severity],
        "location": {"path": safe(problem.place.file), "lines": {"begin": problem.place.line}},
    }
