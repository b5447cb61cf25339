"""Sums of notional are exact, and one unknown part makes a sum unknown."""

from decimal import Decimal
from fractions import Fraction

from builders_ledger import apply_started, created, started, state_of, succeeded
from builders_plan import spec
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.core.capital import capital_of, money_of, notional_facts, read_notional_facts
from volvenctl.core.case import Ground
from volvenctl.core.decide import decide
from volvenctl.core.sight import Sight
from volvenctl.model.spec import Notional

amounts = st.decimals(min_value=0, max_value=10**20, places=12) | st.just(Decimal("1E-20"))
notionals = st.builds(
    Notional, st.sampled_from(["99998", "99999"]), st.sampled_from(["USDT", "BTC", None]), amounts | st.none()
)
lists = st.lists(notionals, max_size=6).map(tuple)


def exact_sum(parts):
    if any(item.amount is None for item in parts):
        return None
    return sum((Fraction(item.amount) for item in parts), Fraction(0))


def as_fraction(amount):
    return None if amount is None else Fraction(amount)


@given(lists)
def test_notionals_are_read_back_as_they_were_kept(parts):
    assert read_notional_facts({"notional": notional_facts(parts)}) == parts


@given(lists)
def test_the_money_of_a_strategy_is_the_exact_sum_of_one_currency_or_unknown(parts):
    money = money_of(parts)
    currencies = {item.currency for item in parts}
    if len(currencies) != 1 or None in currencies:
        assert (money.amount, money.currency) == (None, None)
    else:
        assert (as_fraction(money.amount), money.currency) == (exact_sum(parts), *currencies)


def planned_capital(state, wanted):
    ground = Ground(state, Sight(), frozenset({wanted.name}))
    return capital_of(ground, [decide(wanted, ground)], [wanted])


@given(lists, lists)
def test_capital_is_the_exact_sum_per_account_and_currency_before_and_after(launched, planned):
    state = state_of(
        created(), apply_started(), started("old", notional=notional_facts(launched)), succeeded("S-1", "old")
    )
    rows = planned_capital(state, spec("new", notionals=planned))
    assert [(row.account_id, row.currency or "") for row in rows] == sorted(
        {(item.account_id, item.currency or "") for item in launched + planned}
    )
    for row in rows:
        before, after = (
            [item for item in parts if (item.account_id, item.currency) == (row.account_id, row.currency)]
            for parts in (launched, launched + planned)
        )
        assert as_fraction(row.before) == exact_sum(before)
        assert as_fraction(row.after) == exact_sum(after)
