"""The simulated platform refuses what the documented one refuses, in its words."""

from decimal import Decimal

import pytest

from volvenctl.sandbox.market import simulated_market
from volvenctl.sandbox.rules import faults_of

GOOD = {
    "strategyType": "SMO",
    "productCode": "btcusdt_f",
    "accountId": "99998",
    "side": "BUY",
    "size": Decimal("0.1"),
    "priceLimit": 95000,
    "orderMaxSize": Decimal("0.03"),
    "aggressiveness": Decimal("0.5"),
    "triggerPrice": 94000,
    "useSpikeProtection": False,
    "alwaysPassive": True,
    "autoRun": True,
}


def faults(**changes):
    request = {key: value for key, value in {**GOOD, **changes}.items() if value is not ...}
    return [(fault.field, fault.description) for fault in faults_of(request, simulated_market())]


def test_the_quickstart_example_is_accepted():
    assert faults() == []


def test_the_quickstart_errors_come_word_for_word():
    assert faults(aggressiveness=2, orderMaxSize=0, priceLimit=0, side="HOLD") == [
        ("aggressiveness", "must be between 0 and 1"),
        ("orderMaxSize", "must be greater than 0"),
        ("priceLimit", "must be greater than 0"),
        ("side", 'must match "BUY|SELL"'),
    ]


def test_only_what_is_required_is_enough():
    assert (
        faults(**dict.fromkeys(GOOD.keys() - {"strategyType", "productCode", "accountId", "side", "size"}, ...)) == []
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"strategyType": ...}, ("strategyType", "must not be blank")),
        ({"strategyType": ""}, ("strategyType", "must not be blank")),
        ({"strategyType": 7}, ("strategyType", "must not be blank")),
        ({"accountId": None}, ("accountId", "must not be null")),
        ({"productCode": ...}, ("productCode", "must not be null")),
        ({"side": ...}, ("side", "must not be null")),
        ({"size": ...}, ("size", "must not be null")),
        ({"accountId": 99998}, ("accountId", "must be a string")),
        ({"productCode": ["x"]}, ("productCode", "must be a string")),
        ({"autoRun": "yes"}, ("autoRun", "must be a boolean")),
        ({"alwaysPassive": 1}, ("alwaysPassive", "must be a boolean")),
        ({"size": "0.1"}, ("size", "must be a number")),
        ({"size": True}, ("size", "must be a number")),
        ({"triggerPrice": {}}, ("triggerPrice", "must be a number")),
        ({"triggerPrice": -1}, ("triggerPrice", "must be greater than 0")),
        ({"size": Decimal("1e99")}, ("size", "numeric value out of bounds")),
        ({"aggressiveness": Decimal("-0.1")}, ("aggressiveness", "must be between 0 and 1")),
        ({"aggressiveness": "0.5"}, ("aggressiveness", "must be a number")),
        ({"side": ["BUY"]}, ("side", 'must match "BUY|SELL"')),
        ({"side": "buy"}, ("side", 'must match "BUY|SELL"')),
        ({"accountId": "1"}, ("accountId", "account not found")),
        ({"productCode": "nope"}, ("productCode", "product not found on BYB")),
        ({"productCode": "btcusdc"}, ("productCode", "product not found on BYB")),
        ({"size": Decimal("0.1005")}, ("size", "must be a multiple of sizeIncrement 0.001")),
        ({"size": 1191}, ("size", "must be less than or equal to maxSize 1190.000")),
        ({"orderMaxSize": Decimal("0.2")}, ("orderMaxSize", "must be less than or equal to size")),
        ({"priceLimit": Decimal("95000.05")}, ("priceLimit", "must be a multiple of priceIncrement 0.10")),
    ],
)
def test_each_broken_rule_has_one_fault(changes, expected):
    assert faults(**changes) == [expected]


def test_a_size_below_the_minimum_is_a_fault():
    changes = {
        "accountId": "99994",
        "productCode": "ethusdc",
        "priceLimit": 5000,
        "triggerPrice": ...,
        "orderMaxSize": ...,
    }
    assert faults(**changes, size=Decimal("0.004")) == [("size", "must be greater than or equal to minSize 0.007")]


def test_a_price_below_the_minimum_is_a_fault():
    changes = {"accountId": "99999", "triggerPrice": Decimal("556.70"), "size": 1, "orderMaxSize": 1}
    assert faults(**changes) == [("triggerPrice", "must be greater than or equal to minPrice 556.80")]


def test_an_order_below_the_minimum_value_is_a_fault():
    changes = {"productCode": "btcusdt", "size": Decimal("0.00005"), "orderMaxSize": ..., "triggerPrice": ...}
    assert faults(**changes) == [("size", "order value must be at least 5 USDT")]
    assert faults(**changes, priceLimit=...) == []


def test_a_removed_product_and_an_account_that_is_not_active_are_faults():
    luna = {"productCode": "lunausdt_f", "size": 1, "orderMaxSize": 1, "priceLimit": 1000, "triggerPrice": ...}
    assert faults(**luna) == [("productCode", "product is removed")]
    assert faults(accountId="99996", productCode="btcusd_f") == [("accountId", "account is not active for FUTURES")]


def test_blank_bounds_are_no_rules():
    assert (
        faults(accountId="99997", productCode="btcusdt", size=Decimal("0.00001"), orderMaxSize=..., priceLimit=...)
        == []
    )


@pytest.mark.parametrize("request_", [{"strategyType": "TWAP"}, {"strategyType": "MINE", "size": -1}])
def test_other_types_are_taken_as_they_come(request_):
    assert faults_of(request_, simulated_market()) == ()
