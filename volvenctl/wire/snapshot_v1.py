"""The snapshot file: accounts and products of the platform as they were, committed for planning without a token.

One line for each account and product, sorted, so that a changed bound is one changed line of a review. It holds
no `apiKey`; what is read from it is as foreign as what the platform answers, and read as strictly.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar, cast

from volvenctl.errors import ConfigError
from volvenctl.model.catalog import Account, Product, Snapshot
from volvenctl.model.names import AccountId, ExchangeCode, Json, JsonObject, ProductCode
from volvenctl.model.number import is_within_limits
from volvenctl.model.record import FORMAT_VERSION
from volvenctl.wire.documents import accounts_document, products_document
from volvenctl.wire.exact_json import JsonFault, json_text, read_json
from volvenctl.wire.moments import moment_text, read_moment

MAX_SNAPSHOT_BYTES = 64 << 20
"""Most bytes of a snapshot file that are read."""

_DECIMAL = re.compile(r"[0-9]{1,100}(?:\.[0-9]{1,100})?", re.ASCII)
_Value = TypeVar("_Value")


def snapshot_document(snapshot: Snapshot) -> JsonObject:
    """Return the accounts and products, sorted; schema: snapshot."""
    accounts = sorted(snapshot.accounts, key=lambda item: item.id)
    products = sorted(snapshot.products, key=lambda item: (item.exchange, item.code))
    written = cast("list[JsonObject]", products_document(products)["products"])
    return {
        "formatVersion": FORMAT_VERSION,
        "environment": snapshot.environment,
        "takenAt": moment_text(snapshot.taken_at),
        "accounts": accounts_document(accounts)["accounts"],
        "products": [
            {**entry, "hasContractValue": item.has_contract_value}
            for entry, item in zip(written, products, strict=True)
        ],
    }


def snapshot_text(snapshot: Snapshot) -> str:
    """Return the file's content: ASCII JSON with a line for each member, account and product."""
    members = [f"{json_text(key)}: {_lines(value)}" for key, value in snapshot_document(snapshot).items()]
    return "{\n" + ",\n".join(members) + "\n}\n"


def read_snapshot(content: bytes) -> Snapshot:
    """Return the snapshot that a file holds.

    Raises:
        ConfigError: it is no snapshot of this format; the message says where.
    """
    try:
        return _snapshot(read_json(content))
    except (JsonFault, _Fault) as fault:
        raise ConfigError(f"the snapshot cannot be used: {fault}", hint="take a new one: volvenctl snapshot") from fault


class _Fault(ValueError):  # noqa: N818 - a finding about a text, not a failure of ours
    """What is wrong with the file."""


def _snapshot(document: Json) -> Snapshot:
    if not isinstance(document, Mapping) or document.get("formatVersion") != FORMAT_VERSION:
        raise _Fault(f"it is no JSON object with a formatVersion of {FORMAT_VERSION}")
    return Snapshot(
        environment=_member(document, "environment", str),
        taken_at=_moment(_member(document, "takenAt", str)),
        accounts=_items(document, "accounts", _account, lambda item: item.id),
        products=_items(document, "products", _product, lambda item: (item.exchange, item.code)),
    )


def _lines(value: Json) -> str:
    if not isinstance(value, list) or not value:
        return json_text(value)
    return "[\n" + ",\n".join(map(json_text, value)) + "\n]"


def _member(entry: JsonObject, key: str, kind: type[_Value]) -> _Value:
    value = entry.get(key)
    if isinstance(value, kind) and type(value) is kind:
        return value
    raise _Fault(f"it has no usable {key}")


def _moment(text: str) -> datetime:
    try:
        return read_moment(text)
    except (ValueError, OverflowError) as error:
        raise _Fault("its takenAt is no moment") from error


def _items(
    document: JsonObject, key: str, read: Callable[[JsonObject], _Value], identity: Callable[[_Value], object]
) -> tuple[_Value, ...]:
    found: dict[object, _Value] = {}
    for number, entry in enumerate(_member(document, key, list), start=1):
        where = f"item {number} of {key}"
        if not isinstance(entry, Mapping):
            raise _Fault(f"{where} is no JSON object")
        try:
            value = read(entry)
        except _Fault as fault:
            raise _Fault(f"{where}: {fault}") from fault
        if identity(value) in found:
            raise _Fault(f"{where} is there twice")
        found[identity(value)] = value
    return tuple(found.values())


def _account(entry: JsonObject) -> Account:
    return Account(
        id=AccountId(_member(entry, "accountId", str)),
        name=_member(entry, "name", str),
        exchange=ExchangeCode(_member(entry, "exchangeCode", str)),
        spot_active=_member(entry, "spotActive", bool),
        futures_active=_member(entry, "futuresActive", bool),
    )


def _product(entry: JsonObject) -> Product:
    return Product(
        code=ProductCode(_member(entry, "productCode", str)),
        exchange=ExchangeCode(_member(entry, "exchangeCode", str)),
        type=_member(entry, "type", str),
        base=_member(entry, "base", str),
        quote=_member(entry, "quote", str),
        name=_member(entry, "name", str),
        contract_type=_member(entry, "contractType", str),
        min_size=_bound(entry, "minSize"),
        max_size=_bound(entry, "maxSize"),
        size_increment=_bound(entry, "sizeIncrement"),
        min_price=_bound(entry, "minPrice"),
        price_increment=_bound(entry, "priceIncrement"),
        min_notional=_bound(entry, "minNotionalValue"),
        has_contract_value=_member(entry, "hasContractValue", bool),
        removed=_member(entry, "removed", bool),
        unreadable=tuple(_text(item) for item in _member(entry, "unreadable", list)),
    )


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    raise _Fault("it has no usable unreadable")


def _bound(entry: JsonObject, key: str) -> Decimal | None:
    """Return a bound; None where it is null: no such rule. Anything but a decimal above 0 is a fault."""
    if key in entry and entry[key] is None:
        return None
    text = _member(entry, key, str)
    value = Decimal(text) if _DECIMAL.fullmatch(text) else Decimal(0)
    if value > 0 and is_within_limits(value):
        return value
    raise _Fault(f"it has no usable {key}")
