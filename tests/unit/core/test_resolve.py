"""Accounts and products: what a spec names must exist where it is used."""

import pytest
from builders_check import FakePlatform, account, catalog, codes, product, run_check, smo
from builders_legs import FANOUT, SPREAD, fanout, role, spread

TWO = catalog(
    account("99998", "BYB"),
    account("99999", "BIN"),
    product("btcusdt_f", "BYB"),
    product("btcusdt", "BYB", type="SPOT"),
    product("btcusdc_f", "BIN"),
    product("btcusdt", "OKX", type="SPOT"),
    product("龙虾usdt", "BIN", type="SPOT"),
    product("gone", "BYB", removed=True),
    product("odd", "BYB", unreadable=('minSize "abc"', 'maxSize "x"')),
    product("opt", "BYB", type="OPTION"),
)


def found(known=TWO, aliases=None, **fields):
    checked = run_check(smo(**fields), known=known, aliases=aliases)
    return [(item.code, item.path, item.message, item.suggestions) for item in checked.problems]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        (
            {"accountId": '"9998"'},
            (
                "account-unknown",
                "accountId",
                "'9998' is no account of this user (did you mean 99998, 'Bybit' on BYB?)",
                ("99998",),
            ),
        ),
        (
            {"accountId": "bibit"},
            (
                "account-unknown",
                "accountId",
                "'bibit' is no account of this user (did you mean 99998, 'Bybit' on BYB?)",
                ("99998",),
            ),
        ),
        ({"accountId": "zzz"}, ("account-unknown", "accountId", "'zzz' is no account of this user", ())),
        (
            {"productCode": "btcusdc_f"},
            (
                "product-exchange",
                "productCode",
                "'btcusdc_f' is no product of BYB, the exchange of account 99998; BIN has it",
                (),
            ),
        ),
        (
            {"productCode": "btcusdt", "accountId": '"99999"'},
            (
                "product-exchange",
                "productCode",
                "'btcusdt' is no product of BIN, the exchange of account 99999; BYB, OKX have it",
                (),
            ),
        ),
        (
            {"productCode": "btcusd_f"},
            (
                "product-unknown",
                "productCode",
                "no exchange has a product 'btcusd_f', wanted on BYB (did you mean btcusdt_f or btcusdt or btcusdc_f?)",
                ("btcusdt_f", "btcusdt", "btcusdc_f"),
            ),
        ),
        (
            {"productCode": "gone"},
            ("product-removed", "productCode", "gone on BYB is marked as removed by the platform", ()),
        ),
        (
            {"productCode": "odd"},
            (
                "product-unusable",
                "productCode",
                'the platform\'s metadata of odd on BYB cannot be used: minSize "abc", maxSize "x"',
                (),
            ),
        ),
        ({"productCode": "opt"}, []),
    ],
)
def test_what_cannot_be_used_is_named_with_the_reason(fields, expected):
    if not expected:
        assert found(**fields) == []
    else:
        code, field, message, suggestions = expected
        assert found(**fields) == [(code, f"$.spec.{field}", message, suggestions)]


def test_product_codes_are_compared_byte_for_byte():
    assert found(accountId='"99999"', productCode="龙虾usdt") == []
    assert found(productCode="BTCUSDT_F")[0][0] == "product-unknown"
    assert found(productCode="ｂtcusdt_f")[0][0] == "product-unknown"
    assert found(productCode='"btcusdt_f "')[0][0] == "product-unknown"


@pytest.mark.parametrize(
    ("code", "changes", "refused"),
    [
        ("btcusdt_f", {"futures_active": False}, True),
        ("btcusdt_f", {"spot_active": False}, False),
        ("btcusdt", {"spot_active": False}, True),
        ("btcusdt", {"futures_active": False}, False),
        ("opt", {"spot_active": False, "futures_active": False}, False),
    ],
)
def test_the_account_must_be_active_for_the_products_type(code, changes, refused):
    known = catalog(account(**changes), *TWO.products.values())
    assert [item[0] for item in found(known, productCode=code)] == (["account-inactive"] if refused else [])


def test_the_message_about_an_inactive_account_names_the_platforms_field():
    known = catalog(account(futures_active=False), product())
    assert found(known)[0][1:3] == (
        "$.spec.accountId",
        "account 99998, 'Bybit' on BYB, is not active for FUTURES (futures.isActive), the type of btcusdt_f",
    )


@pytest.mark.parametrize("code", ["nonsense", "gone", "odd", "btcusdc_f"])
def test_no_rule_of_a_product_with_a_problem_is_checked(code):
    assert len(found(productCode=code, size="0.0000000001")) == 1


def test_a_rule_of_the_product_is_checked_though_the_account_is_not_active():
    known = catalog(account(futures_active=False), product())
    assert {item[0] for item in found(known, size="0.0015")} == {"account-inactive", "size-step"}


def test_a_code_of_the_wrong_type_is_not_looked_up():
    assert [item[0] for item in found(productCode="5")] == ["schema"]
    assert [item[0] for item in found(accountId="5")] == ["schema"]


def test_an_alias_stands_for_the_account_of_the_environment():
    checked = run_check(smo(accountId='"@bybit-main"'), aliases={"bybit_main": "99998"})
    assert codes(checked) == []
    (spec,) = checked.specs
    assert spec.request["accountId"] == "99998"
    assert spec.account_ids == ("99998",)
    assert checked.documents["btc"]["spec"]["accountId"] == "@bybit-main"


def test_an_unknown_alias_is_reported_with_what_it_may_mean():
    assert found(accountId='"@bybit-mian"', aliases={"bybit_main": "99998"}) == [
        (
            "account-unknown",
            "$.spec.accountId",
            "the environment has no account alias '@bybit-mian' (did you mean @bybit-main?)",
            ("@bybit-main",),
        )
    ]


def test_an_alias_for_an_account_that_does_not_exist_is_reported_by_its_id():
    assert found(accountId='"@main"', aliases={"main": "5"})[0][2].startswith("'5' is no account of this user")


def test_only_the_exchanges_in_use_are_asked_for_products():
    platform = FakePlatform(TWO)
    run_check(smo(), smo(name="eth"), platform=platform)
    assert platform.asked == ["accounts", ("BYB",)]


def test_the_other_exchanges_are_asked_when_a_product_is_not_found():
    platform = FakePlatform(TWO)
    run_check(smo(productCode="btcusdc_f"), platform=platform)
    assert platform.asked == ["accounts", ("BYB",), ("BIN", "CRYPTO", "IB", "OKX", "VB")]


def test_without_a_known_account_no_products_are_asked_for():
    platform = FakePlatform(TWO)
    run_check(smo(accountId='"1"'), platform=platform)
    assert platform.asked == ["accounts"]


def test_nothing_is_asked_offline_or_without_accounts():
    platform = FakePlatform(TWO)
    run_check(smo(), platform=platform, offline=True)
    run_check("a: 1\n", platform=platform)
    assert platform.asked == []


def test_when_every_exchange_is_in_use_there_are_no_others_to_ask():
    names = ("BIN", "BYB", "CRYPTO", "IB", "OKX", "VB")
    accounts = [account(str(index), name) for index, name in enumerate(names)]
    known = catalog(*accounts, product())
    platform = FakePlatform(known)
    legs = [f"{{accountId: '{index}'}}" for index in range(6)]
    checked = run_check(fanout("1", *legs), types={"FANOUT": FANOUT}, platform=platform)
    assert platform.asked == ["accounts", names]
    assert codes(checked) == ["product-exchange"] * 5


def test_each_leg_is_looked_up_on_its_own_exchange():
    text = spread(
        "{accountId: '99998', productCode: btcusdt_f, size: 1}", "{accountId: '99999', productCode: btcusdt_f, size: 1}"
    )
    checked = run_check(text, known=TWO, types={"SPREAD": SPREAD})
    assert [(item.code, item.path) for item in checked.problems] == [("product-exchange", "$.spec.legs[1].productCode")]


def test_the_products_in_use_are_named_as_people_know_them():
    known = catalog(account(), product(name="BTC/USDT"))
    (spec,) = run_check(smo(), known=known).specs
    assert [(item.account_id, item.exchange, item.product, item.title) for item in spec.products] == [
        ("99998", "BYB", "btcusdt_f", "BTC/USDT, PERPETUAL")
    ]


@pytest.mark.parametrize(("written", "expected"), [("99998", []), ("true", ["account-unknown"])])
def test_a_type_may_write_account_ids_as_numbers(written, expected):
    loose = {"properties": {"strategyType": {}, "accountId": {"x-volven": {"role": "account"}}}}
    text = "apiVersion: volvenctl/v1\nkind: Strategy\nmetadata: {name: a}\n"
    text += f"spec: {{strategyType: L, accountId: {written}}}\n"
    assert codes(run_check(text, types={"L": loose})) == expected


def test_lists_of_accounts_and_products_are_all_looked_up():
    many = {
        "properties": {
            "strategyType": {},
            "accountIds": {"type": "array", "items": role("account", "string")},
            "productCodes": {"type": "array", "items": role("product", "string")},
        }
    }
    text = (
        "apiVersion: volvenctl/v1\nkind: Strategy\nmetadata: {name: a}\n"
        "spec: {strategyType: L, accountIds: ['99998', '@other'], productCodes: [btcusdt_f, btcusdt]}\n"
    )
    checked = run_check(text, types={"L": many}, known=TWO, aliases={"other": "99999"})
    assert [(item.code, item.path) for item in checked.problems] == [
        ("product-exchange", "$.spec.productCodes[0]"),
        ("product-exchange", "$.spec.productCodes[1]"),
    ]
    assert "99999" in checked.problems[0].message
