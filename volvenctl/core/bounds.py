"""What a product allows for one value: a grid of multiples between bounds, in exact decimals."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from volvenctl.model.catalog import Product
from volvenctl.model.number import ceil_to, floor_to, is_multiple, number_text, smallest_factor, times

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Rules for a value above zero; None: no such rule."""

    kind: Literal["size", "price"]
    """First part of the codes: `size-step`, `price-minimum`."""
    step: Decimal | None
    low: Decimal | None
    high: Decimal | None
    source: str
    """Whose rules these are, e.g. `btcusdt_f on BYB`."""

    def faults(self, value: Decimal) -> Iterator[tuple[str, str]]:
        """Yield code and message of every rule that a positive value breaks."""
        name = self.kind.capitalize()
        if self.step is not None and not is_multiple(value, self.step):
            limit = f"{self.kind}Increment {number_text(self.step)} of {self.source}"
            yield f"{self.kind}-step", f"{number_text(value)} is not a multiple of {limit}"
        if self.low is not None and value < self.low:
            limit = f"min{name} {number_text(self.low)} of {self.source}"
            yield f"{self.kind}-minimum", f"{number_text(value)} is below {limit}"
        if self.high is not None and value > self.high:
            limit = f"max{name} {number_text(self.high)} of {self.source}"
            yield f"{self.kind}-maximum", f"{number_text(value)} is above {limit}"

    def nearest(
        self, value: Decimal, *, at_least: Decimal = _ZERO, at_most: Decimal | None = None
    ) -> tuple[Decimal, ...]:
        """Return the valid values next to `value`, the lower one first; none where there is no valid value.

        `at_least` and `at_most` narrow the bounds further.
        """
        lowest = max(at_least, self.low or _ZERO)
        highest = min((item for item in (self.high, at_most) if item is not None), default=None)
        above = below = max(value, _ZERO)
        if self.step is not None:
            lowest = ceil_to(max(lowest, self.step), self.step)
            highest = None if highest is None else floor_to(highest, self.step)
            below, above = floor_to(below, self.step), ceil_to(above, self.step)
        if highest is not None:
            if highest < lowest:
                return ()
            below, above = min(below, highest), min(above, highest)
        below, above = max(below, lowest), max(above, lowest)
        return tuple(item for item in dict.fromkeys((below, above)) if item > 0)

    def least_for_notional(self, notional: Decimal, factor: Decimal) -> Decimal | None:
        """Return the smallest value on the grid whose product with `factor` is at least `notional`.

        None where there is no grid: the quotient need not be a decimal.
        """
        return None if self.step is None else smallest_factor(notional, factor, self.step)


def size_bounds(product: Product) -> Bounds:
    """Return the rules for order sizes."""
    return Bounds("size", product.size_increment, product.min_size, product.max_size, source_of(product))


def price_bounds(product: Product) -> Bounds:
    """Return the rules for prices."""
    return Bounds("price", product.price_increment, product.min_price, None, source_of(product))


def min_notional_of(product: Product) -> Decimal | None:
    """Return the smallest size times price; None also where a contract value makes the notional unknown."""
    return None if product.has_contract_value else product.min_notional


def broken_notional(product: Product, size: Decimal, price: Decimal | None) -> str:
    """Return the minimum notional that an order is below; nothing if it is not, or if that is not known."""
    least = min_notional_of(product)
    if least is None or price is None or times(size, price) >= least:
        return ""
    return notional_text(product, least)


def notional_text(product: Product, least: Decimal) -> str:
    """Return a minimum notional as messages name it."""
    return f"minNotionalValue {number_text(least)} {product.quote} of {source_of(product)}"


def source_of(product: Product) -> str:
    """Return the product as messages name it."""
    return f"{product.code} on {product.exchange}"
