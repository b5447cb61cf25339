"""Identifiers, and the JSON values that travel between the layers."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NewType, TypeAlias, Union

StrategyName = NewType("StrategyName", str)
"""A spec's name: 1-63 of a-z 0-9 -, alphanumeric at both ends, unique in an environment."""

StrategyId = NewType("StrategyId", str)
"""The platform's id of a strategy: 1-128 printable ASCII characters without spaces."""

AttemptId = NewType("AttemptId", str)
"""Our id of one request that changes the platform (a random UUID)."""

AccountId = NewType("AccountId", str)
ExchangeCode = NewType("ExchangeCode", str)
ProductCode = NewType("ProductCode", str)

Digest = NewType("Digest", str)
"""`sha256:` and 64 hexadecimal digits."""

Json: TypeAlias = Union[bool, int, Decimal, str, Sequence["Json"], Mapping[str, "Json"], None]  # noqa: UP007 - recursive
"""A JSON value. Numbers are `Decimal` (or `int` in our own documents); `float` never occurs."""

JsonObject: TypeAlias = Mapping[str, Json]

JsonPath: TypeAlias = tuple[str | int, ...]
"""Keys and indices from the root of a document; `()` is the root."""

NAME_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
STRATEGY_ID_PATTERN = re.compile(r"[!-~]{1,128}", re.ASCII)
EXCHANGE_CODES = tuple(map(ExchangeCode, ("BIN", "BYB", "OKX", "CRYPTO", "IB", "VB")))
"""The exchange codes that the vendor lists (the list was cut, so there may be more)."""

_BARE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)


def path_text(path: JsonPath) -> str:
    """Return `path` as people read it, e.g. `$.spec.legs[0].size`."""
    return "$" + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" if _BARE_KEY.fullmatch(step) else f"[{step!r}]"
        for step in path
    )
