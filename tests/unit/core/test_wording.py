"""Words for messages."""

from decimal import Decimal

import pytest

from volvenctl.core.wording import did_you_mean, kind_of, shown, similar


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (5, "5"),
        (Decimal("1e-8"), "0.00000001"),
        (Decimal("0.10"), "0.10"),
        ("it's", '"it\'s"'),
        ("\x1b[31m\u202e\n", r"'\x1b[31m\u202e\n'"),
        ("龙虾usdt", "'龙虾usdt'"),
        ("x" * 100, "'" + "x" * 56 + "..."),
        (Decimal("1e70"), "1" + "0" * 56 + "..."),
        (["secret"], "a list"),
        ({"secret": 1}, "a mapping"),
    ],
)
def test_a_value_is_shown_short_and_harmless(value, text):
    assert shown(value) == text


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "nothing"),
        (True, "a truth value"),
        (1, "a number"),
        ("a", "text"),
        ((), "a list"),
        ({}, "a mapping"),
    ],
)
def test_every_json_value_has_a_kind(value, kind):
    assert kind_of(value) == kind


def test_similar_words_are_found_whatever_their_case_best_first():
    known = ("btcusdt", "btcusdt_f", "BTCUSDC")
    assert similar("BTCUSDT", known, 3) == ("btcusdt", "btcusdt_f", "BTCUSDC")
    assert similar("xyz", known) == ()


def test_did_you_mean_lists_the_words():
    assert did_you_mean(()) == ""
    assert did_you_mean(("a", "b")) == " (did you mean a or b?)"
