"""Head-room is what a limit allows less what the plan comes to, exactly, and unknown where a figure is."""

from decimal import Decimal

import builders_render as build
import builders_report
import pytest

from volvenctl.model.names import AccountId
from volvenctl.model.plan import Capital
from volvenctl.render.money_view import capital_change, limit_rows, money_rows


def capital(before, after, currency: str | None = "USDT", account="1") -> Capital:
    return Capital(AccountId(account), currency, *(None if x is None else Decimal(x) for x in (before, after)))


@pytest.mark.parametrize(
    ("allowed", "item", "room"),
    [
        ({"USDT": 100}, capital("1", "60.10"), ("100 USDT", "39.9 USDT", False)),
        ({"USDT": Decimal("60.10")}, capital("1", "60.1"), ("60.1 USDT", "0 USDT", False)),
        ({"USDT": 60}, capital("1", "60.1"), ("60 USDT", "-0.1 USDT", True)),
        ({"USDT": 60}, capital("1", None), ("60 USDT", "unknown USDT", False)),
        ({"USDT": 60}, capital("0", None, None), ("unknown", "unknown", False)),
        ({"USDT": 60}, capital("0", "5", "BTC"), ("no BTC", "none", True)),
        ({"USDT": 60}, capital("5", "0", "BTC"), ("no BTC", "none", False)),
        ({"USDT": True}, capital("0", "5"), ("unknown USDT", "unknown USDT", False)),
        (None, capital("0", "5"), ("", "", False)),
    ],
)
def test_the_head_room_of_an_account(allowed, item, room):
    (row,) = money_rows((item,), {"maxNotionalPerAccount": allowed})
    assert (row.room.allowed, row.room.left, row.room.is_broken) == room


def test_amounts_before_and_after_stand_beside_their_difference():
    (row,) = money_rows((capital("4200", "60700.50"),), {})
    assert (row.before, row.after, row.change) == ("4,200 USDT", "60,700.5 USDT", "+56,500.5 USDT")


def test_the_change_is_summed_over_accounts_per_currency():
    both = (capital("1", "3"), capital("5", "5.5", account="2"), capital("1", "1", "BTC"), capital("0", None, None))
    assert capital_change(both) == "+2.5 USDT, unknown"
    assert capital_change(both[2:3]) == "unchanged"


def rows(*actions, **limits):
    found = limit_rows(builders_report.plan(*actions), limits)
    return [(row.limit, row.figure, row.room.left) for row in found]


def test_limits_on_strategies_and_plans_are_compared_with_what_is_set_to_work():
    actions = (build.create(amount="9500"), build.replace(amount="4000"), build.keep(amount="777"), build.stop())
    assert rows(
        *actions,
        maxNotionalPerStrategy={"USDT": 10000},
        maxNotionalPerPlan={"USDT": 13000},
        maxCreatesPerPlan=2,
        maxStopsPerPlan=1,
    ) == [
        ("maxNotionalPerStrategy", "9,500 USDT", "500 USDT"),
        ("maxNotionalPerPlan", "13,500 USDT", "-500 USDT"),
        ("maxCreatesPerPlan", "2", "0"),
        ("maxStopsPerPlan", "2", "-1"),
    ]


def test_an_unknown_notional_makes_the_head_room_unknown():
    assert rows(build.create(amount=None), maxNotionalPerPlan={"USDT": 1}) == [
        ("maxNotionalPerPlan", "unknown", "unknown")
    ]


def test_only_limits_that_are_set_are_shown():
    assert rows(build.create()) == []
