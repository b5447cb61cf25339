"""Words for messages: values of others, shown short and harmless, and what they may have meant."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache

from volvenctl.model.names import Json
from volvenctl.model.number import number_text

SHOWN_CHARACTERS = 60
"""A value is shown with at most this many characters."""


def shown(value: Json) -> str:
    """Return a scalar as it may stand in a message, short and with control characters escaped; else its kind.

    Lists and mappings are never quoted: they may hold secrets.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return _cut(_number(value))
        case str():
            return _cut(repr(value[: SHOWN_CHARACTERS + 1]))
        case _:
            return kind_of(value)


def kind_of(value: Json) -> str:
    """Return what sort of value it is: `text`, `a number`, `a truth value`, `nothing`, `a mapping`, `a list`."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "a truth value"
        case int() | Decimal():
            return "a number"
        case str():
            return "text"
        case Sequence():
            return "a list"
        case _:
            return "a mapping"


def similar(word: str, known: Iterable[str], most: int = 1) -> tuple[str, ...]:
    """Return the known words that `word` may have meant, best first, at most `most`; case does not count."""
    return _similar(word[: 4 * SHOWN_CHARACTERS], tuple(known), most)


def did_you_mean(words: Sequence[str]) -> str:
    """Return ` (did you mean a or b?)`; nothing for no words."""
    return f" (did you mean {' or '.join(words)}?)" if words else ""


@lru_cache(maxsize=256)
def _similar(word: str, known: tuple[str, ...], most: int) -> tuple[str, ...]:
    folded: dict[str, str] = {}
    for item in known:
        folded.setdefault(item.casefold(), item)
    return tuple(folded[item] for item in get_close_matches(word.casefold(), folded, most, 0.6))


def _number(value: int | Decimal) -> str:
    return number_text(value) if isinstance(value, Decimal) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."
