"""The head of the ledger as text to keep elsewhere: whoever has it can tell whether records are missing."""

from volvenctl.model.record import EMPTY, Head


def head_lines(head: Head) -> tuple[str, ...]:
    """Return the line that an apply ends with; none where there is no ledger yet."""
    return () if head == EMPTY else (f"ledger: record {head.seq}, {head.hash}",)


def trailer_text(head: Head) -> str:
    """Return the head as a git trailer."""
    return f"Volvenctl-Head: {head.seq} {head.hash}"
