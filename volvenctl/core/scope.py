"""Which values of a spec belong together: a size or price to its products, a product to its accounts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product as product_of

from volvenctl.core.roles import Item, Role
from volvenctl.model.names import JsonPath


@dataclass(frozen=True, slots=True)
class Scope:
    """The values with a role, and how they relate. See docs/guides/strategy-types.md for the rule."""

    items: tuple[Item, ...]
    by_owner: Mapping[tuple[Role, JsonPath], tuple[Item, ...]]
    pairs: tuple[tuple[Item, Item], ...]
    """Each account with each product that is traded on it."""
    accounts_by_product: Mapping[JsonPath, tuple[Item, ...]]
    """The same by the path of the product."""

    def of(self, *roles: Role) -> tuple[Item, ...]:
        """Return the values with one of these roles."""
        return tuple(item for item in self.items if item.role in roles)

    def products_of(self, item: Item) -> tuple[Item, ...]:
        """Return the products that a size or price belongs to."""
        return self._near("product", item.owner)

    def pairs_of(self, item: Item) -> tuple[tuple[Item, Item], ...]:
        """Return the accounts and products that a size or price belongs to."""
        around = _enclosing(self.by_owner, "account", item.owner)
        return tuple(
            (account, product)
            for product in self.products_of(item)
            for account in self.accounts_by_product.get(product.path, ())
            if not around or account in around or not _is_inside(item.owner, product.owner)
        )

    def partners(self, role: Role, item: Item) -> tuple[Item, ...]:
        """Return the values of `role` that belong to `item`: of the nearest object, and of a product it shares."""
        products = self.products_of(item)
        near = self._near(role, item.owner)
        return tuple(other for other in near if not products or _overlap(self.products_of(other), products))

    def _near(self, role: Role, owner: JsonPath) -> tuple[Item, ...]:
        """Return the values of the nearest enclosing object that has some; else those further inside."""
        found = _enclosing(self.by_owner, role, owner)
        return found or tuple(item for item in self.of(role) if _is_inside(item.owner, owner))


def make_scope(items: Iterable[Item]) -> Scope:
    """Return how the values relate to each other."""
    items = tuple(items)
    by_owner: dict[tuple[Role, JsonPath], tuple[Item, ...]] = {}
    for item in items:
        key = (item.role, item.owner)
        by_owner[key] = (*by_owner.get(key, ()), item)
    pairs = tuple(_pairs(items, by_owner))
    accounts: dict[JsonPath, tuple[Item, ...]] = {}
    for account, product in pairs:
        accounts[product.path] = (*accounts.get(product.path, ()), account)
    return Scope(items, by_owner, pairs, accounts)


def _pairs(
    items: tuple[Item, ...], by_owner: Mapping[tuple[Role, JsonPath], tuple[Item, ...]]
) -> Iterable[tuple[Item, Item]]:
    """Return accounts with the products around them, products with the accounts around them, each pair once.

    A product that this leaves without an account is paired with every account of the spec: it must be looked up
    somewhere.
    """
    accounts, products = _with_role(items, "account"), _with_role(items, "product")
    pairs = [(account, product) for account in accounts for product in _enclosing(by_owner, "product", account.owner)]
    pairs += [(account, product) for product in products for account in _enclosing(by_owner, "account", product.owner)]
    paired = {product.path for _, product in pairs}
    unpaired = [product for product in products if product.path not in paired]
    return dict.fromkeys((*pairs, *((account, product) for product, account in product_of(unpaired, accounts))))


def _enclosing(
    by_owner: Mapping[tuple[Role, JsonPath], tuple[Item, ...]], role: Role, owner: JsonPath
) -> tuple[Item, ...]:
    for length in range(len(owner), -1, -1):
        found = by_owner.get((role, owner[:length]))
        if found:
            return found
    return ()


def _overlap(left: Iterable[Item], right: tuple[Item, ...]) -> bool:
    return any(item in right for item in left)


def _is_inside(path: JsonPath, owner: JsonPath) -> bool:
    return path[: len(owner)] == owner


def _with_role(items: tuple[Item, ...], role: Role) -> list[Item]:
    return [item for item in items if item.role == role]
