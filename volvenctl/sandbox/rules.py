"""What the simulated platform finds wrong with a create request.

The messages of the vendor's quickstart are used word for word where it has them. It shows no message about
increments, bounds, accounts and products: those are in the same style, and made up.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from volvenctl.model.names import Json, JsonObject
from volvenctl.model.number import is_multiple, is_within_limits, times
from volvenctl.model.outcome import FieldFault
from volvenctl.sandbox.market import Market

_POSITIVE = ("orderMaxSize", "priceLimit", "size", "triggerPrice")
_SIZES = ("orderMaxSize", "size")
_PRICES = ("priceLimit", "triggerPrice")
_FLAGS = ("alwaysPassive", "autoRun", "ignoreWarnings", "useSpikeProtection")
_REQUIRED = ("accountId", "productCode", "side", "size")
_TEXTS = ("accountId", "productCode")
_SECTIONS = {"SPOT": "spot", "FUTURES": "futures"}


def faults_of(request: JsonObject, market: Market) -> tuple[FieldFault, ...]:
    """Return what is wrong with a create request, by field, as the platform would list it.

    Only the parameters of `SMO` are known; a request of another type needs nothing but its `strategyType`.
    """
    if not isinstance(request.get("strategyType"), str) or not request["strategyType"]:
        return (FieldFault("strategyType", "must not be blank"),)
    if request["strategyType"] != "SMO":
        return ()
    faults = list(_value_faults(request))
    bad = {fault.field for fault in faults}
    if not bad.intersection(_TEXTS):
        faults += _market_faults({key: value for key, value in request.items() if key not in bad}, market)
    return tuple(sorted(faults, key=lambda fault: (fault.field, fault.description)))


def _value_faults(request: JsonObject) -> Iterator[FieldFault]:
    yield from _type_faults(request)
    for field in (*_POSITIVE, "aggressiveness"):
        yield from _number_faults(field, request.get(field))
    if request.get("side") not in (None, "BUY", "SELL"):
        yield FieldFault("side", 'must match "BUY|SELL"')


def _type_faults(request: JsonObject) -> Iterator[FieldFault]:
    for field in _REQUIRED:
        if request.get(field) is None:
            yield FieldFault(field, "must not be null")
        elif field in _TEXTS and not isinstance(request[field], str):
            yield FieldFault(field, "must be a string")
    for field in _FLAGS:
        if not isinstance(request.get(field), bool | None):
            yield FieldFault(field, "must be a boolean")


def _number_faults(field: str, value: Json) -> Iterator[FieldFault]:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        yield FieldFault(field, "must be a number")
    elif not is_within_limits(Decimal(value)):
        yield FieldFault(field, "numeric value out of bounds")
    elif field == "aggressiveness":
        yield from () if 0 <= value <= 1 else (FieldFault(field, "must be between 0 and 1"),)
    elif value <= 0:
        yield FieldFault(field, "must be greater than 0")


def _market_faults(request: JsonObject, market: Market) -> Iterator[FieldFault]:
    account = market.account(request["accountId"])
    if account is None:
        yield FieldFault("accountId", "account not found")
        return
    product = market.product(account["exchangeCode"], request["productCode"])
    if product is None:
        yield FieldFault("productCode", f"product not found on {account['exchangeCode']}")
        return
    if product["removed"] is True:
        yield FieldFault("productCode", "product is removed")
    section = account[_SECTIONS[str(product["productType"])]]
    if not (isinstance(section, Mapping) and section["isActive"]):
        yield FieldFault("accountId", f"account is not active for {product['productType']}")
    yield from _size_faults(request, product)
    yield from _price_faults(request, product)


def _size_faults(request: JsonObject, product: JsonObject) -> Iterator[FieldFault]:
    for field in _SIZES:
        value = _number(request.get(field))
        if value is None:
            continue
        yield from _step_faults(field, value, product, "sizeIncrement")
        yield from _least_faults(field, value, product, "minSize")
        most = _bound(product, "maxSize")
        if most is not None and value > most:
            yield FieldFault(field, f"must be less than or equal to maxSize {product['maxSize']}")
    size, largest = _number(request.get("size")), _number(request.get("orderMaxSize"))
    if size is not None and largest is not None and largest > size:
        yield FieldFault("orderMaxSize", "must be less than or equal to size")


def _price_faults(request: JsonObject, product: JsonObject) -> Iterator[FieldFault]:
    for field in _PRICES:
        value = _number(request.get(field))
        if value is not None:
            yield from _step_faults(field, value, product, "priceIncrement")
            yield from _least_faults(field, value, product, "minPrice")
    least, price = _bound(product, "minNotionalValue"), _number(request.get("priceLimit"))
    if least is None or price is None:
        return
    for field in _SIZES:
        size = _number(request.get(field))
        if size is not None and times(size, price) < least:
            yield FieldFault(field, f"order value must be at least {product['minNotionalValue']} {product['quote']}")


def _step_faults(field: str, value: Decimal, product: JsonObject, rule: str) -> Iterator[FieldFault]:
    step = _bound(product, rule)
    if step is not None and not is_multiple(value, step):
        yield FieldFault(field, f"must be a multiple of {rule} {product[rule]}")


def _least_faults(field: str, value: Decimal, product: JsonObject, rule: str) -> Iterator[FieldFault]:
    least = _bound(product, rule)
    if least is not None and value < least:
        yield FieldFault(field, f"must be greater than or equal to {rule} {product[rule]}")


def _number(value: Json) -> Decimal | None:
    return Decimal(value) if isinstance(value, int | Decimal) else None


def _bound(product: JsonObject, rule: str) -> Decimal | None:
    """Return a bound of our own list of products; None where it is absent or empty."""
    text = product.get(rule)
    return Decimal(text) if isinstance(text, str) and text else None
