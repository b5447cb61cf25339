"""What a plain YAML scalar means, and which ones are refused because YAML readers disagree on them."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import lru_cache
from typing import Final, TypeAlias

from volvenctl.model.number import MAX_DIGITS, MAX_EXPONENT, is_within_limits

_CONSTANTS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TRUTH_WORDS: Final = frozenset({"y", "yes", "n", "no", "on", "off"})
_INDICATORS: Final = frozenset({"=", "<<"})
_NUMERIC_START: Final = frozenset("+-.0123456789")
_NUMBER: Final = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_UNCLEAR_NUMBER: Final = re.compile(
    r"""[-+]?(?:
        (?:[0-9][0-9_,]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9_]+)?  # 0123 089 1_000 50,000
        |[0-9][0-9_]*(?::[0-9_]+)+(?:\.[0-9_]*)?  # 12:30:45
        |0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+
        |\.(?i:inf|nan)
    )""",
    re.VERBOSE,
)
_LONGEST_NUMBER: Final = 100
"""Characters of a number worth reading: 40 digits, 40 zeros, sign, point and exponent fit in."""

_LENIENT: Final = Context(prec=_LONGEST_NUMBER, traps=[])
"""Reads any exponent without raising; what is out of range becomes an infinity or zero with a huge exponent."""

_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Unclear:
    """A plain scalar that has no single meaning."""

    message: str
    """Says what is wrong with it and to quote it."""


Plain: TypeAlias = bool | Decimal | str | None


def plain_value(text: str) -> Plain | Unclear:
    """Return what the plain scalar `text` means: null, true or false, a number with its digits, or itself.

    Numbers and constants are those of the YAML 1.2 core schema. What YAML 1.1 readers, YAML 1.2 readers or
    people take for something else is `Unclear`; dates are text.
    """
    return _short_value(text) if len(text) <= _LONGEST_NUMBER else _value(text)


def _value(text: str) -> Plain | Unclear:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if not text.isascii():
        return _foreign(text)
    if text[0] in _NUMERIC_START:
        return _numeric(text)
    if text.lower() in _TRUTH_WORDS:
        return Unclear(
            f"{shown(text)} is a truth value to some YAML readers and text to others: quote it, or write true or false"
        )
    if text in _INDICATORS:
        return Unclear(f"{shown(text)} is a directive to some YAML readers and text to others: quote it")
    return text


_short_value = lru_cache(maxsize=1024)(_value)
"""The same keys and words stand in every spec."""


def shown(text: str) -> str:
    """Return `text` quoted for a message: cut after 40 characters, control characters escaped."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")


def _numeric(text: str) -> Plain | Unclear:
    if _NUMBER.fullmatch(text):
        return _number(text)
    if _UNCLEAR_NUMBER.fullmatch(text):
        return Unclear(
            f"{shown(text)} is read as different numbers, or as text, by different YAML readers: "
            "quote it, or write a number like 1234.5"
        )
    return text


def _number(text: str) -> Decimal | Unclear:
    value = _LENIENT.create_decimal(text if len(text) <= _LONGEST_NUMBER else "NaN")
    if is_within_limits(value):
        return value
    return Unclear(
        f"the number {shown(text)} has more than {MAX_DIGITS} significant digits or an exponent beyond "
        f"{MAX_EXPONENT}: shorten it, or quote it if it is text"
    )


def _foreign(text: str) -> str | Unclear:
    """Refuse what only looks like a number or a constant: fullwidth digits, U+2212 for minus, hidden characters."""
    if len(text) > _LONGEST_NUMBER:
        return text
    folded = "".join(map(_ascii_like, unicodedata.normalize("NFKC", text)))
    if not folded.isascii() or isinstance(plain_value(folded), str):
        return text
    return Unclear(f"{text!a} looks like {shown(folded)} but holds other characters: type it in ASCII, or quote it")


def _ascii_like(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    match unicodedata.category(character):
        case "Cf":
            return ""
        case "Pd":
            return "-"
        case _:
            return {"\u2212": "-", "\u066b": ".", "\u066c": ","}.get(character, character)
