"""What the self-test tried and found: as values, as text and as a JSON document."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from volvenctl import __version__
from volvenctl.model.names import JsonObject
from volvenctl.render.safe import safe
from volvenctl.render.style import Palette
from volvenctl.render.tables import Row, table_lines
from volvenctl.render.text import count_text, page, section

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Failure:
    """A case in which something did not hold."""

    case: str
    violations: tuple[str, ...]
    seconds: Decimal


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one group of cases."""

    name: str
    about: str
    cases: int
    failures: tuple[Failure, ...]
    seconds: Decimal

    @property
    def passed(self) -> int:
        """Cases in which everything held."""
        return self.cases - len(self.failures)

    @property
    def violations(self) -> int:
        """How often something did not hold."""
        return sum(len(failure.violations) for failure in self.failures)


@dataclass(frozen=True, slots=True)
class Report:
    """The whole self-test."""

    is_quick: bool
    started_at: str
    tried: tuple[Tried, ...]
    kept: str
    """Where the folders of the failed cases are; empty if none failed."""

    @property
    def is_passed(self) -> bool:
        """Whether something was tried and everything held."""
        return any(group.cases for group in self.tried) and not self.failures

    def command_for(self, failure: Failure) -> str:
        """Return the command that tries the case again."""
        quick = ("--quick",) if self.is_quick else ()
        return shlex.join(["volvenctl", "selftest", *quick, "--only", failure.case])

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Every failed case."""
        return tuple(failure for group in self.tried for failure in group.failures)


def selftest_document(report: Report) -> JsonObject:
    """Return the report; schema: selftest."""
    return {
        "formatVersion": FORMAT_VERSION,
        "volvenctlVersion": __version__,
        "startedAt": report.started_at,
        "quick": report.is_quick,
        "passed": report.is_passed,
        "groups": [_group_document(group) for group in report.tried],
        "failures": [
            {"case": item.case, "violations": list(item.violations), "repeat": report.command_for(item)}
            for item in report.failures
        ],
    }


def selftest_text(report: Report, palette: Palette) -> str:
    """Return a table of what was tried, and each failure with the command that repeats it."""
    rows = [_row(group, palette) for group in report.tried]
    titles = ("group", "cases", "passed", "violations", "seconds", "what goes wrong")
    return page(
        [
            *table_lines(rows, titles=titles, right=(1, 2, 3, 4)),
            *section("Failures", list(_failure_lines(report, palette)), palette),
            *([f"  the folders of these cases were kept in {safe(report.kept)}"] if report.kept else []),
            "",
            _verdict_line(report, palette),
        ]
    )


def _group_document(group: Tried) -> JsonObject:
    return {
        "name": group.name,
        "about": group.about,
        "cases": group.cases,
        "passed": group.passed,
        "violations": group.violations,
        "seconds": group.seconds,
    }


def _row(group: Tried, palette: Palette) -> Row:
    numbers = (group.cases, group.passed, group.violations, group.seconds)
    paint = palette.bad if group.failures else palette.good
    return Row((group.name, *map(str, numbers), group.about), paint)


def _failure_lines(report: Report, palette: Palette) -> Iterator[str]:
    for failure in report.failures:
        yield f"  {palette.bad(safe(failure.case))}"
        yield from (f"    {safe(text)}" for text in failure.violations)
        yield f"    repeat: {safe(report.command_for(failure))}"


def _verdict_line(report: Report, palette: Palette) -> str:
    cases = sum(group.cases for group in report.tried)
    if not cases:
        return palette.bad("No case was tried.")
    if report.failures:
        return palette.bad(f"{count_text(len(report.failures), 'case')} of {cases} failed.")
    return palette.good(f"{count_text(cases, 'case')}: nothing was launched twice, and no id was lost.")
