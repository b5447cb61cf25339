"""The platform's HTTP API: its paths, and its answers as values. The one place that knows their format.

Unknown fields are ignored. What is used is read strictly: what cannot be understood is refused, or listed as
unreadable, and never taken for "no rule". Messages name the call and the item and quote nothing of the answer,
because the list of accounts carries the exchanges' API keys in clear.

Source: the vendor's Strategy API quickstart and the pages of its strategy read and action controllers.
Assumed: the id that a create returns is the `strategyAppId` of the action calls; no page says so.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import TypeVar
from urllib.parse import quote

from volvenctl.errors import PlatformError
from volvenctl.model.catalog import Account, LiveStrategy, Product
from volvenctl.model.names import (
    STRATEGY_ID_PATTERN,
    AccountId,
    ExchangeCode,
    Json,
    JsonObject,
    ProductCode,
    StrategyId,
)
from volvenctl.model.number import is_within_limits
from volvenctl.model.outcome import Action, FieldFault, Request
from volvenctl.wire.exact_json import JsonFault, read_json
from volvenctl.wire.foreign_text import quoted

ACCOUNTS_PATH = "/as/v3/accounts"
PRODUCTS_PATH = "/mms/v2/productDetails"
STRATEGIES_PATH = "/strategy-orchestrator/strategies"
CREATE_PATH = f"{STRATEGIES_PATH}/action/create"
FIND_PATH = f"{STRATEGIES_PATH}/find"

MAX_READ_BODY = 64 << 20
"""Most bytes of a list that are read, decoded."""
MAX_SEND_BODY = 1 << 20
"""Most bytes of the answer to a create or an action that are read, decoded."""

_MAX_FAULTS = 100
_MAX_DESCRIPTION = 500
_DECIMAL = re.compile(r"-?[0-9]{1,100}(?:\.[0-9]{0,100})?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)

_Item = TypeVar("_Item")


def accounts_request() -> Request:
    """Return the request for all exchange accounts."""
    return Request("GET", ACCOUNTS_PATH, "")


def products_request(exchange: ExchangeCode | None) -> Request:
    """Return the request for the products of one exchange; None: of all."""
    query = "" if exchange is None else f"?exchangeCode={quote(exchange, safe='')}"
    return Request("GET", PRODUCTS_PATH + query, "")


def find_request() -> Request:
    """Return the request for the user's root strategies; it has no body and no paging."""
    return Request("POST", FIND_PATH, "")


def create_request(body: str) -> Request:
    """Return the request that launches a strategy; `body` is sent as it is."""
    return Request("POST", CREATE_PATH, body)


def action_request(action: Action, strategy_id: StrategyId) -> Request:
    """Return the request that starts, pauses or stops a strategy."""
    segment = quote(strategy_id, safe="")
    if not segment.strip("."):  # `.` and `..` would be taken for a step in the path
        segment = segment.replace(".", "%2E")
    return Request("PUT", f"{STRATEGIES_PATH}/{segment}/action/{action}", "")


def read_accounts(body: bytes) -> tuple[Account, ...]:
    """Return the exchange accounts of an answer. The `apiKey` of each is dropped here.

    Raises:
        PlatformError: no list of objects, an item without id or exchange, or one id for different accounts.
    """
    accounts: dict[AccountId, Account] = {}
    for where, account in _items(body, "accounts", _account):
        if accounts.setdefault(account.id, account) != account:
            raise PlatformError(f"{where} has the id of another account")
    return tuple(accounts.values())


def read_products(body: bytes, exchange: ExchangeCode | None = None) -> tuple[Product, ...]:
    """Return the products of an answer; those that it lists more than once are marked unreadable.

    Args:
        body: the answer.
        exchange: the exchange that was asked for; None: all.

    Raises:
        PlatformError: no list of objects, or an item without code or exchange, or of another exchange.
    """
    products: dict[tuple[str, str], Product] = {}
    for where, product in _items(body, "products", _product):
        if exchange is not None and product.exchange != exchange:
            raise PlatformError(f"{where} is of another exchange than the {quoted(exchange)} that was asked for")
        key = (product.exchange, product.code)
        seen = products.get(key)
        products[key] = product if seen is None else replace(seen, unreadable=("productCode listed more than once",))
    return tuple(products.values())


def read_strategies(body: bytes) -> tuple[LiveStrategy, ...]:
    """Return the root strategies of an answer to `find`, each id once.

    Raises:
        PlatformError: no list of objects, or an item without an id of 1-128 printable ASCII characters.
    """
    strategies: dict[StrategyId, LiveStrategy] = {}
    for _, strategy in _items(body, "find", _strategy):
        strategies.setdefault(strategy.id, strategy)
    return tuple(strategies.values())


def read_faults(body: JsonObject) -> tuple[FieldFault, ...]:
    """Return the errors of an error answer, by field; its message about none where it lists no errors.

    Both documented shapes are read: `errors[].field` of a create, `errors[].fields[]` of an action.
    """
    errors = body.get("errors")
    items = [item for item in errors if isinstance(item, Mapping)] if isinstance(errors, list) else []
    every = (FieldFault(name, _description(item)) for item in items for name in _field_names(item))
    if faults := tuple(islice(every, _MAX_FAULTS)):
        return faults
    message = _text(body, "message") or _text(body, "error")
    return (FieldFault("", message[:_MAX_DESCRIPTION]),) if message else ()


def read_retry_after(text: str, *, default_s: float, most_s: float) -> float:
    """Return the seconds of a `Retry-After` header, at most `most_s`; `default_s` for a date or anything else."""
    return min(float(text), most_s) if _SECONDS.fullmatch(text.strip()) else default_s


def _items(body: bytes, call: str, read: Callable[[JsonObject], _Item | str]) -> Iterator[tuple[str, _Item]]:
    for number, item in enumerate(_array(body, call), start=1):
        where = f"{call}: item {number} of the answer"
        if not isinstance(item, Mapping):
            raise PlatformError(f"{where} is no JSON object")
        value = read(item)
        if isinstance(value, str):
            raise PlatformError(f"{where} has no usable {value}")
        yield where, value


def _array(body: bytes, call: str) -> list[Json]:
    value: Json = None
    reason = "it is no JSON array"
    try:
        value = read_json(body)
    except JsonFault as fault:
        reason = str(fault)
    if isinstance(value, list):
        return value
    # raised outside of the handler: the decoder's error holds the whole text, with the API keys in it
    raise PlatformError(f"{call}: the answer cannot be used: {reason}", hint="check the API URL and any proxy")


def _account(item: JsonObject) -> Account | str:
    if not (identifier := _text(item, "id")):
        return "id"
    if not (exchange := _text(item, "exchangeCode")):
        return "exchangeCode"
    spot, futures = _is_active(item.get("spot")), _is_active(item.get("futures"))
    return Account(AccountId(identifier), _text(item, "name"), ExchangeCode(exchange), spot, futures)


def _is_active(section: Json) -> bool:
    return isinstance(section, Mapping) and section.get("isActive") is True


def _product(item: JsonObject) -> Product | str:
    if not (code := _text(item, "productCode")):
        return "productCode"
    if not (exchange := _text(item, "exchangeCode")):
        return "exchangeCode"
    removed = item.get("removed")
    unreadable = [] if removed is None or isinstance(removed, bool) else ["removed is neither true nor false"]

    def bound(key: str) -> Decimal | None:
        value = _bound(item.get(key))
        if isinstance(value, str):
            unreadable.append(f"{key} {value}")
            return None
        return value

    return Product(
        code=ProductCode(code),
        exchange=ExchangeCode(exchange),
        type=_text(item, "productType"),
        base=_text(item, "base"),
        quote=_text(item, "quote"),
        name=_text(item, "name"),
        contract_type=_text(item, "contractType"),
        min_size=bound("minSize"),
        max_size=bound("maxSize"),
        size_increment=bound("sizeIncrement"),
        min_price=bound("minPrice"),
        price_increment=bound("priceIncrement"),
        min_notional=bound("minNotionalValue"),
        has_contract_value=_bound(item.get("contractValue")) is not None,
        removed=removed is True,
        unreadable=tuple(unreadable),
    )


def _bound(value: Json) -> Decimal | str | None:
    """Return a bound; None for no such rule; the value as quoted text if it is no usable decimal."""
    if value is None or value == "":
        return None
    number = _number(value)
    if number == 0:
        return None
    if number is not None and number > 0 and is_within_limits(number):
        return number
    return quoted(str(value), 50) if isinstance(value, str | int | Decimal) else "(no number)"


def _number(value: Json) -> Decimal | None:
    if isinstance(value, str):
        return Decimal(value) if _DECIMAL.fullmatch(value) else None
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _strategy(item: JsonObject) -> LiveStrategy | str:
    identifier = _text(item, "strategyId")
    if not STRATEGY_ID_PATTERN.fullmatch(identifier):
        return "strategyId"
    state = item.get("state")
    words = {key: word for key, word in state.items() if isinstance(word, str)} if isinstance(state, Mapping) else {}
    return LiveStrategy(StrategyId(identifier), _moment(_text(item, "eventTime")), words)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _field_names(item: JsonObject) -> list[str]:
    several = item.get("fields")
    names = [item.get("field"), *(several if isinstance(several, list) else ())]
    texts = [name for name in names if isinstance(name, str) and name]
    return list(dict.fromkeys(texts)) or [""]


def _description(item: JsonObject) -> str:
    return (_text(item, "description") or _text(item, "message") or "no description")[:_MAX_DESCRIPTION]


def _text(item: JsonObject, key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""
