import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import builders_report as build
import pytest
from builders_world import ACCOUNTS, PRODUCTS
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from volvenctl.adapters.schema_files import document_schema
from volvenctl.errors import ConfigError
from volvenctl.model.catalog import Snapshot
from volvenctl.wire.snapshot_v1 import read_snapshot, snapshot_text

AT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
SNAPSHOT = Snapshot("production", AT, ACCOUNTS, PRODUCTS)


def written(**changes):
    return {**json.loads(snapshot_text(SNAPSHOT)), **changes}


def with_product(**changes):
    document = written()
    return {**document, "products": [{**document["products"][0], **changes}]}


def refused(document):
    with pytest.raises(ConfigError) as caught:
        read_snapshot(json.dumps(document).encode())
    assert caught.value.hint == "take a new one: volvenctl snapshot"
    return caught.value.message.removeprefix("the snapshot cannot be used: ")


def test_a_snapshot_is_read_back_as_it_was_written():
    assert read_snapshot(snapshot_text(SNAPSHOT).encode()) == SNAPSHOT


def test_bounds_keep_every_digit():
    exact = replace(PRODUCTS[0], min_size=Decimal("0.10"), max_size=Decimal("12345678901234567890.123456789"))
    read = read_snapshot(snapshot_text(replace(SNAPSHOT, products=(exact,))).encode())
    assert [str(value) for value in (read.products[0].min_size, read.products[0].max_size)] == [
        "0.10",
        "12345678901234567890.123456789",
    ]


def test_each_account_and_product_has_a_line_of_its_own_in_order():
    second = replace(ACCOUNTS[0], id="11111")
    other = replace(PRODUCTS[0], exchange="BIN")
    lines = snapshot_text(Snapshot("a", AT, (*ACCOUNTS, second), (*PRODUCTS, other))).splitlines()
    items = [json.loads(line.rstrip(",")) for line in lines if line.startswith("{") and len(line) > 1]
    assert [item.get("accountId") or item["exchangeCode"] for item in items] == ["11111", "99998", "BIN", "BYB"]


def test_a_snapshot_of_nothing_is_one_too():
    empty = Snapshot("a", AT, (), ())
    assert read_snapshot(snapshot_text(empty).encode()) == empty


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_every_snapshot_is_as_its_schema_says_whatever_the_content(text):
    account, product = build.account(text), build.product(text, unreadable=(text,))
    snapshot = Snapshot(text, AT, (account,), (product,))
    content = snapshot_text(snapshot)
    assert content.isascii()
    Draft202012Validator(document_schema("snapshot")).validate(json.loads(content))
    assert read_snapshot(content.encode()) == snapshot


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"null", b"\xff", b'{"formatVersion": 1, "formatVersion": 1}'])
def test_what_is_no_json_object_is_refused(content):
    with pytest.raises(ConfigError, match="the snapshot cannot be used"):
        read_snapshot(content)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (written(formatVersion=2), "it is no JSON object with a formatVersion of 1"),
        (written(environment=None), "it has no usable environment"),
        (written(takenAt="yesterday"), "its takenAt is no moment"),
        (written(takenAt="2026-01-02T03:04:05"), "its takenAt is no moment"),
        (written(accounts={}), "it has no usable accounts"),
        (written(accounts=[1]), "item 1 of accounts is no JSON object"),
        (written(accounts=[{**written()["accounts"][0], "spotActive": 1}]), "item 1 of accounts: it has no usable"),
        (written(accounts=written()["accounts"] * 2), "item 2 of accounts is there twice"),
        (written(products=written()["products"] * 2), "item 2 of products is there twice"),
        (with_product(minSize="0"), "item 1 of products: it has no usable minSize"),
        (with_product(minSize="-1"), "item 1 of products: it has no usable minSize"),
        (with_product(minSize="1e5"), "item 1 of products: it has no usable minSize"),
        (with_product(minSize=1), "item 1 of products: it has no usable minSize"),
        (with_product(minSize="1" * 41), "item 1 of products: it has no usable minSize"),
        (with_product(removed="false"), "item 1 of products: it has no usable removed"),
        (with_product(unreadable=[1]), "item 1 of products: it has no usable unreadable"),
    ],
)
def test_what_cannot_be_understood_is_refused_and_never_taken_for_no_rule(document, reason):
    assert refused(document).startswith(reason)


def test_a_missing_bound_is_not_the_same_as_none():
    document = written()
    del document["products"][0]["sizeIncrement"]
    assert refused(document) == "item 1 of products: it has no usable sizeIncrement"
