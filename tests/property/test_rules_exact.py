"""The rules agree with arithmetic on fractions for instruments of every odd shape that exchanges have."""

from decimal import Decimal
from fractions import Fraction

from builders_check import account, product
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.core.resolve import Resolved
from volvenctl.core.roles import Item
from volvenctl.core.rules import check_values, read_values
from volvenctl.core.scope import make_scope
from volvenctl.model.spec import Marks, SpecDocument

_STEPS = st.sampled_from(
    ["0.001", "0.00025", "0.5", "5", "10", "0.10", "1.000", "0.0000000001", "3", "0.07", "100000"]
).map(Decimal)
_BOUNDS = st.none() | st.decimals(Decimal("0.00000001"), Decimal(1_000_000), places=8).map(
    lambda value: value.normalize()
)
_CODES = st.sampled_from(["btcusdt_f", "龙虾usdt", "1000pepe"])
_FRACTIONS = st.sampled_from(["0", "1", "-1", "0.5", "-0.5", "0.1", "-0.1"]).map(Decimal)


@st.composite
def products(draw):
    """Return a product whose bounds may be blank and need not be multiples of the increment."""
    changes = {
        "size_increment": draw(st.none() | _STEPS),
        "price_increment": draw(st.none() | _STEPS),
        "min_size": draw(_BOUNDS),
        "max_size": draw(_BOUNDS),
        "min_price": draw(_BOUNDS),
        "min_notional": draw(_BOUNDS),
        "has_contract_value": draw(st.booleans()),
    }
    return product(
        draw(_CODES),
        **{key: value if isinstance(value, bool) or value is None else str(value) for key, value in changes.items()},
    )


@st.composite
def near(draw, *bounds):
    """Return a value at a bound, or an increment or a fraction of one beside it, or anywhere."""
    anywhere = st.decimals(Decimal(-1), Decimal(2_000_000), places=draw(st.sampled_from([0, 3, 10])))
    known = [item for item in bounds if item is not None]
    value = draw(st.sampled_from(known) | anywhere) if known else draw(anywhere)
    step = draw(st.sampled_from(known)) if known else Decimal("0.001")
    return value + step * draw(_FRACTIONS) * draw(st.sampled_from([0, 1, 1, 7]))


def found(rules, **values):
    """Return the problems of one flat spec on `rules`."""
    whole = {"account": "1", "product": rules.code, **values}
    scope = make_scope(Item(role, ("spec", role), value) for role, value in whole.items())
    spec = SpecDocument("a.yaml", {"spec": whole}, Marks({}, {}))
    markets = {(("spec", "account"), ("spec", "product")): rules}
    resolved = Resolved({("spec", "account"): account("1")}, markets)
    return check_values(read_values(spec, scope, resolved, frozenset()))


def expected_alone(value, step, low, high):
    """Return what is wrong with one value, in fractions: the words after `size-` and `price-`."""
    value = Fraction(value)
    if value <= 0:
        return {"minimum"}
    wrong = set()
    if step is not None and (value / Fraction(step)).denominator != 1:
        wrong.add("step")
    if low is not None and value < Fraction(low):
        wrong.add("minimum")
    if high is not None and value > Fraction(high):
        wrong.add("maximum")
    return wrong


def expected(rules, size, price, order):
    """Return every code and field, in fractions."""
    grid = (rules.size_increment, rules.min_size, rules.max_size)
    alone = {
        "size": expected_alone(size, *grid),
        "slice": expected_alone(order, *grid),
        "price": expected_alone(price, rules.price_increment, rules.min_price, None),
    }
    wrong = {
        (f"{'price' if role == 'price' else 'size'}-{word}", role) for role, words in alone.items() for word in words
    }
    least = None if rules.has_contract_value or rules.min_notional is None else Fraction(rules.min_notional)
    for role, value in (("size", size), ("slice", order)):
        if least is not None and not alone[role] and not alone["price"] and Fraction(value) * Fraction(price) < least:
            wrong.add(("notional-minimum", role))
    if not alone["size"] and rules.min_notional is not None and rules.has_contract_value:
        wrong.add(("notional-unknown", "size"))
    if not alone["size"] and not alone["slice"]:
        if Fraction(order) > Fraction(size):
            wrong.add(("order-size-exceeds-size", "slice"))
        elif last := Fraction(size) % Fraction(order):
            is_small = rules.min_size is not None and last < Fraction(rules.min_size)
            is_cheap = least is not None and not alone["price"] and last * Fraction(price) < least
            if is_small or (is_cheap and ("notional-minimum", "slice") not in wrong):
                wrong.add(("last-slice-minimum", "slice"))
    return wrong


def is_suggestion_valid(rules, problem, size, price, order):
    """Whether each suggested value, put in place, satisfies every rule of the product that concerns it."""
    role = problem.path.removeprefix("$.spec.")
    for text in problem.suggestions:
        values = {"size": size, "price": price, "slice": order, role: Decimal(text)}
        after = {
            code
            for code, where in expected(rules, values["size"], values["price"], values["slice"])
            if where == role and code not in {"last-slice-minimum", "notional-unknown"}
        }
        if after:
            return False
    return True


@given(st.data())
def test_a_spec_is_refused_exactly_where_fractions_say(data):
    rules = data.draw(products())
    size = data.draw(near(rules.min_size, rules.max_size, rules.size_increment))
    order = data.draw(near(rules.min_size, rules.size_increment, size))
    price = data.draw(near(rules.min_price, rules.price_increment))
    problems = found(rules, size=size, price=price, slice=order)
    assert {(item.code, item.path.removeprefix("$.spec.")) for item in problems} == expected(rules, size, price, order)
    for problem in problems:
        assert is_suggestion_valid(rules, problem, size, price, order), problem


@given(st.data())
def test_the_nearest_values_have_no_valid_value_between_them_and_the_one_written(data):
    step = data.draw(_STEPS)
    low, high = data.draw(_BOUNDS), data.draw(_BOUNDS)
    rules = product(size_increment=str(step), min_size=low and str(low), max_size=high and str(high))
    size = data.draw(near(low, high, step))
    for problem in found(rules, size=size):
        suggested = [Fraction(text) for text in problem.suggestions]
        assert suggested == sorted(suggested)
        for text in suggested:
            towards = Fraction(step) if text < Fraction(size) else -Fraction(step)
            inner = text + towards
            is_between = min(text, Fraction(size)) < inner < max(text, Fraction(size))
            assert not (is_between and not expected_alone(inner, step, low, high))
        if not suggested:
            first = -(-Fraction(low or step) // Fraction(step)) * Fraction(step)
            assert high is not None
            assert first > Fraction(high)
