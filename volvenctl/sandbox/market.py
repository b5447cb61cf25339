"""The accounts and products of the simulated platform, as its answers give them.

Those of the vendor's quickstart are exact copies; the others are made up in the same shape, with increments and
bounds of the odd kinds that exchanges have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from volvenctl.model.names import Json, JsonObject
from volvenctl.wire.exact_json import read_json


@dataclass(frozen=True, slots=True)
class Market:
    """What the simulated user can trade with and on."""

    accounts: tuple[JsonObject, ...]
    products: tuple[JsonObject, ...]

    def account(self, identifier: Json) -> JsonObject | None:
        """Return the account with this id."""
        return next((item for item in self.accounts if item["id"] == identifier), None)

    def product(self, exchange: Json, code: Json) -> JsonObject | None:
        """Return the product with this code on this exchange."""
        return next((item for item in self.products_of(exchange) if item["productCode"] == code), None)

    def products_of(self, exchange: Json) -> tuple[JsonObject, ...]:
        """Return the products of one exchange; of all for None."""
        return tuple(item for item in self.products if exchange is None or item["exchangeCode"] == exchange)


@cache
def simulated_market() -> Market:
    """Return the accounts and products that ship with the program."""
    return Market(_objects("accounts.json"), _objects("products.json"))


def _objects(name: str) -> tuple[JsonObject, ...]:
    items = read_json((files("volvenctl.sandbox") / name).read_bytes())
    return tuple(item for item in items if isinstance(item, Mapping)) if isinstance(items, list) else ()
