"""Moments are UTC with milliseconds, whatever zone they came from."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from volvenctl.wire.moments import asked_beginning, asked_moment, moment_text, read_moment, seconds_ahead


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


@pytest.mark.parametrize(
    ("text", "beginning", "end"),
    [
        ("2026-03-03", "2026-03-03T00:00:00.000Z", "2026-03-03T23:59:59.999Z"),
        ("2026-03-03T14:05", "2026-03-03T14:05:00.000Z", "2026-03-03T14:05:00.000Z"),
        ("2026-03-03T14:05+01:00", "2026-03-03T13:05:00.000Z", "2026-03-03T13:05:00.000Z"),
        ("2026-03-03 14:05:06.789Z", "2026-03-03T14:05:06.789Z", "2026-03-03T14:05:06.789Z"),
    ],
)
def test_what_a_person_asks_for_is_utc_and_a_date_is_a_whole_day(text, beginning, end):
    assert (asked_beginning(text), asked_moment(text)) == (beginning, end)


@pytest.mark.parametrize("text", ["", "noon", "2026-02-30", "2026-13-01T00:00"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match=r"iso|month|day"):
        asked_moment(text)
