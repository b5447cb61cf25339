"""A small picture of a Smart Order: its size cut into slices, its limit and trigger on a price axis. Exact."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from volvenctl.model.names import Json, JsonObject
from volvenctl.model.number import is_within_limits, remainder
from volvenctl.model.outcome import Request
from volvenctl.render.text import number_words
from volvenctl.wire.exact_json import JsonFault, read_json

_SIDES = ("BUY", "SELL")
_MOST_BOXES = 12
"""More slices than this are drawn as a few and counted."""


@dataclass(frozen=True, slots=True)
class PriceMark:
    """A price of the order and what it is: `limit`, `trigger`, or both."""

    word: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Order:
    """What a Smart Order will do, as its request says."""

    side: str
    """`BUY` or `SELL`."""
    product: str
    size: Decimal
    slice: Decimal | None
    """Largest size of one order; None where the request names none."""
    whole: int
    """How many slices have that size."""
    rest: Decimal
    """Size of the last, smaller slice; zero if there is none."""
    marks: tuple[PriceMark, ...]
    """At most two, the lower price first."""
    zones: tuple[bool, ...]
    """Whether it may trade below the first mark, between the marks, and above the last one."""


def order_of(request: Request) -> Order | None:
    """Return the order that `request` launches; None if it launches none of type SMO, or none that can be drawn."""
    body = _smart_order(request)
    names = ("size", "orderMaxSize", "priceLimit", "triggerPrice")
    size, most, limit, trigger = (_positive(body.get(name)) for name in names)
    written = sum(name in body for name in names)
    drawn = sum(value is not None for value in (size, most, limit, trigger))
    if size is None or drawn != written or (most is not None and most > size):
        return None
    return _order((str(body["side"]), str(body.get("productCode", ""))), (size, most), (limit, trigger))


def terms_text(order: Order) -> str:
    """Return the order in one phrase, e.g. `BUY 0.1 btcusdt_f up to 95,000`."""
    limit = next((mark.price for mark in order.marks if "limit" in mark.word), None)
    trigger = next((mark.price for mark in order.marks if "trigger" in mark.word), None)
    bound = "up to" if order.side == "BUY" else "down to"
    price = "at any price" if limit is None else f"{bound} {number_words(limit)}"
    start = "" if trigger is None else f", once the price crosses {number_words(trigger)}"
    what = f"{number_words(order.size)} {order.product}".rstrip()
    return f"{order.side} {what} {price}{start}"


def slices_text(order: Order) -> str:
    """Return how the size is cut, e.g. `3 x 0.03 + 0.01`."""
    if order.slice is None:
        return f"up to {number_words(order.size)} in one order"
    rest = f" + {number_words(order.rest)}" if order.rest else ""
    return f"{order.whole:,} x {number_words(order.slice)}{rest}"


def order_lines(order: Order) -> tuple[str, ...]:
    """Return the picture as text: the slices, then the price axis with `=` wherever the order may trade."""
    lines = [f"slices  {_boxes(order)}  {slices_text(order)}"]
    if order.marks:
        marks = [f"{number_words(mark.price)} {mark.word}" for mark in order.marks]
        zones = ["===" if is_open else "---" for is_open in order.zones]
        parts = [part for pair in zip(zones, [*marks, ""], strict=True) for part in pair if part]
        lines.append(f"price   {' '.join(parts)}")
    return tuple(lines)


def slice_edges(order: Order, width: int, most: int) -> tuple[int, ...]:
    """Return where the slices begin and the last one ends, in whole units of a bar of `width`.

    More than `most` slices give one box for all of them.
    """
    count = order.whole + bool(order.rest)
    if order.slice is None or count > most:
        return (0, width)
    part = Fraction(order.slice) * width / Fraction(order.size)
    return (*(int(part * number) for number in range(count)), width)


def _smart_order(request: Request) -> JsonObject:
    """Return the body of the request if it is a Smart Order, else an empty one."""
    try:
        body = read_json(request.body)
    except JsonFault:
        return {}
    if isinstance(body, Mapping) and body.get("strategyType") == "SMO" and body.get("side") in _SIDES:
        return body
    return {}


def _order(
    what: tuple[str, str], sizes: tuple[Decimal, Decimal | None], prices: tuple[Decimal | None, Decimal | None]
) -> Order:
    (side, product), (size, most) = what, sizes
    rest = Decimal(0) if most is None else remainder(size, most)
    whole = 1 if most is None else Fraction(size) // Fraction(most)
    marks, zones = _axis(side, *prices)
    return Order(side, product, size, most, int(whole), rest, marks, zones)


def _axis(side: str, limit: Decimal | None, trigger: Decimal | None) -> tuple[tuple[PriceMark, ...], tuple[bool, ...]]:
    """Return the marks and the zones around them: a BUY trades up to its limit, a SELL down to it."""
    if limit is not None and limit == trigger:
        marks = [PriceMark("trigger and limit", limit)]
    else:
        named = (("trigger", trigger), ("limit", limit))
        marks = sorted((PriceMark(word, price) for word, price in named if price is not None), key=_price_of)
    if limit is None:
        return tuple(marks), (True,) * (len(marks) + 1)
    place = next(number for number, mark in enumerate(marks) if mark.price == limit)
    return tuple(marks), tuple((zone <= place) == (side == "BUY") for zone in range(len(marks) + 1))


def _price_of(mark: PriceMark) -> Decimal:
    return mark.price


def _positive(value: Json) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if number > 0 and is_within_limits(number) else None


def _boxes(order: Order) -> str:
    rest = "[=]" if order.rest else ""
    if order.slice is None:
        return "[==========]"
    if order.whole <= _MOST_BOXES:
        return "[==]" * order.whole + rest
    return "[==][==][==]...[==]" + rest
