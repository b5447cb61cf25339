from decimal import Decimal, Inexact

import pytest

from volvenctl.model.number import (
    ceil_to,
    floor_to,
    is_multiple,
    is_within_limits,
    normal_text,
    number_text,
    plus,
    remainder,
    smallest_factor,
    times,
)

D = Decimal


@pytest.mark.parametrize("text", ["0", "-0", "0.00", "1" * 40, "-" + "9" * 40, "1e40", "1e-40", "0." + "0" * 39 + "1"])
def test_forty_digits_and_exponents_within_forty_are_fine(text):
    assert is_within_limits(D(text))


@pytest.mark.parametrize("text", ["1" * 41, "1e41", "1e-41", "NaN", "-Infinity", "sNaN", "1" + "0" * 40, "0e50"])
def test_more_is_beyond_the_limits(text):
    assert not is_within_limits(D(text))


@pytest.mark.parametrize(
    ("text", "written"),
    [("0.10", "0.10"), ("1e-8", "0.00000001"), ("5e4", "50000"), ("-1.5E+3", "-1500"), ("0E-3", "0.000")],
)
def test_number_text_keeps_digits_and_writes_exponents_out(text, written):
    assert number_text(D(text)) == written


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (D("0.10"), "0.1"),
        (D("1e3"), "1000"),
        (D("100"), "100"),
        (D("-0.0"), "0"),
        (D("-0"), "0"),
        (D("0E+3"), "0"),
        (5, "5"),
        (D("-2.50"), "-2.5"),
    ],
)
def test_numbers_equal_in_value_have_one_text(value, text):
    assert normal_text(value) == text


def test_products_and_sums_are_exact_at_the_limits():
    most = D("9" * 40)
    least = D("1e-40")
    assert times(most, most) == int("9" * 40) ** 2
    assert str(plus(most, least)) == "9" * 40 + "." + "0" * 39 + "1"


def test_what_cannot_be_exact_raises():
    with pytest.raises(Inexact):
        plus(D("1e700"), D("1e-700"))


@pytest.mark.parametrize(
    ("value", "step", "below", "above"),
    [
        ("0.0015", "0.001", "0.001", "0.002"),
        ("0.002", "0.001", "0.002", "0.002"),
        ("0", "0.5", "0", "0"),
        ("7", "2.5", "5", "7.5"),
        ("1e-40", "1e40", "0", "1e40"),
    ],
)
def test_multiples_around_a_value(value, step, below, above):
    assert floor_to(D(value), D(step)) == D(below)
    assert ceil_to(D(value), D(step)) == D(above)
    assert is_multiple(D(value), D(step)) == (below == above)


def test_a_remainder_is_what_is_left_of_whole_steps():
    assert remainder(D("10.1"), D("0.1")) == 0
    assert remainder(D("1e40"), D("3")) == 1


@pytest.mark.parametrize(
    ("product", "factor", "step", "smallest"),
    [("10", "95000", "0.001", "0.001"), ("100", "3", "0.1", "33.4"), ("5", "2.5", "1", "2"), ("0", "7", "1", "0")],
)
def test_the_smallest_factor_reaches_the_product(product, factor, step, smallest):
    assert smallest_factor(D(product), D(factor), D(step)) == D(smallest)
