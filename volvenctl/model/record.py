"""Records of the ledger: what happened, in order, each chained to the one before."""

from dataclasses import dataclass

from volvenctl.model.names import Digest, JsonObject

FORMAT_VERSION = 1
GENESIS = Digest("sha256:" + "0" * 64)
"""`prev` of the first record."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it has a place in the ledger."""

    type: str
    data: JsonObject
    """No floats and no Decimals: decimals are text, so that any language can verify the hash."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record at its place. `hash` covers all other fields in RFC 8785 canonical JSON."""

    seq: int
    time: str
    """UTC, milliseconds, `Z`. Informative: order is by `seq`."""
    type: str
    actor: JsonObject
    data: JsonObject
    prev: Digest
    hash: Digest


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a ledger; `seq` 0 and `GENESIS` for an empty one."""

    seq: int
    hash: Digest


EMPTY = Head(0, GENESIS)
"""The head of a ledger without records."""
