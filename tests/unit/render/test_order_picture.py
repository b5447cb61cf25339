"""The picture of a Smart Order says in figures exactly what its request says."""

from decimal import Decimal

import builders_render as build
import pytest
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.render.order_picture import order_lines, order_of, slice_edges, slices_text, terms_text

SIZES = st.decimals("0.001", "1000000", places=3).filter(bool)


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        (
            {},
            ("slices  [==][==][==][=]  3 x 0.03 + 0.01", "price   === 94,000 trigger === 95,000 limit ---"),
        ),
        (
            {"side": '"SELL"'},
            ("slices  [==][==][==][=]  3 x 0.03 + 0.01", "price   --- 94,000 trigger --- 95,000 limit ==="),
        ),
        (
            {"side": '"SELL"', "triggerPrice": "96000"},
            ("slices  [==][==][==][=]  3 x 0.03 + 0.01", "price   --- 95,000 limit === 96,000 trigger ==="),
        ),
        (
            {"orderMaxSize": "0.05", "triggerPrice": None},
            ("slices  [==][==]  2 x 0.05", "price   === 95,000 limit ---"),
        ),
        (
            {"orderMaxSize": None, "priceLimit": None},
            ("slices  [==========]  up to 0.1 in one order", "price   === 94,000 trigger ==="),
        ),
        (
            {"triggerPrice": "95000.0"},
            ("slices  [==][==][==][=]  3 x 0.03 + 0.01", "price   === 95,000 trigger and limit ---"),
        ),
        (
            {"size": "100", "orderMaxSize": "0.03", "priceLimit": None, "triggerPrice": None},
            ("slices  [==][==][==]...[==][=]  3,333 x 0.03 + 0.01",),
        ),
    ],
)
def test_an_order_is_drawn_as_slices_and_a_price_axis(fields, lines):
    assert order_lines(build.order(**fields)) == lines


@pytest.mark.parametrize(
    ("fields", "phrase"),
    [
        ({}, "BUY 0.1  up to 95,000, once the price crosses 94,000"),
        ({"productCode": '"x"', "side": '"SELL"', "triggerPrice": None}, "SELL 0.1 x down to 95,000"),
        ({"priceLimit": None, "triggerPrice": None}, "BUY 0.1 at any price"),
    ],
)
def test_an_order_is_said_in_one_phrase(fields, phrase):
    assert terms_text(build.order(**fields)) == phrase.replace("  ", " ")


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "{}",
        '{"strategyType":"GRID","side":"BUY","size":1}',
        '{"strategyType":"SMO","side":"HOLD","size":1}',
        '{"strategyType":"SMO","side":"BUY"}',
        '{"strategyType":"SMO","side":"BUY","size":"1"}',
        '{"strategyType":"SMO","side":"BUY","size":true}',
        '{"strategyType":"SMO","side":"BUY","size":0}',
        '{"strategyType":"SMO","side":"BUY","size":-1}',
        '{"strategyType":"SMO","side":"BUY","size":1e300}',
        '{"strategyType":"SMO","side":"BUY","size":1,"priceLimit":null}',
        '{"strategyType":"SMO","side":"BUY","size":1,"orderMaxSize":2}',
        '{"strategyType":"SMO","side":"BUY","size":1,"triggerPrice":[1]}',
    ],
)
def test_what_cannot_be_drawn_exactly_is_not_drawn(body):
    assert order_of(build.request(body)) is None


@given(SIZES, SIZES)
def test_the_slices_add_up_to_the_size_exactly(size, most):
    order = build.order(size=str(max(size, most)), orderMaxSize=str(min(size, most)))
    assert order.whole * order.slice + order.rest == order.size
    assert 0 <= order.rest < order.slice
    assert slices_text(order).startswith(f"{order.whole:,} x ")


@given(SIZES, SIZES)
def test_a_bar_is_filled_from_end_to_end_in_order(size, most):
    edges = slice_edges(build.order(size=str(max(size, most)), orderMaxSize=str(min(size, most))), 1000, 60)
    assert edges == tuple(sorted(edges))
    assert (edges[0], edges[-1]) == (0, 1000)
    assert len(edges) <= 61


def test_slices_are_as_wide_as_their_share_of_the_size():
    assert slice_edges(build.order(), 1000, 60) == (0, 300, 600, 900, 1000)
    assert slice_edges(build.order(orderMaxSize=None), 1000, 60) == (0, 1000)
    assert slice_edges(build.order(size="61", orderMaxSize="1"), 1000, 60) == (0, 1000)


def test_long_figures_stay_exact():
    order = build.order(size="1234567890123456789.123456789", orderMaxSize="0.000000001", priceLimit="0.00000001")
    assert order.size == Decimal("1234567890123456789.123456789")
    assert "1,234,567,890,123,456,789,123,456,789 x 0.000000001" in order_lines(order)[0]
