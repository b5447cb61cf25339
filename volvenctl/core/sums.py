"""Notionals summed per quote currency, exactly; one unknown part makes a sum unknown."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from volvenctl.model.limits import Amounts
from volvenctl.model.number import plus
from volvenctl.model.spec import Notional


@dataclass(frozen=True, slots=True)
class Sum:
    """What several notionals come to in one quote currency."""

    currency: str | None
    """None: not known."""
    amount: Decimal | None
    """None: at least one part is not known."""


def sums_of(parts: Iterable[Notional]) -> tuple[Sum, ...]:
    """Return one sum per currency, by currency, the unknown one first; none for no parts."""
    totals: dict[str | None, Decimal | None] = {}
    for part in parts:
        total = totals.get(part.currency, Decimal(0))
        totals[part.currency] = None if total is None or part.amount is None else plus(total, part.amount)
    return tuple(Sum(currency, totals[currency]) for currency in sorted(totals, key=lambda item: item or ""))


def is_known(sums: Iterable[Sum]) -> bool:
    """Whether every sum is known, and its currency."""
    return all(item.currency is not None and item.amount is not None for item in sums)


def fits(sums: Iterable[Sum], limit: Amounts) -> bool:
    """Whether every sum is known and at most what `limit` gives for its currency."""
    return all(
        item.amount is not None and item.currency is not None and item.amount <= limit.get(item.currency, Decimal(-1))
        for item in sums
    )
