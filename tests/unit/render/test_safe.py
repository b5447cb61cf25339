import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.render.safe import ci_safe, safe

FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
COMMAND = re.compile(r"^\s*::|##\[|##vso\[|section_(start|end):")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("größer 交易", "größer 交易"),
        ("\x1b[2J", r"\x1b[2J"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("\x9b31m", r"\x9b31m"),
        ("\u202egpj", r"\u202egpj"),
        ("\ufeffa\u200b", r"\ufeffa\u200b"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("\u3164", r"\u3164"),
        ("\ufe0f\U000e0100", r"\ufe0f\U000e0100"),
        ("a\xa0b", r"a\xa0b"),
    ],
)
def test_what_is_not_plainly_visible_is_shown_as_an_escape(text, shown):
    assert safe(text) == shown


@given(st.text(st.characters()))
def test_no_text_reaches_a_terminal_raw(text):
    assert not FORBIDDEN.search(safe(text))
    assert safe(text).isprintable()


@given(st.text(st.characters()))
def test_escaping_twice_changes_nothing_more(text):
    assert safe(safe(text)) == safe(text)


@pytest.mark.parametrize(
    "line",
    ["::error::x", "  ::stop-commands::x", "##[group]x", "a ##vso[task]x", "section_start:1:a", "x section_end:1:a"],
)
def test_no_line_is_a_command_for_a_ci_system(line):
    assert not COMMAND.search(ci_safe(line))
    assert len(ci_safe(line)) == len(line) + 3


@pytest.mark.parametrize("line", ["a::b", "# [x]", "## x", "my section", ""])
def test_a_line_that_commands_nothing_stays_as_it_is(line):
    assert ci_safe(line) == line
