"""The grid of values that a product allows."""

from decimal import Decimal

import pytest
from builders_check import decimal, product

from volvenctl.core.bounds import Bounds, broken_notional, min_notional_of, price_bounds, size_bounds


def bounds(step=None, low=None, high=None):
    return Bounds("size", decimal(step), decimal(low), decimal(high), "x on BYB")


@pytest.mark.parametrize(
    ("rules", "value", "codes"),
    [
        (bounds("0.001", "0.001", "10"), "0.001", []),
        (bounds("0.001", "0.001", "10"), "10", []),
        (bounds("0.001", "0.001", "10"), "0.0015", ["size-step"]),
        (bounds("0.001", "0.002", "10"), "0.0015", ["size-step", "size-minimum"]),
        (bounds("0.001", "0.001", "10"), "10.001", ["size-maximum"]),
        (bounds("0.001", "0.001", "10"), "10.0001", ["size-step", "size-maximum"]),
        (bounds(), "0.123456789", []),
        (bounds(None, "1", None), "0.5", ["size-minimum"]),
    ],
)
def test_every_broken_rule_is_named(rules, value, codes):
    assert [code for code, _ in rules.faults(Decimal(value))] == codes


@pytest.mark.parametrize(
    ("rules", "value", "nearest"),
    [
        (bounds("0.001"), "0.0015", ["0.001", "0.002"]),
        (bounds("0.001"), "0.0005", ["0.001"]),
        (bounds("0.001"), "-5", ["0.001"]),
        (bounds("0.5", "0.7"), "0.7", ["1.0"]),
        (bounds("0.5", "0.7"), "1.2", ["1.0", "1.5"]),
        (bounds("5", "7", "23"), "22", ["20"]),
        (bounds("5", "7", "23"), "100", ["20"]),
        (bounds("5", "7", "9"), "8", []),
        (bounds(None, "1", "2"), "0.5", ["1"]),
        (bounds(None, "1", "2"), "3", ["2"]),
        (bounds(None, None, "2"), "3", ["2"]),
        (bounds(), "-1", []),
        (bounds("0.1", None, "0.05"), "0.1", []),
    ],
)
def test_nearest_values_are_valid_and_the_lower_one_comes_first(rules, value, nearest):
    assert rules.nearest(Decimal(value)) == tuple(map(Decimal, nearest))


def test_nearest_values_can_be_narrowed_further():
    assert bounds("0.1").nearest(Decimal(1), at_least=Decimal("1.05")) == (Decimal("1.1"),)
    assert bounds("0.1").nearest(Decimal("1.05"), at_most=Decimal("1.05")) == (Decimal("1.0"),)
    assert bounds("0.1", None, "2").nearest(Decimal(3), at_most=Decimal("2.5")) == (Decimal("2.0"),)


def test_the_least_value_for_a_notional_is_on_the_grid():
    assert bounds("0.001").least_for_notional(Decimal(5), Decimal(3)) == Decimal("1.667")
    assert bounds().least_for_notional(Decimal(5), Decimal(3)) is None


def test_a_product_gives_the_rules_of_its_metadata():
    assert size_bounds(product()) == Bounds("size", *map(Decimal, ("0.001", "0.001", "1190.000")), "btcusdt_f on BYB")
    assert price_bounds(product()) == Bounds("price", Decimal("0.10"), Decimal("0.10"), None, "btcusdt_f on BYB")


def test_a_notional_is_measured_only_where_it_is_known():
    known, unknown = product(min_notional="5"), product(min_notional="5", has_contract_value=True)
    assert min_notional_of(known) == 5
    assert min_notional_of(unknown) is None
    assert broken_notional(known, Decimal(1), Decimal("4.99")) == "minNotionalValue 5 USDT of btcusdt_f on BYB"
    assert broken_notional(known, Decimal(1), Decimal(5)) == ""
    assert broken_notional(known, Decimal(1), None) == ""
    assert broken_notional(unknown, Decimal(1), Decimal(1)) == ""
