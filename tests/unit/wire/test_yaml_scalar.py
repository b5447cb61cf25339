from decimal import Decimal

import pytest

from volvenctl.wire.yaml_scalar import Unclear, plain_value, shown


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("0", "0"),
        ("-3", "-3"),
        ("+5", "5"),
        ("0.10", "0.10"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-0.0", "-0.0"),
        ("1e3", "1E+3"),
        ("1E-8", "1E-8"),
        ("1.5e-8", "1.5E-8"),
        ("12345678901234567890.12345678901234567890", "12345678901234567890.12345678901234567890"),
        ("1e40", "1E+40"),
        ("1e-40", "1E-40"),
        ("1e-0000000000000000000000008", "1E-8"),
    ],
)
def test_a_number_keeps_its_digits(text, digits):
    value = plain_value(text)
    assert isinstance(value, Decimal)
    assert str(value) == digits


@pytest.mark.parametrize(
    "text", ["1" * 41, "1" * 5000, "1e41", "1e-41", "1e400", "1e99999999999999999999", "0e-999999"]
)
def test_a_number_beyond_the_limits_is_refused(text):
    value = plain_value(text)
    assert isinstance(value, Unclear)
    assert "more than 40 significant digits or an exponent beyond 40" in value.message


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_null_is_written_in_five_ways(text):
    assert plain_value(text) is None


@pytest.mark.parametrize(
    ("text", "value"), [(word, word.lower() == "true") for word in ("true", "True", "TRUE", "false", "False", "FALSE")]
)
def test_true_and_false_have_three_spellings_each(text, value):
    assert plain_value(text) is value


@pytest.mark.parametrize(
    "text",
    [
        *("y", "Y", "yes", "YES", "Yes", "yEs", "n", "N", "no", "NO", "nO", "on", "On", "ON", "off", "Off", "oFf"),
        *("=", "<<"),
        *(
            "0123",
            "-0123",
            "089",
            "00",
            "01.5",
            "1_000",
            "1_000.5",
            "50,000",
            "1,5",
            "1,000,000.00",
            ".5_0",
        ),
        *("0x1F", "0XfF", "-0x1", "0b11", "0o17", "0O7", "12:30:45", "12:30", "8080:80", "-1:30.5"),
        *(".inf", "-.Inf", "+.INF", ".nan", ".NaN", ".NAN"),
        *("１２", "0.１", "\u22125", "\u20135", "１，０００", "٣", "1٫5", "1٬000", "0.1\u200b", "ｙｅｓ", "\u200b"),
    ],
)
def test_what_readers_or_people_disagree_on_is_refused_with_the_advice_to_quote(text):
    value = plain_value(text)
    assert isinstance(value, Unclear)
    assert "quote it" in value.message


@pytest.mark.parametrize(
    "text",
    [
        *(
            "btcusdt_f",
            "BUY",
            "volvenctl/v1",
            "tRue",
            "nULL",
            "nothing",
            "2024-01-01",
            "2024-13-45",
            "2024-01-01T12:30:45Z",
        ),
        *(
            "1.2.3",
            "10.0.0.1",
            "1 000",
            "50%",
            "1a",
            "-a",
            "+",
            ".",
            "..",
            "1e",
            "0x",
            "0b2",
            "12:",
            ":12",
            "1-2",
            "abc:12",
        ),
        *("币安人生usdt", "é", "½", "１" * 101, "a" * 200),
    ],
)
def test_everything_else_is_text(text):
    assert plain_value(text) == text


def test_a_lookalike_shows_which_characters_it_holds():
    assert plain_value("\u22125") == Unclear(
        r"'\u22125' looks like '-5' but holds other characters: type it in ASCII, or quote it"
    )


def test_a_shown_text_is_short_and_has_no_control_characters():
    assert shown("a\x1b[2J\u202e") == r"'a\x1b[2J\u202e'"
    assert shown("x" * 41) == "'" + "x" * 40 + "...'"
