"""The scope rule: which size or price belongs to which product and account."""

from volvenctl.core.roles import Item
from volvenctl.core.scope import make_scope


def scope(**paths):
    """Return the scope of values written as role=path texts: `legs.0.size`."""
    items = []
    for role, texts in paths.items():
        for text in texts.split():
            path = tuple(int(step) if step.isdigit() else step for step in text.split("."))
            items.append(Item(role, path, text))
    return make_scope(items)


def markets(made, role="size"):
    """Return `value: account@product` for every value of `role`."""
    return [
        f"{item.value}: " + " ".join(f"{account.value}@{product.value}" for account, product in made.pairs_of(item))
        for item in made.of(role)
    ]


def partners(made, role, of):
    return {item.value: [other.value for other in made.partners(role, item)] for item in made.of(of)}


def test_in_a_flat_spec_everything_belongs_together():
    made = scope(account="a", product="p", size="s", slice="o", price="l", trigger="t", side="d")
    assert markets(made) == ["s: a@p"]
    assert partners(made, "price", "size") == {"s": ["l"]}
    assert partners(made, "size", "slice") == {"o": ["s"]}
    assert partners(made, "side", "trigger") == {"t": ["d"]}


def test_a_leg_is_complete_in_itself():
    made = scope(
        account="legs.0.a legs.1.a", product="legs.0.p legs.1.p", size="legs.0.s legs.1.s", price="legs.0.l legs.1.l"
    )
    assert markets(made) == ["legs.0.s: legs.0.a@legs.0.p", "legs.1.s: legs.1.a@legs.1.p"]
    assert partners(made, "price", "size") == {"legs.0.s": ["legs.0.l"], "legs.1.s": ["legs.1.l"]}


def test_lists_of_accounts_and_products_mean_all_of_them():
    made = scope(account="as.0 as.1", product="ps.0 ps.1", size="s")
    assert markets(made) == ["s: as.0@ps.0 as.1@ps.0 as.0@ps.1 as.1@ps.1"]


def test_a_product_around_legs_is_traded_on_the_accounts_of_the_legs():
    made = scope(account="legs.0.a legs.1.a", product="p", size="s legs.1.s", price="l")
    assert markets(made) == ["s: legs.0.a@p legs.1.a@p", "legs.1.s: legs.1.a@p"]
    assert partners(made, "price", "size") == {"s": ["l"], "legs.1.s": ["l"]}


def test_an_account_around_legs_trades_the_products_of_the_legs():
    made = scope(account="a", product="legs.0.p legs.1.p", size="legs.0.s legs.1.s")
    assert markets(made) == ["legs.0.s: a@legs.0.p", "legs.1.s: a@legs.1.p"]


def test_the_nearest_product_and_the_nearest_account_win():
    made = scope(account="a legs.0.a", product="p legs.0.p", size="s legs.0.s legs.1.s")
    assert markets(made) == ["s: a@p", "legs.0.s: legs.0.a@legs.0.p", "legs.1.s: a@p"]


def test_a_leg_with_its_own_product_does_not_count_for_the_product_around_it():
    made = scope(account="legs.0.a legs.1.a", product="p legs.1.p", size="s", price="legs.1.l")
    assert markets(made) == ["s: legs.0.a@p"]
    assert partners(made, "price", "size") == {"s": []}


def test_a_size_with_no_product_around_it_belongs_to_those_inside_its_own_object():
    made = scope(account="legs.0.a legs.1.a", product="legs.0.p legs.1.p", size="s legs.2.s")
    assert markets(made) == ["s: legs.0.a@legs.0.p legs.1.a@legs.1.p", "legs.2.s: "]


def test_with_an_account_of_its_own_such_a_size_still_follows_the_pairs_inside():
    made = scope(account="a legs.0.a", product="legs.0.p", size="s")
    assert markets(made) == ["s: legs.0.a@legs.0.p"]


def test_a_product_that_stands_beside_its_account_is_looked_up_there():
    made = scope(account="who.a", product="what.p", size="s")
    assert [(account.value, product.value) for account, product in made.pairs] == [("who.a", "what.p")]
    assert markets(made) == ["s: who.a@what.p"]


def test_values_without_any_product_still_find_each_other():
    assert partners(scope(size="s", slice="o"), "size", "slice") == {"o": ["s"]}
