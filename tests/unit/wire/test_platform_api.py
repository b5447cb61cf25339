"""The platform's answers, read strictly where they are used and tolerantly elsewhere."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from volvenctl.errors import PlatformError
from volvenctl.model.catalog import Account
from volvenctl.model.names import StrategyId
from volvenctl.model.outcome import FieldFault, Request
from volvenctl.wire import platform_api
from volvenctl.wire.platform_api import read_accounts, read_faults, read_products, read_strategies

ACCOUNT = {
    "id": "99998",
    "name": "Bybit",
    "exchangeCode": "BYB",
    "apiKey": "CANARY-KEY",
    "spot": {"isActive": True},
    "futures": {"isActive": False, "settings": {}},
    "later": [{}],
}
PRODUCT = {
    "productCode": "btcusdt_f",
    "exchangeCode": "BYB",
    "base": "BTC",
    "quote": "USDT",
    "minSize": "0.001",
    "maxSize": "1190.000",
    "minPrice": "0.10",
    "sizeIncrement": "0.001",
    "priceIncrement": "0.10",
    "productType": "FUTURES",
    "name": "BTCUSDT USDT Perpetual",
    "contractType": "PERPETUAL",
    "contractValue": "",
    "removed": False,
}


def body(*items):
    return json.dumps(items).encode()


def product(**changes):
    return read_products(body({**PRODUCT, **changes}))[0]


def test_the_requests_are_those_of_the_documentation():
    create = platform_api.create_request("{}")
    assert create == Request("POST", "/strategy-orchestrator/strategies/action/create", "{}")
    assert platform_api.find_request() == Request("POST", "/strategy-orchestrator/strategies/find", "")
    assert platform_api.accounts_request() == Request("GET", "/as/v3/accounts", "")
    assert platform_api.products_request(None).path == "/mms/v2/productDetails"
    assert platform_api.products_request("B&B").path == "/mms/v2/productDetails?exchangeCode=B%26B"


@pytest.mark.parametrize(
    ("identifier", "segment"), [("s-1", "s-1"), ("a/b?c#d%", "a%2Fb%3Fc%23d%25"), ("..", "%2E%2E"), ("a.b", "a.b")]
)
def test_no_id_can_change_the_path_of_an_action(identifier, segment):
    request = platform_api.action_request("stop", StrategyId(identifier))
    assert request == Request("PUT", f"/strategy-orchestrator/strategies/{segment}/action/stop", "")


def test_an_account_is_read_without_its_api_key():
    accounts = read_accounts(body(ACCOUNT))
    assert accounts == (Account("99998", "Bybit", "BYB", spot_active=True, futures_active=False),)
    assert "CANARY" not in repr(accounts)


@pytest.mark.parametrize("section", [None, {}, [], {"isActive": "true"}, {"isActive": 1}, "on"])
def test_only_a_plain_true_makes_an_account_active(section):
    assert not read_accounts(body({**ACCOUNT, "spot": section}))[0].spot_active


@pytest.mark.parametrize("name", [None, 7, {}])
def test_a_name_is_not_needed(name):
    assert not read_accounts(body({**ACCOUNT, "name": name}))[0].name


@pytest.mark.parametrize("value", [None, "", 7, True, [], {}])
@pytest.mark.parametrize("key", ["id", "exchangeCode"])
def test_an_account_that_cannot_be_used_is_named_by_its_number(key, value):
    with pytest.raises(PlatformError, match=f"accounts: item 2 of the answer has no usable {key}"):
        read_accounts(body(ACCOUNT, {**ACCOUNT, key: value}))


def test_two_accounts_with_one_id_are_refused_and_a_repeated_one_is_not():
    assert len(read_accounts(body(ACCOUNT, ACCOUNT))) == 1
    with pytest.raises(PlatformError, match=r"item 2 .* id of another account"):
        read_accounts(body(ACCOUNT, {**ACCOUNT, "exchangeCode": "BIN"}))


@pytest.mark.parametrize("read", [read_accounts, read_products, read_strategies])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"{}",
        b'"x"',
        b"<html>",
        b"[",
        b"[{}",
        b'[{"a":1,"a":2}]',
        b"[NaN]",
        b'["\\ud800"]',
        b"\xff",
        b"[1]",
        b"[null]",
        b"[[]]",
        b"[" * 100000,
    ],
)
def test_what_is_no_list_of_objects_is_refused_without_quoting_it(read, content):
    with pytest.raises(PlatformError) as caught:
        read(content)
    assert "answer" in caught.value.message
    assert caught.value.__context__ is None


def test_an_error_holds_nothing_of_the_answer():
    for content in (body(ACCOUNT)[:-1], body({**ACCOUNT, "id": 7}), body(ACCOUNT, "CANARY-KEY")):
        with pytest.raises(PlatformError) as caught:
            read_accounts(content)
        assert "CANARY" not in repr(caught.value) + caught.value.hint
        assert caught.value.__context__ is None


def test_a_product_is_read_exactly():
    read = product()
    assert (read.code, read.exchange, read.type, read.base, read.quote) == (
        "btcusdt_f",
        "BYB",
        "FUTURES",
        "BTC",
        "USDT",
    )
    assert (read.name, read.contract_type) == ("BTCUSDT USDT Perpetual", "PERPETUAL")
    bounds = (read.min_size, read.max_size, read.size_increment, read.min_price, read.price_increment)
    assert list(map(str, bounds)) == ["0.001", "1190.000", "0.001", "0.10", "0.10"]
    assert (read.min_notional, read.has_contract_value, read.removed, read.unreadable) == (None, False, False, ())


@pytest.mark.parametrize("value", ["", None, "0", "0.000", "-0", "0e99", 0])
def test_a_blank_or_zero_bound_is_no_rule(value):
    read = product(minSize=value)
    assert (read.min_size, read.unreadable) == (None, ())


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("1", 1),
        ("1.", 1),
        ("1e3", 1000),
        ("1E-8", Decimal("0.00000001")),
        (5, 5),
        ("1" * 40, int("1" * 40)),
        ("1e-40", None),
    ],
)
def test_a_bound_may_be_text_or_a_number(value, number):
    read = product(minSize=value)
    assert read.min_size == (Decimal("1e-40") if number is None else number)
    assert read.unreadable == ()


def test_a_number_in_the_answer_keeps_its_digits():
    content = body(PRODUCT).replace(b'"0.001"', b"0.00100000000000000000000001")
    assert str(read_products(content)[0].min_size) == "0.00100000000000000000000001"


@pytest.mark.parametrize(
    "value",
    [
        "-1",
        -1,
        "abc",
        " 1",
        "1 ",
        "1_000",
        "1,5",
        "NaN",
        "Infinity",
        "0x10",
        "+1",
        ".5",
        "١",
        "1e41",
        "1e-41",
        "1e999999999",
        "1" * 41,
        10**41,
        True,
        False,
        [],
        {},
        ["1"],
        "\u202e1",
        "1" * 10000,
    ],
)
@pytest.mark.parametrize(
    "key", ["minSize", "maxSize", "sizeIncrement", "minPrice", "priceIncrement", "minNotionalValue"]
)
def test_a_bound_that_is_no_usable_number_is_never_taken_for_no_rule(key, value):
    read = product(**{key: value})
    assert len(read.unreadable) == 1
    assert read.unreadable[0].startswith(f"{key} ")
    assert read.unreadable[0].isascii()
    assert len(read.unreadable[0]) < 80


@pytest.mark.parametrize(
    ("value", "given"), [("", False), (None, False), ("0", False), (0, False), ("10", True), (1, True)]
)
@pytest.mark.parametrize("key", ["contractValue"])
def test_a_contract_value_counts_unless_blank_or_zero(key, value, given):
    assert product(**{key: value}).has_contract_value is given


@pytest.mark.parametrize("value", ["abc", "-1", True, []])
def test_a_contract_value_of_any_other_kind_counts_too(value):
    assert product(contractValue=value).has_contract_value


@pytest.mark.parametrize(
    ("value", "removed", "faults"), [(True, True, 0), (None, False, 0), ("true", False, 1), (1, False, 1)]
)
def test_removed_is_a_plain_truth_value(value, removed, faults):
    read = product(removed=value)
    assert (read.removed, len(read.unreadable)) == (removed, faults)


@pytest.mark.parametrize("key", ["productCode", "exchangeCode"])
def test_a_product_without_a_code_is_refused(key):
    with pytest.raises(PlatformError, match=f"products: item 1 of the answer has no usable {key}"):
        product(**{key: 1})


def test_missing_texts_are_empty():
    read = read_products(body({"productCode": "x", "exchangeCode": "Y"}))[0]
    assert (read.type, read.base, read.quote, read.name, read.contract_type) == ("", "", "", "", "")


def test_a_product_that_is_listed_twice_cannot_be_used():
    first, other = read_products(body(PRODUCT, {**PRODUCT, "minSize": "5"}, {**PRODUCT, "exchangeCode": "BIN"}))
    assert first.unreadable == ("productCode listed more than once",)
    assert other.unreadable == ()


def test_a_product_of_an_exchange_that_was_not_asked_for_is_refused():
    assert len(read_products(body(PRODUCT), "BYB")) == 1
    with pytest.raises(PlatformError, match="item 1"):
        read_products(body(PRODUCT), "BIN")


def test_codes_in_any_script_survive():
    assert product(productCode="币安人生usdt").code == "币安人生usdt"


def test_a_strategy_is_read_with_its_words():
    item = {
        "strategyId": "s-1",
        "eventTime": "2025-09-22T12:54:25.732Z",
        "state": {"status": "RUNNING", "n": 1},
        "version": 2,
    }
    (read,) = read_strategies(body(item))
    assert (read.id, read.state) == ("s-1", {"status": "RUNNING"})
    assert read.event_time == datetime(2025, 9, 22, 12, 54, 25, 732000, UTC)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2025-01-01T00:00:00+02:00", 2024),
        ("2025-01-01T00:00:00", 2025),
        ("", None),
        ("soon", None),
        (None, None),
        (5, None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
    ],
)
def test_a_time_that_cannot_be_read_is_none(text, year):
    at = read_strategies(body({"strategyId": "s-1", "eventTime": text}))[0].event_time
    assert (at and at.year) == year


@pytest.mark.parametrize("state", [None, [], "RUNNING", 3])
def test_a_state_that_is_no_map_is_empty(state):
    assert read_strategies(body({"strategyId": "s-1", "state": state}))[0].state == {}


@pytest.mark.parametrize("value", [None, "", 7, "a b", "a\n", "é", "x" * 129, []])
def test_a_strategy_without_a_proper_id_is_refused(value):
    with pytest.raises(PlatformError, match="find: item 1 of the answer has no usable strategyId"):
        read_strategies(body({"strategyId": value}))


def test_each_strategy_is_found_once():
    found = read_strategies(body({"strategyId": "b"}, {"strategyId": "a"}, {"strategyId": "b"}))
    assert [item.id for item in found] == ["b", "a"]


@pytest.mark.parametrize(
    ("answer", "faults"),
    [
        ({"errors": [{"field": "side", "description": "bad"}]}, [("side", "bad")]),
        ({"errors": [{"fields": ["a", "b"], "description": "bad"}]}, [("a", "bad"), ("b", "bad")]),
        ({"errors": [{"field": "a", "fields": ["a", "b", 7, ""], "description": "bad"}]}, [("a", "bad"), ("b", "bad")]),
        ({"errors": [{"field": 7, "fields": "x"}]}, [("", "no description")]),
        ({"errors": [{"field": "a", "message": "why"}]}, [("a", "why")]),
        ({"errors": [], "message": "Malformed"}, [("", "Malformed")]),
        ({"errors": "x", "error": "Bad Request"}, [("", "Bad Request")]),
        ({"errors": [7, None], "message": "M", "error": "E"}, [("", "M")]),
        ({"message": 7}, []),
        ({}, []),
        ({"message": "x" * 9999}, [("", "x" * 500)]),
        ({"errors": [{"field": "a", "description": "x" * 9999}]}, [("a", "x" * 500)]),
    ],
)
def test_both_documented_shapes_of_errors_are_read(answer, faults):
    assert read_faults(answer) == tuple(FieldFault(*fault) for fault in faults)


def test_a_flood_of_errors_is_cut():
    flood = {"errors": [{"fields": [str(number) for number in range(999)], "description": "x"}] * 999}
    assert len(read_faults(flood)) == 100
