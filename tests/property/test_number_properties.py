from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from hypothesis import given
from hypothesis import strategies as st

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


def decimals(*, least: int = -(10**40) + 1):
    made = st.builds(
        lambda digits, exponent: Decimal(digits).scaleb(exponent),
        st.one_of(st.integers(least, 10**40 - 1), st.integers(max(least, -200), 200)),
        st.integers(-40, 40),
    )
    return made.filter(is_within_limits)


@given(decimals(), decimals())
def test_products_and_sums_are_exact(left, right):
    assert Fraction(times(left, right)) == Fraction(left) * Fraction(right)
    assert Fraction(plus(left, right)) == Fraction(left) + Fraction(right)


@given(decimals(least=0), decimals(least=1))
def test_multiples_are_those_of_fractions(value, step):
    count = Fraction(value) / Fraction(step)
    assert is_multiple(value, step) == (count.denominator == 1)
    assert Fraction(remainder(value, step)) == Fraction(value) % Fraction(step)
    assert Fraction(floor_to(value, step)) == floor(count) * Fraction(step)
    assert Fraction(ceil_to(value, step)) == ceil(count) * Fraction(step)


@given(decimals(least=0), decimals(least=1), decimals(least=1))
def test_the_smallest_factor_is_that_of_fractions(product, factor, step):
    steps = ceil(Fraction(product) / (Fraction(factor) * Fraction(step)))
    assert Fraction(smallest_factor(product, factor, step)) == steps * Fraction(step)


@given(decimals())
def test_the_text_of_a_number_is_its_value(value):
    assert "E" not in number_text(value)
    assert Fraction(number_text(value)) == Fraction(normal_text(value)) == Fraction(value)


@given(decimals(), decimals())
def test_one_text_means_one_value(left, right):
    assert (normal_text(left) == normal_text(right)) == (left == right)


@given(decimals(), st.integers(0, 10))
def test_zeros_at_the_end_do_not_change_the_normal_text(value, zeros):
    longer = number_text(value) + ("" if "." in number_text(value) else ".") + "0" * zeros
    assert normal_text(Decimal(longer)) == normal_text(value)
