"""Moments are UTC with milliseconds, whatever zone they came from."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from volvenctl.wire.moments import moment_text, read_moment, seconds_ahead


def test_a_moment_is_written_in_utc_with_milliseconds():
    east = timezone(timedelta(hours=2))
    assert moment_text(datetime(2026, 1, 2, 5, 4, 5, 678_999, tzinfo=east)) == "2026-01-02T03:04:05.678Z"


def test_a_moment_is_read_back():
    at = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    assert read_moment(moment_text(at)) == at


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05", "yesterday", ""])
def test_a_moment_without_an_offset_or_sense_is_refused(text):
    with pytest.raises(ValueError, match=r"offset|isoformat"):
        read_moment(text)


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Fri, 02 Jan 2026 03:04:05 GMT", 0.678),
        ("Fri, 02 Jan 2026 03:04:05 -0000", 0.678),
        ("Fri, 02 Jan 2026 05:04:15 +0200", -9.322),
        ("Fri, 02 Jan 2026", None),
        ("soon", None),
        ("Fri, 99 Jan 2026 03:04:05 GMT", None),
        ("", None),
    ],
)
def test_our_clock_is_ahead_of_an_http_date_by_seconds(date, seconds):
    assert seconds_ahead(datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC), date) == seconds
