import re

import pytest

from volvenctl.wire.foreign_text import quoted, quoted_bytes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", '""'),
        ("abc", '"abc"'),
        ('a"b', r'"a\"b"'),
        ("\x1b[2J\n", r'"\x1b[2J\n"'),
        ("é\u202e", r'"\xe9\u202e"'),
        ("\ud800", r'"\ud800"'),
    ],
)
def test_foreign_text_is_shown_as_escapes(text, expected):
    assert quoted(text) == expected


@pytest.mark.parametrize("text", ["x" * 101, "\x7f" * 30, "\U0001f600" * 5000])
def test_long_text_is_cut_and_says_so(text):
    shown = quoted(text)
    assert re.fullmatch(r'"[ -~]{97}\.\.\."', shown)


def test_text_of_just_the_limit_is_whole():
    assert quoted("x" * 100) == '"' + "x" * 100 + '"'


def test_bytes_that_are_no_utf8_are_shown_too():
    assert quoted_bytes(b"a\xff\x00") == r'"a\ufffd\x00"'
    assert quoted_bytes(b"x" * 9999, 10) == '"xxxxxxx..."'
