"""A finding in the user's files: a value with a place, collected and never raised."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in the user's files."""

    file: str
    """Relative to the project, with forward slashes."""
    line: int
    """Starts at 1."""
    column: int
    """Starts at 1, counted in code points."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One rule that one value breaks."""

    place: Place
    path: str
    """The value within its document, e.g. `$.spec.size`."""
    code: str
    """One of the stable codes, e.g. `size-step`."""
    message: str
    suggestions: tuple[str, ...] = ()
    """Nearest valid values or likely meanings, best first; already part of the message."""
    severity: Severity = "error"


def sorted_problems(problems: list[Problem]) -> tuple[Problem, ...]:
    """Return the problems by file, line and column, each once."""
    key = lambda item: (item.place, item.path, item.code, item.message)  # noqa: E731 - local to one line
    return tuple(sorted(dict.fromkeys(problems), key=key))


def under(prefix: str, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return the problems with the folder `prefix`, as `desk/`, before each file: for readers outside the project."""
    return tuple(replace(item, place=replace(item.place, file=prefix + item.place.file)) for item in problems)


def is_valid(problems: tuple[Problem, ...]) -> bool:
    """Whether there are no errors; warnings do not count."""
    return all(item.severity != "error" for item in problems)
