import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.render.log_lines import log_lines

AT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def test_each_line_is_one_object_with_the_facts_that_are_known():
    text = log_lines("one\n\n  two \n", AT, "warning", {"command": "apply", "hint": None})
    first = {"time": "2026-01-02T03:04:05.678Z", "level": "warning", "message": "one", "command": "apply"}
    assert [json.loads(line) for line in text.splitlines()] == [first, {**first, "message": "  two"}]
    assert text.endswith("}\n")


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n"])
def test_a_line_without_words_is_no_line(text):
    assert log_lines(text, AT, "info", {}) == ""


@given(st.text())
def test_every_line_is_ascii_and_every_object_is_on_a_line_of_its_own(text):
    logged = log_lines(text, AT, "info", {})
    assert logged.isascii()
    expected = [line.rstrip() for line in text.split("\n") if line.strip()]
    assert [json.loads(line)["message"] for line in logged.splitlines()] == expected
