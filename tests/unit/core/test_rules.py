"""The rules for sizes and prices, each accepted at its edge and refused beyond it."""

from decimal import Decimal

import pytest
from builders_check import account, catalog, codes, product, run_check, smo
from builders_legs import FANOUT, SPREAD, fanout, role, spread

from volvenctl.model.spec import Notional

SPOT = product(
    "btcusdt", type="SPOT", min_size="0.000001", size_increment="0.000001", min_notional="5", price_increment="0.01"
)


def check_smo(*rules, offline=False, **fields):
    """Check an SMO on `btcusdt_f`, or on the product given."""
    known = catalog(*rules) if rules else None
    code = {"productCode": rules[0].code} if rules else {}
    return run_check(smo(**{**code, **fields}), known=known, offline=offline)


def messages(checked):
    return [(item.code, item.path, item.message, item.suggestions) for item in checked.problems]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"size": "0.001"}, []),
        ({"size": "0.0010"}, []),
        ({"size": "0.0015"}, ["size-step"]),
        ({"size": "0.0005"}, ["size-minimum", "size-step"]),
        ({"size": "0"}, ["size-minimum"]),
        ({"size": "-1"}, ["size-minimum"]),
        ({"size": "1190"}, []),
        ({"size": "1190.001"}, ["size-maximum"]),
        ({"priceLimit": "0.1"}, []),
        ({"priceLimit": "0.05"}, ["price-minimum", "price-step"]),
        ({"priceLimit": "0"}, ["price-minimum"]),
        ({"priceLimit": "0.15"}, ["price-step"]),
        ({"orderMaxSize": "0.1"}, []),
        ({"orderMaxSize": "0.101"}, ["order-size-exceeds-size"]),
        ({"orderMaxSize": "0.0015"}, ["size-step"]),
        ({"orderMaxSize": "0"}, ["size-minimum"]),
        ({"size": "0.0015", "orderMaxSize": "5"}, ["size-step"]),
        ({"orderMaxSize": "0.03"}, []),
        ({"triggerPrice": "95000"}, []),
        ({"triggerPrice": "95000.1"}, ["trigger-beyond-limit"]),
        ({"triggerPrice": "95000.05"}, ["price-step"]),
        ({"triggerPrice": "0"}, ["price-minimum"]),
        ({"side": "SELL", "triggerPrice": "95000"}, []),
        ({"side": "SELL", "triggerPrice": "94999.9"}, ["trigger-beyond-limit"]),
        ({"side": "BOTH", "triggerPrice": "95000.1"}, ["schema"]),
        ({"size": "0.0015", "priceLimit": "0.15", "triggerPrice": "0.25"}, ["size-step", "price-step", "price-step"]),
        ({"autoRun": "true"}, []),
        ({"autoRun": "false"}, ["lifecycle-conflict"]),
    ],
)
def test_each_broken_rule_has_its_code(fields, expected):
    assert codes(check_smo(**fields)) == expected


def test_the_message_of_a_size_between_two_steps_names_both():
    (found,) = messages(check_smo(size="0.0015"))
    assert found == (
        "size-step",
        "$.spec.size",
        "0.0015 is not a multiple of sizeIncrement 0.001 of btcusdt_f on BYB (nearest: 0.001, 0.002)",
        ("0.001", "0.002"),
    )


@pytest.mark.parametrize(
    ("rules", "fields", "message"),
    [
        ((), {"size": "0"}, "0 is not greater than 0, as every size must be (nearest: 0.001)"),
        ((), {"priceLimit": "-1"}, "-1 is not greater than 0, as every price must be (nearest: 0.1)"),
        ((), {"size": "2000"}, "2000 is above maxSize 1190.000 of btcusdt_f on BYB (nearest: 1190)"),
        ((), {"orderMaxSize": "0.2"}, "the largest single order 0.2 is above the size 0.1 (nearest: 0.1)"),
        (
            (),
            {"orderMaxSize": "0.0995"},
            "0.0995 is not a multiple of sizeIncrement 0.001 of btcusdt_f on BYB (nearest: 0.099, 0.1)",
        ),
        (
            (),
            {"orderMaxSize": "0.1005"},
            "0.1005 is not a multiple of sizeIncrement 0.001 of btcusdt_f on BYB (nearest: 0.1)",
        ),
        ((product(min_price="60"),), {"priceLimit": "50"}, "50 is below minPrice 60 of btcusdt_f on BYB (nearest: 60)"),
        (
            (product(min_size="0.7", size_increment="0.5"),),
            {"size": "0.5"},
            "0.5 is below minSize 0.7 of btcusdt_f on BYB (nearest: 1)",
        ),
        (
            (SPOT,),
            {"size": "0.001", "priceLimit": "4999.99"},
            "0.001 x 4999.99 = 4.99999 is below minNotionalValue 5 USDT of btcusdt on BYB (nearest: 0.001001)",
        ),
        (
            (SPOT,),
            {"size": "0.0000015", "priceLimit": "1000"},
            "0.0000015 is not a multiple of sizeIncrement 0.000001 of btcusdt on BYB (nearest: 0.005)",
        ),
        (
            (SPOT,),
            {"size": "0.001", "priceLimit": "0.115"},
            "0.115 is not a multiple of priceIncrement 0.01 of btcusdt on BYB (nearest: 5000)",
        ),
        (
            (product(size_increment=None, min_size=None, max_size=None, min_notional="5"),),
            {"size": "0.001", "priceLimit": "10"},
            "0.001 x 10 = 0.01 is below minNotionalValue 5 USDT of btcusdt_f on BYB",
        ),
        (
            (),
            {"triggerPrice": "95000.1"},
            "the trigger 95000.1 is above the ceiling 95000: no order may be sent where it starts",
        ),
        (
            (),
            {"side": "SELL", "triggerPrice": "9.9"},
            "the trigger 9.9 is below the floor 95000: no order may be sent where it starts",
        ),
        ((), {"autoRun": "false"}, "autoRun false contradicts runState 'running', which sends true: leave autoRun out"),
    ],
)
def test_a_message_names_value_rule_limit_and_source(rules, fields, message):
    assert [item[2] for item in messages(check_smo(*rules, **fields))] == [message]


@pytest.mark.parametrize(
    ("size", "price", "expected"),
    [
        ("0.001", "5000", []),
        ("0.001", "4999.99", ["notional-minimum"]),
        ("0.0000005", "1", ["size-minimum", "size-step"]),
        ("0.001", "4999.995", ["price-step"]),
    ],
)
def test_the_notional_is_compared_only_when_size_and_price_are_sound(size, price, expected):
    assert codes(check_smo(SPOT, size=size, priceLimit=price)) == expected


def test_the_notional_of_a_single_order_counts_as_well():
    checked = check_smo(SPOT, size="0.01", priceLimit="5000", orderMaxSize="0.0005")
    assert messages(checked) == [
        (
            "notional-minimum",
            "$.spec.orderMaxSize",
            "0.0005 x 5000 = 2.5 is below minNotionalValue 5 USDT of btcusdt on BYB (nearest: 0.001)",
            ("0.001",),
        )
    ]


def test_without_a_price_limit_it_is_said_that_the_notional_is_not_checked():
    checked = run_check(smo(productCode="btcusdt", without=["priceLimit"]), known=catalog(SPOT))
    (problem,) = checked.problems
    assert (problem.code, problem.severity, problem.path) == ("notional-unknown", "warning", "$.spec.size")
    assert problem.message == "minNotionalValue 5 USDT of btcusdt on BYB is not checked: there is no price limit"
    assert checked.valid
    assert checked.specs[0].notionals == (Notional("99998", "USDT", None),)


def test_without_a_minimum_notional_a_missing_price_limit_is_no_finding():
    assert codes(run_check(smo(without=["priceLimit"]))) == []


def test_a_contract_value_makes_the_notional_unknown():
    checked = check_smo(product(has_contract_value=True, min_notional="999999"))
    assert [(item.code, item.severity) for item in checked.problems] == [("notional-unknown", "warning")]
    assert "contractValue" in checked.problems[0].message
    assert checked.specs[0].notionals == (Notional("99998", "USDT", None),)


@pytest.mark.parametrize(
    ("order", "price", "last", "limit"),
    [
        ("0.033", "90000", "0.001", "minSize 0.005 of btcusdt_f on BYB"),
        ("0.03", "99000", "0.01", "minNotionalValue 1000 USDT of btcusdt_f on BYB"),
    ],
)
def test_a_last_order_that_is_too_small_is_a_warning(order, price, last, limit):
    checked = check_smo(product(min_size="0.005", min_notional="1000"), orderMaxSize=order, priceLimit=price)
    message = f"orders of {order} leave {last} of 0.1 for the last one, below {limit}"
    assert messages(checked) == [("last-slice-minimum", "$.spec.orderMaxSize", message, ())]
    assert checked.valid


@pytest.mark.parametrize(
    ("order", "price", "expected"),
    [
        ("0.025", "90000", []),
        ("0.03", "100000", []),
        ("0.005", "90000", ["notional-minimum"]),
        ("0.006", "90000", ["notional-minimum", "last-slice-minimum"]),
        ("0.007", "90000", ["notional-minimum", "last-slice-minimum"]),
    ],
)
def test_a_last_order_is_measured_only_by_what_the_others_satisfy(order, price, expected):
    rules = product(min_size="0.005", min_notional="1000")
    assert codes(check_smo(rules, orderMaxSize=order, priceLimit=price)) == sorted(expected)


def test_metadata_without_bounds_means_no_rules_but_above_zero():
    free = product(
        min_size=None, max_size=None, size_increment=None, min_price=None, price_increment=None, min_notional=None
    )
    assert codes(check_smo(free, size="123456789.123456789", priceLimit="0.000000001")) == []
    assert codes(check_smo(free, size="0", priceLimit="-1")) == ["size-minimum", "price-minimum"]
    assert messages(check_smo(free, size="0"))[0][3] == ()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"size": "0.00000001"}, []),
        ({"productCode": "nonsense"}, []),
        ({"size": "0"}, ["size-minimum"]),
        ({"priceLimit": "0"}, ["price-minimum"]),
        ({"orderMaxSize": "0.2"}, ["order-size-exceeds-size"]),
        ({"triggerPrice": "95001"}, ["trigger-beyond-limit"]),
        ({"autoRun": "false"}, ["lifecycle-conflict"]),
    ],
)
def test_rules_that_need_no_product_hold_offline_too(fields, expected):
    assert codes(check_smo(offline=True, **fields)) == expected


@pytest.mark.parametrize(
    ("state", "written", "expected"),
    [
        ("running", "true", []),
        ("running", "false", ["lifecycle-conflict"]),
        ("paused", "false", []),
        ("paused", "true", ["lifecycle-conflict"]),
        ("stopped", "true", ["lifecycle-conflict"]),
        ("asleep", "true", ["schema"]),
        ("paused", '"x"', ["schema"]),
    ],
)
def test_auto_run_may_only_repeat_the_run_state(state, written, expected):
    assert codes(run_check(smo("lifecycle:", f"  runState: {state}", autoRun=written))) == expected


A, B = "accountId: '1', productCode: p", "accountId: '2', productCode: q"
LEGS = catalog(
    account("1", "BYB"),
    account("2", "BIN"),
    product("p", "BYB", size_increment="0.5", min_size="0.5", quote="USDT"),
    product("q", "BIN", size_increment="3", min_size="3", quote="EUR"),
)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        (("0.5", "3"), []),
        (("3", "0.5"), [("size-minimum", "$.spec.legs[1].size"), ("size-step", "$.spec.legs[1].size")]),
        (("0.7", "4"), [("size-step", "$.spec.legs[0].size"), ("size-step", "$.spec.legs[1].size")]),
    ],
)
def test_the_size_of_a_leg_follows_the_product_of_the_leg(sizes, expected):
    text = spread(*(f"{{{leg}, size: {size}, price: 10}}" for leg, size in zip((A, B), sizes, strict=True)))
    checked = run_check(text, known=LEGS, types={"SPREAD": SPREAD})
    assert [(item.code, item.path) for item in checked.problems] == expected


def test_each_leg_has_its_own_notional():
    text = spread(f"{{{A}, size: 1, price: 10}}", f"{{{B}, size: 3}}")
    (spec,) = run_check(text, known=LEGS, types={"SPREAD": SPREAD}).specs
    assert spec.notionals == (Notional("1", "USDT", Decimal(10)), Notional("2", "EUR", None))
    assert spec.account_ids == ("1", "2")


def test_a_leg_problem_stands_at_the_line_of_the_leg():
    text = spread(f"{{{A}, size: 0.5}}", f"{{{B}, size: 4, orderMaxSize: 9}}")
    checked = run_check(text, known=LEGS, types={"SPREAD": SPREAD})
    assert [(item.place.line, item.code) for item in checked.problems] == [(8, "size-step")]


def test_a_size_around_legs_must_suit_every_exchange_of_the_legs():
    known = catalog(
        account("1", "BYB"),
        account("2", "BIN"),
        account("3", "BIN"),
        product(exchange="BYB", size_increment="0.1"),
        product(exchange="BIN", size_increment="0.5"),
    )
    legs = ("{accountId: '1', size: 0.1}", "{accountId: '2', size: 0.1}", "{accountId: '3'}")
    checked = run_check(fanout("0.3", *legs, more="  price: 10\n"), known=known, types={"FANOUT": FANOUT})
    assert [(item.path, item.message.rpartition(" on ")[2]) for item in checked.problems] == [
        ("$.spec.size", "BIN (nearest: 0.5)"),
        ("$.spec.legs[1].size", "BIN (nearest: 0.5)"),
    ]
    good = run_check(fanout("0.5", *legs[2:], more="  price: 10\n"), known=known, types={"FANOUT": FANOUT})
    assert good.specs[0].notionals == (Notional("3", "USDT", Decimal("5.0")),)
    assert good.specs[0].request["autoRun"] is True


def test_a_role_of_a_number_on_something_else_is_a_finding():
    loose = {
        "properties": {"strategyType": {}, "productCode": role("product", "string"), "size": role("size", "string")}
    }
    text = "apiVersion: volvenctl/v1\nkind: Strategy\nmetadata: {name: a}\nspec: {strategyType: L, size: '1'}\n"
    checked = run_check(text, types={"L": loose})
    assert messages(checked) == [("schema", "$.spec.size", "the schema calls this a size: it must be a number", ())]


def test_an_account_without_any_size_has_an_unknown_notional():
    bare = {"properties": {"strategyType": {}, "accountId": role("account", "string")}}
    text = (
        "apiVersion: volvenctl/v1\nkind: Strategy\nmetadata: {name: a}\nspec: {strategyType: L, accountId: '99998'}\n"
    )
    (spec,) = run_check(text, types={"L": bare}).specs
    assert spec.notionals == (Notional("99998", None, None),)
    assert "autoRun" not in spec.request


def test_several_price_limits_leave_the_notional_unknown():
    ladder = {
        "properties": {
            "strategyType": {},
            "accountId": role("account", "string"),
            "productCode": role("product", "string"),
            "size": role("size"),
            "prices": {"items": role("price")},
        }
    }
    text = (
        "apiVersion: volvenctl/v1\nkind: Strategy\nmetadata: {name: a}\n"
        "spec: {strategyType: L, accountId: '99998', productCode: btcusdt, size: 1, prices: [10, 20.005]}\n"
    )
    checked = run_check(text, types={"L": ladder}, known=catalog(SPOT))
    assert codes(checked) == ["notional-unknown", "price-step"]
    assert checked.problems[0].message.endswith("there are several price limits")
