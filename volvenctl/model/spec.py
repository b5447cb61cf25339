"""What a desk wrote: documents as they stand in files, and strategies as they will be asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from volvenctl.model.names import (
    AccountId,
    Digest,
    ExchangeCode,
    Json,
    JsonObject,
    JsonPath,
    ProductCode,
    StrategyId,
    StrategyName,
)
from volvenctl.model.problem import Place

RunState: TypeAlias = Literal["running", "paused", "stopped", "released"]
Mark: TypeAlias = tuple[int, int]
"""Line and column, both from 1."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Where every value and every key of a document stands."""

    values: Mapping[JsonPath, Mark]
    keys: Mapping[JsonPath, Mark]

    def of_value(self, path: JsonPath) -> Mark:
        """Return the place of the value at `path`, or of the nearest enclosing one that has a place."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, (1, 1))

    def of_key(self, path: JsonPath) -> Mark:
        """Return the place of the key at `path`; of its value where there is no key (list items, the root)."""
        return self.keys[path] if path in self.keys else self.of_value(path)


@dataclass(frozen=True, slots=True)
class SpecFile:
    """The bytes of one file, read once; what is hashed is what is parsed."""

    file: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SpecDocument:
    """One YAML document: a mapping at the root, numbers as `Decimal` with the digits of the file."""

    file: str
    value: JsonObject
    marks: Marks

    def place_of(self, path: JsonPath, *, key: bool = False) -> Place:
        """Return the place of the value (or of the key) at `path`."""
        line, column = self.marks.of_key(path) if key else self.marks.of_value(path)
        return Place(self.file, line, column)


@dataclass(frozen=True, slots=True)
class Notional:
    """Order size times price limit of one order on one account, in quote currency."""

    account_id: AccountId
    currency: str | None
    """The product's quote currency; None where it is not known."""
    amount: Decimal | None
    """None where there is no price limit, or where the product has a contract value of unknown meaning."""


@dataclass(frozen=True, slots=True)
class ProductUse:
    """A product on the exchange of an account that the spec trades it with, as people know it."""

    account_id: AccountId
    exchange: ExchangeCode
    product: ProductCode
    title: str
    """Name, base/quote and contract type, to tell apart codes that differ by one letter."""


@dataclass(frozen=True, slots=True)
class RoleField:
    """A field that means something to the platform, as its type's schema says."""

    role: str
    """`account`, `product`, `side`, `size`, `slice`, `price` or `trigger`."""
    path: JsonPath
    value: Json
    """An account's alias is resolved."""


@dataclass(frozen=True, slots=True)
class StrategySpec:
    """A checked spec in one environment: overrides merged, aliases resolved, `autoRun` set."""

    name: StrategyName
    strategy_type: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    was: StrategyName | None
    run_state: RunState
    on_change: Literal["refuse", "replace"]
    protect: bool
    adopt: StrategyId | None
    """A strategy that runs already and is to be managed under this name."""
    request: JsonObject
    """The create request, field for field, in the order of the file."""
    digest: Digest
    """Of the request without `autoRun`, numbers equal in value counting as equal."""
    account_ids: tuple[AccountId, ...]
    products: tuple[ProductUse, ...]
    notionals: tuple[Notional, ...]
    document: SpecDocument
    """For the place of each field."""
    fields: tuple[RoleField, ...] = ()
    unpriced: tuple[JsonPath, ...] = ()
    """The sizes that no price limit belongs to."""

    @property
    def place(self) -> Place:
        """Where the document starts."""
        return self.document.place_of(())
