"""What the platform offers and what runs there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from volvenctl.model.names import AccountId, ExchangeCode, ProductCode, StrategyId

ProductType: TypeAlias = Literal["SPOT", "FUTURES"]


@dataclass(frozen=True, slots=True)
class Account:
    """An exchange account. The `apiKey` of the platform's answer is dropped where it is read."""

    id: AccountId
    name: str
    exchange: ExchangeCode
    spot_active: bool
    futures_active: bool


@dataclass(frozen=True, slots=True)
class Product:
    """A product's metadata. A bound that is absent, empty or zero in the answer is None: no such rule.

    Source: GET /mms/v2/productDetails, strategy-api-quickstart.txt.
    """

    code: ProductCode
    exchange: ExchangeCode
    type: str
    """`SPOT` and `FUTURES` are the two values seen."""
    base: str
    quote: str
    name: str
    contract_type: str
    min_size: Decimal | None
    """Smallest order size, in base currency."""
    max_size: Decimal | None
    size_increment: Decimal | None
    min_price: Decimal | None
    price_increment: Decimal | None
    min_notional: Decimal | None
    """Smallest size times price, in quote currency."""
    has_contract_value: bool
    """The answer gives a `contractValue`, whose meaning is not documented: the notional is then unknown."""
    removed: bool
    unreadable: tuple[str, ...] = ()
    """Fields whose values are no usable decimals, as `minSize "abc"`; such a product cannot be checked."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Accounts by id, and the products that were fetched, by exchange and code."""

    accounts: Mapping[AccountId, Account] = field(default_factory=dict)
    products: Mapping[tuple[ExchangeCode, ProductCode], Product] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Accounts and products as they were at a moment, for plans that are made without the platform."""

    environment: str
    taken_at: datetime
    accounts: tuple[Account, ...]
    products: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class LiveStrategy:
    """What `find` says of one root strategy: no name, type, product, account or client tag."""

    id: StrategyId
    event_time: datetime | None
    state: Mapping[str, str]
    """The vocabulary is not documented."""
