"""What `doctor` found out about an installation, line by line."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from volvenctl.errors import Exit

Verdict: TypeAlias = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was seen, and what to do next."""

    check: str
    verdict: Verdict
    seen: str
    next_step: str = ""
    exit: Exit = Exit.OK
    """What a failure tells the caller."""
    latency_ms: int | None = None
    """For calls of the platform: from the question to the whole answer, retries included."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """All findings, in the order of looking."""

    environment: str | None
    """None: none could be chosen."""
    findings: tuple[Finding, ...]
    exit: Exit
