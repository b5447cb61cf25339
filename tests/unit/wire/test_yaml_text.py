import codecs

import pytest

from volvenctl.wire.yaml_text import MAX_BYTES, BadText, decoded


@pytest.mark.parametrize(
    "content",
    [
        "ä: 币".encode(),
        codecs.BOM_UTF8 + "ä: 币".encode(),
        codecs.BOM_UTF16_LE + "ä: 币".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "ä: 币".encode("utf-16-be"),
    ],
)
def test_utf8_and_marked_utf16_are_read_without_the_mark(content):
    assert decoded(content) == "ä: 币"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\xff", (1, 1)),
        ("a: 1\r\nä: ".encode() + b"\xe9", (2, 4)),
        (b"a: 1\rb: \xed\xa0\x80", (2, 4)),
        (codecs.BOM_UTF16_LE + "a\n".encode("utf-16-le") + b"\x00\xd8", (2, 1)),
        (codecs.BOM_UTF16_BE + b"a", (1, 1)),
    ],
)
def test_bytes_that_are_no_text_are_refused_where_they_stand(content, place):
    bad = decoded(content)
    assert isinstance(bad, BadText)
    assert (bad.line, bad.column) == place
    assert "not valid UTF-" in bad.message


@pytest.mark.parametrize(
    "character", ["\0", "\x07", "\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\ufeff", "\ufffe"]
)
def test_a_character_that_hides_something_is_refused_where_it_stands(character):
    assert decoded(f"ä: 1\n# é{character}size: 1".encode()) == BadText(
        2, 4, f"the character U+{ord(character):04X} may not stand in a file: write it as an escape in double quotes"
    )


def test_utf32_is_refused():
    assert isinstance(decoded("a: 1".encode("utf-32")), BadText)


@pytest.mark.parametrize(("text", "place"), [("%TAG ! tag:x:\n---\na", (1, 1)), ("# a\n%TAG\t! x", (2, 1))])
def test_tag_directives_are_refused(text, place):
    bad = decoded(text.encode())
    assert isinstance(bad, BadText)
    assert (bad.line, bad.column) == place


def test_the_letters_of_a_tag_directive_may_stand_in_a_text():
    assert decoded(b"a: 5 %TAG x") == "a: 5 %TAG x"


def test_a_file_of_64_mib_is_read_and_a_larger_one_is_not():
    assert isinstance(decoded(b" " * MAX_BYTES), str)
    assert decoded(b" " * (MAX_BYTES + 1)) == BadText(1, 1, "the file is larger than 64 MiB")
