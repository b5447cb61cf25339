"""What all texts share: pages of lines, amounts, moments, signs of an action, counts in words, next commands."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from volvenctl.model.names import Json
from volvenctl.model.number import normal_text, plus
from volvenctl.model.plan import Money
from volvenctl.render.safe import ci_safe, safe
from volvenctl.render.style import Palette


def page(lines: Iterable[str]) -> str:
    """Return the lines as a text that ends with a newline; none of them can be read as a command of a CI system."""
    return "".join(ci_safe(line) + "\n" for line in lines)


def section(title: str, lines: Sequence[str], palette: Palette) -> list[str]:
    """Return a blank line, the title and the lines; nothing if there are no lines."""
    return ["", palette.strong(title), *lines] if lines else []


def number_words(value: Decimal) -> str:
    """Return a number for reading: no trailing zeros, thousands apart."""
    return f"{Decimal(normal_text(value)):,f}"


def amount_text(amount: Decimal | None, currency: str | None) -> str:
    """Return an amount with its currency, e.g. `9,500 USDT`; `unknown` where it is not known."""
    if amount is None:
        return f"unknown {currency}" if currency else "unknown"
    return f"{number_words(amount)} {currency or ''}".rstrip()


def money_text(money: Money) -> str:
    """Return the notional of an action."""
    return amount_text(money.amount, money.currency)


def change_text(before: Decimal | None, after: Decimal | None, currency: str | None) -> str:
    """Return the difference of two amounts with its sign, e.g. `+9,500 USDT`."""
    if before is None or after is None:
        return amount_text(None, currency)
    difference = plus(after, before.copy_negate())
    return f"{'+' if difference > 0 else ''}{amount_text(difference, currency)}"


def moment_text(moment: datetime) -> str:
    """Return a moment to the minute, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def count_text(number: int, one: str, many: str = "") -> str:
    """Return a count in words: `1 strategy`, `2 strategies`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def fields_text(values: Json) -> str:
    """Return the members of a flat JSON object as `key=value`, in order; other values as they are."""
    if isinstance(values, Mapping):
        return " ".join(f"{key}={value}" for key, value in values.items() if value not in (None, ""))
    return "" if values is None else str(values)


def command_text(environment: str, *words: str) -> str:
    """Return a command of ours for `environment`, quoted for a shell, safe to show."""
    return safe(shlex.join(["volvenctl", "-e", environment, *words]))


def next_line(command: str, palette: Palette) -> str:
    """Return the last line of a page: what to do next."""
    return f"Next: {palette.strong(command)}"


def bullet_lines(texts: Iterable[str], word: str, palette: Palette) -> list[str]:
    """Return one line per text, each after `word` (such as `warning`)."""
    return [f"{palette.odd(word)}: {safe(text)}" for text in texts]
