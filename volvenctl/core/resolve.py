"""From the names in a spec to accounts and products of the platform."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from decimal import Decimal

from volvenctl.core.roles import Item
from volvenctl.core.scope import Scope, make_scope
from volvenctl.core.wording import did_you_mean, shown, similar
from volvenctl.model.catalog import Account, Catalog, Product
from volvenctl.model.names import AccountId, ExchangeCode, JsonPath, ProductCode, path_text
from volvenctl.model.number import normal_text
from volvenctl.model.problem import Problem
from volvenctl.model.spec import SpecDocument

_MOST_SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the accounts and products of a spec are on the platform; what has a problem is left out."""

    accounts: Mapping[JsonPath, Account] = field(default_factory=dict)
    products: Mapping[tuple[JsonPath, JsonPath], Product] = field(default_factory=dict)
    """By the paths of account and product."""

    def markets_of(self, scope: Scope, item: Item) -> tuple[tuple[Account, Product], ...]:
        """Return the accounts and products that a size or price belongs to, each once."""
        paths = [(account.path, product.path) for account, product in scope.pairs_of(item)]
        found = [(self.accounts[path[0]], self.products[path]) for path in paths if path in self.products]
        return tuple({(account.id, product.code): (account, product) for account, product in found}.values())


def resolve_aliases(
    document: SpecDocument, items: Iterable[Item], aliases: Mapping[str, AccountId]
) -> tuple[Scope, list[Problem]]:
    """Return the scope with account ids in place of `@alias`, and a problem for each unknown alias."""
    resolved, problems = [], list[Problem]()
    for item in items:
        text = _id_text(item)
        if item.role != "account" or not text.startswith("@"):
            resolved.append(item)
        elif text[1:] in aliases:
            resolved.append(replace(item, value=aliases[text[1:]]))
        else:
            near = tuple(f"@{name}" for name in similar(text[1:], aliases))
            message = f"the environment has no account alias {shown(text)}{did_you_mean(near)}"
            problems.append(_problem(document, item, "account-unknown", message, near))
            resolved.append(item)
    return make_scope(resolved), problems


def account_ids(scope: Scope) -> tuple[AccountId, ...]:
    """Return the accounts that a spec uses, aliases resolved, each once."""
    return tuple(dict.fromkeys(AccountId(_id_text(item)) for item in scope.of("account")))


def exchanges_in_use(scopes: Iterable[Scope], catalog: Catalog) -> tuple[ExchangeCode, ...]:
    """Return the exchanges of the known accounts that are paired with a product, sorted."""
    accounts = {AccountId(_id_text(account)) for scope in scopes for account, _ in scope.pairs}
    return tuple(sorted({catalog.accounts[item].exchange for item in accounts if item in catalog.accounts}))


def is_any_missing(scopes: Iterable[Scope], catalog: Catalog) -> bool:
    """Whether a product is not found on the exchange of an account that it is paired with."""
    return any(
        (account.exchange, _code(product)) not in catalog.products
        for scope in scopes
        for item, product in scope.pairs
        if (account := catalog.accounts.get(AccountId(_id_text(item))))
    )


def resolve(
    document: SpecDocument, scope: Scope, catalog: Catalog, broken: AbstractSet[str]
) -> tuple[Resolved, list[Problem]]:
    """Return what the ids stand for, and a problem for each that cannot be used; those at `broken` paths have one."""
    accounts, problems = _resolve_accounts(document, scope, catalog, broken)
    products: dict[tuple[JsonPath, JsonPath], Product] = {}
    for owner, item in scope.pairs:
        account = accounts.get(owner.path)
        if account is None or path_text(item.path) in broken:
            continue
        product = catalog.products.get((account.exchange, _code(item)))
        faults = list(_product_faults(document, item, account, product, catalog))
        problems += faults
        if product and not faults:
            products[owner.path, item.path] = product
            problems += _inactive(document, owner, account, product)
    return Resolved(accounts, products), problems


def _resolve_accounts(
    document: SpecDocument, scope: Scope, catalog: Catalog, broken: AbstractSet[str]
) -> tuple[dict[JsonPath, Account], list[Problem]]:
    accounts: dict[JsonPath, Account] = {}
    problems = []
    for item in scope.of("account"):
        account = catalog.accounts.get(AccountId(_id_text(item)))
        if account:
            accounts[item.path] = account
        elif path_text(item.path) not in broken:
            problems.append(_unknown_account(document, item, catalog))
    return accounts, problems


def _unknown_account(document: SpecDocument, item: Item, catalog: Catalog) -> Problem:
    text = _id_text(item)
    ids = {word: account.id for account in catalog.accounts.values() for word in (account.name, account.id)}
    near = [catalog.accounts[ids[word]] for word in similar(text, ids)]
    likely = [f"{account.id}, {shown(account.name)} on {account.exchange}" for account in near]
    message = f"{shown(text)} is no account of this user{did_you_mean(likely)}"
    return _problem(document, item, "account-unknown", message, tuple(account.id for account in near))


def _product_faults(
    document: SpecDocument, item: Item, account: Account, product: Product | None, catalog: Catalog
) -> Iterator[Problem]:
    """Yield why the product cannot be used on the account's exchange; `product` None: it is not there."""
    code, exchange = _code(item), account.exchange
    if product is None:
        elsewhere = sorted(other for other, known in catalog.products if known == code)
        if elsewhere:
            message = f"{shown(code)} is no product of {exchange}, the exchange of account {account.id};"
            message += f" {', '.join(elsewhere)} {'has' if len(elsewhere) == 1 else 'have'} it"
            yield _problem(document, item, "product-exchange", message)
        else:
            near = _similar_products(code, exchange, catalog)
            message = f"no exchange has a product {shown(code)}, wanted on {exchange}{did_you_mean(near)}"
            yield _problem(document, item, "product-unknown", message, near)
    elif product.removed:
        yield _problem(document, item, "product-removed", f"{code} on {exchange} is marked as removed by the platform")
    elif product.unreadable:
        faults = ", ".join(product.unreadable)
        message = f"the platform's metadata of {code} on {exchange} cannot be used: {faults}"
        yield _problem(document, item, "product-unusable", message)


def _inactive(document: SpecDocument, item: Item, account: Account, product: Product) -> Iterator[Problem]:
    """Yield that the account may not trade the product's type; types other than the two known have no such rule."""
    active = {"SPOT": account.spot_active, "FUTURES": account.futures_active}
    if not active.get(product.type, True):
        message = f"account {account.id}, {shown(account.name)} on {account.exchange}, is not active for {product.type}"
        message += f" ({product.type.lower()}.isActive), the type of {product.code}"
        yield _problem(document, item, "account-inactive", message)


def _similar_products(code: str, exchange: ExchangeCode, catalog: Catalog) -> tuple[str, ...]:
    here = sorted(known for other, known in catalog.products if other == exchange)
    there = sorted({known for other, known in catalog.products if other != exchange})
    near = (*similar(code, here, _MOST_SUGGESTED), *similar(code, there, _MOST_SUGGESTED))
    return tuple(dict.fromkeys(near))[:_MOST_SUGGESTED]


def _code(item: Item) -> ProductCode:
    return ProductCode(_id_text(item))


def _id_text(item: Item) -> str:
    """Return an id as text; a type may write ids as numbers."""
    match item.value:
        case str():
            return item.value
        case int() | Decimal() if not isinstance(item.value, bool):
            return normal_text(item.value)
        case _:
            return ""


def _problem(document: SpecDocument, item: Item, code: str, message: str, suggestions: Sequence[str] = ()) -> Problem:
    return Problem(document.place_of(item.path), path_text(item.path), code, message, tuple(suggestions))
