"""Listings: accounts, products and the state."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from volvenctl.model.catalog import Account, Product
from volvenctl.model.names import Json, JsonObject
from volvenctl.model.number import number_text
from volvenctl.render.safe import safe
from volvenctl.render.style import PLAIN, Palette
from volvenctl.render.tables import Row, table_lines
from volvenctl.render.text import bullet_lines, count_text, fields_text, page

_PRODUCT_TITLES = (
    *("exchange", "product", "type", "base/quote", "name", "min size", "max size", "size step"),
    *("price step", "min notional", ""),
)


def accounts_text(accounts: Sequence[Account], palette: Palette = PLAIN) -> str:
    """Return one line per account: what a spec's `accountId` may be, and for which products it is active."""
    rows = [
        Row(
            (
                item.id,
                item.exchange,
                item.name,
                "spot" if item.spot_active else "-",
                "futures" if item.futures_active else "-",
            ),
            palette.strong,
        )
        for item in accounts
    ]
    table = table_lines(rows, titles=("account", "exchange", "name", "spot", "futures"))
    return page([*table, f"{count_text(len(rows), 'account')}."])


def products_text(products: Sequence[Product], palette: Palette = PLAIN) -> str:
    """Return one line per product, with the bounds that sizes and prices must keep."""
    rows = [_product_row(item, palette) for item in products]
    return page(
        [*table_lines(rows, titles=_PRODUCT_TITLES, right=(5, 6, 7, 8, 9)), f"{count_text(len(rows), 'product')}."]
    )


def _product_row(product: Product, palette: Palette) -> Row:
    notional = _bound(product.min_notional)
    return Row(
        (
            product.exchange,
            product.code,
            product.type,
            f"{product.base}/{product.quote}",
            _title(product),
            _bound(product.min_size),
            _bound(product.max_size),
            _bound(product.size_increment),
            _bound(product.price_increment),
            f"{notional} {product.quote}".rstrip() if notional else "",
            "removed"
            if product.removed
            else "unreadable: " + ", ".join(product.unreadable)
            if product.unreadable
            else "",
        ),
        palette.odd if product.removed else str,
    )


def _title(product: Product) -> str:
    if product.contract_type.casefold() in product.name.casefold():
        return product.name
    return f"{product.name} {product.contract_type}".strip()


def _bound(value: Decimal | None) -> str:
    return "" if value is None else number_text(value)


def state_text(document: JsonObject, notices: Sequence[str], palette: Palette = PLAIN) -> str:
    """Return what the state knows: the ledger's head, each strategy, each open attempt."""
    strategies, attempts = _members(document.get("strategies")), _members(document.get("openAttempts"))
    lines = [
        *bullet_lines(notices, "note", palette),
        f"ledger {safe(str(document.get('lineage')))} at record {safe(str(document.get('serial')))}",
        f"head   {safe(str(document.get('head')))}",
        *_strategy_lines(strategies, palette),
        *table_lines([Row(("? " + name, fields_text(item)), palette.bad) for name, item in attempts]),
        f"{count_text(len(strategies), 'strategy', 'strategies')}, {count_text(len(attempts), 'open attempt')}.",
    ]
    return page(lines)


def state_list_text(document: JsonObject, palette: Palette = PLAIN) -> str:
    """Return one line per strategy that the state knows."""
    strategies = _members(document.get("strategies"))
    return page([*_strategy_lines(strategies, palette), f"{count_text(len(strategies), 'strategy', 'strategies')}."])


def _strategy_lines(strategies: Sequence[tuple[str, JsonObject]], palette: Palette) -> list[str]:
    keys = ("strategyId", "strategyType", "runState", "launchedAt")
    rows = [Row((name, *(_word(item.get(key)) for key in keys)), palette.strong) for name, item in strategies]
    return table_lines(rows, titles=("strategy", "id", "type", "run state", "launched"))


def _word(value: Json) -> str:
    return "" if value is None else str(value)


def _members(value: Json) -> list[tuple[str, JsonObject]]:
    if not isinstance(value, Mapping):
        return []
    return [(name, item if isinstance(item, Mapping) else {}) for name, item in value.items()]
