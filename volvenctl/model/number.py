"""Exact decimals: the arithmetic of sizes and prices, and their text. No binary float occurs.

All values have at most `MAX_DIGITS` significant digits and exponents within `MAX_EXPONENT`, so every sum,
product and remainder here is exact within the precision of `_EXACT`; were one not, it would raise.
"""

from decimal import ROUND_FLOOR, Context, Decimal, Inexact, InvalidOperation

MAX_DIGITS = 40
MAX_EXPONENT = 40

_EXACT = Context(prec=600, traps=[Inexact, InvalidOperation])
_ROUNDING = Context(prec=600, traps=[InvalidOperation])


def is_within_limits(value: Decimal) -> bool:
    """Whether `value` is finite with at most 40 significant digits and an exponent within 40.

    Leading zeros do not count as digits; the exponent is that of the first significant digit and that of the last.
    """
    if not value.is_finite():
        return False
    _, digits, exponent = value.as_tuple()
    return len(digits) <= MAX_DIGITS and abs(int(exponent)) <= MAX_EXPONENT and abs(value.adjusted()) <= MAX_EXPONENT


def number_text(value: Decimal) -> str:
    """Return the digits of `value` with the exponent written out: `0.10`, `0.00000001`, `50000`."""
    return format(value, "f")


def normal_text(value: Decimal | int) -> str:
    """Return one text for all numbers that are equal in value: `0.10` and `0.1` give `0.1`, `-0` gives `0`."""
    text = format(Decimal(value), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def times(left: Decimal, right: Decimal) -> Decimal:
    """Return the exact product."""
    return _EXACT.multiply(left, right)


def plus(left: Decimal, right: Decimal) -> Decimal:
    """Return the exact sum."""
    return _EXACT.add(left, right)


def remainder(value: Decimal, step: Decimal) -> Decimal:
    """Return what is left of `value` after whole steps; exact. `step` must not be zero."""
    return _EXACT.remainder(value, step)


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Whether `value` is a whole number of steps."""
    return remainder(value, step) == 0


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the largest multiple of `step` that is at most `value` (`value` not negative)."""
    return _EXACT.subtract(value, remainder(value, step))


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the smallest multiple of `step` that is at least `value` (`value` not negative)."""
    below = floor_to(value, step)
    return below if below == value else _EXACT.add(below, step)


def smallest_factor(product: Decimal, factor: Decimal, step: Decimal) -> Decimal:
    """Return the smallest multiple of `step` whose product with `factor` is at least `product`."""
    steps = _ROUNDING.divide(product, times(factor, step)).to_integral_value(ROUND_FLOOR, _ROUNDING)
    candidate = _EXACT.multiply(steps, step)
    while times(candidate, factor) < product:
        candidate = _EXACT.add(candidate, step)
    return candidate
