"""What the platform offers."""

from volvenctl.model.catalog import Account, Product
from volvenctl.model.names import ExchangeCode
from volvenctl.ports import World


def accounts(world: World) -> tuple[Account, ...]:
    """Return the user's accounts by id."""
    return tuple(sorted(world.platform.accounts(), key=lambda item: item.id))


def products(world: World, exchange: str | None, search: str | None) -> tuple[Product, ...]:
    """Return the products of one exchange (None: of all) whose code, name, base or quote contains `search`.

    Sorted by exchange and code; case does not matter in the search.
    """
    wanted = (search or "").casefold()
    found = world.platform.products(() if exchange is None else (ExchangeCode(exchange),))
    matching = (item for item in found if any(wanted in text.casefold() for text in _texts(item)))
    return tuple(sorted(matching, key=lambda item: (item.exchange, item.code)))


def _texts(item: Product) -> tuple[str, ...]:
    return item.code, item.name, item.base, item.quote
