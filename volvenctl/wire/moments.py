"""Moments to and from text: UTC, milliseconds, `Z`."""

from datetime import UTC, datetime


def moment_text(at: datetime) -> str:
    """Return an aware moment as `2026-01-02T03:04:05.678Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def read_moment(text: str) -> datetime:
    """Return the moment that `text` stands for, aware.

    Raises:
        ValueError: it has no offset, or is no moment at all.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a moment without an offset")
    return at.astimezone(UTC)
