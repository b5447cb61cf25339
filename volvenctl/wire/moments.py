"""Moments to and from text: UTC, milliseconds, `Z`; and the date of an HTTP answer."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


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


def asked_moment(text: str) -> str:
    """Return the moment that a person asks for, as `moment_text`: UTC where no offset is given, a date for its end.

    Raises:
        ValueError: it is no date and no moment.
    """
    at = datetime.fromisoformat(text)
    if _DATE.fullmatch(text):
        at = at.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return moment_text(at if at.tzinfo is not None else at.replace(tzinfo=UTC))


def asked_beginning(text: str) -> str:
    """Return the moment that a person asks for; as `asked_moment`, but a date for its beginning."""
    return asked_moment(f"{text}T00:00" if _DATE.fullmatch(text) else text)


def seconds_ahead(at: datetime, date: str) -> float | None:
    """Return by how many seconds `at` is ahead of an HTTP `Date`, which has whole seconds; None for no date."""
    try:
        told = parsedate_to_datetime(date)
        return (at - (told.replace(tzinfo=UTC) if told.tzinfo is None else told)).total_seconds()
    except (ValueError, OverflowError):
        return None
