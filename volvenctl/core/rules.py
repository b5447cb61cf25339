"""What sizes and prices must be, alone and together. Exact; every message names value, rule, limit and source."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal

from volvenctl.core.bounds import (
    Bounds,
    broken_notional,
    min_notional_of,
    notional_text,
    price_bounds,
    size_bounds,
    source_of,
)
from volvenctl.core.resolve import Resolved, account_ids
from volvenctl.core.roles import Item, Role
from volvenctl.core.scope import Scope
from volvenctl.core.wording import shown
from volvenctl.model.catalog import Product
from volvenctl.model.names import JsonPath, path_text
from volvenctl.model.number import normal_text, number_text, remainder, times
from volvenctl.model.problem import Problem, Severity
from volvenctl.model.spec import Notional, SpecDocument


@dataclass(frozen=True, slots=True)
class Values:
    """The sizes and prices of one spec."""

    document: SpecDocument
    scope: Scope
    resolved: Resolved
    """Offline nothing is resolved, and the rules of products are skipped."""
    broken: AbstractSet[str]
    """Paths with a problem; what stands there is not looked at again."""
    numbers: Mapping[JsonPath, Decimal]
    """All that can be checked."""
    sound: Mapping[JsonPath, Decimal]
    """Those that break no rule of their own; only these are compared with others."""

    def products_of(self, item: Item) -> tuple[Product, ...]:
        """Return the products whose rules hold for `item`, each once."""
        markets = self.resolved.markets_of(self.scope, item)
        return tuple({(product.exchange, product.code): product for _, product in markets}.values())

    def partner(self, role: Role, item: Item) -> Decimal | None:
        """Return the one sound value of `role` that belongs to `item`; None for none, several or a faulty one."""
        partners = self.scope.partners(role, item)
        return self.sound.get(partners[0].path) if len(partners) == 1 else None

    def problem(
        self, item: Item, code: str, message: str, nearest: Iterable[Decimal] = (), severity: Severity = "error"
    ) -> Problem:
        """Return a problem at the place of `item`; the nearest valid values become part of the message."""
        texts = tuple(map(normal_text, nearest))
        place, path = self.document.place_of(item.path), path_text(item.path)
        end = f" (nearest: {', '.join(texts)})" if texts else ""
        return Problem(place, path, code, message + end, texts, severity)


def read_values(document: SpecDocument, scope: Scope, resolved: Resolved, broken: AbstractSet[str]) -> Values:
    """Return the sizes and prices that can be checked: numbers, and not at one of the `broken` paths."""
    numbers = {
        item.path: Decimal(item.value)
        for item in scope.of("size", "slice", "price", "trigger")
        if path_text(item.path) not in broken
        and isinstance(item.value, Decimal | int)
        and not isinstance(item.value, bool)
    }
    values = Values(document, scope, resolved, broken, numbers, {})
    faulty = {item.path for item in scope.items if item.path in numbers and any(_own_faults(values, item))}
    return Values(
        document, scope, resolved, broken, numbers, {path: numbers[path] for path in numbers if path not in faulty}
    )


def check_values(values: Values) -> list[Problem]:
    """Return every rule that a size or price breaks, alone or with another that is sound."""
    problems = list[Problem]()
    for item in values.scope.items:
        if item.path in values.sound:
            problems += _CHECKS[item.role](values, item)
        elif item.path in values.numbers:
            problems += (_own_problem(values, item, *fault) for fault in _own_faults(values, item))
        elif item.role in _CHECKS and path_text(item.path) not in values.broken:
            problems.append(values.problem(item, "schema", f"the schema calls this a {item.role}: it must be a number"))
    return problems


def check_run_state(document: SpecDocument, broken: AbstractSet[str]) -> list[Problem]:
    """Return a problem if `autoRun` is written and says otherwise than the run state."""
    spec, lifecycle = document.value.get("spec"), document.value.get("lifecycle")
    state = lifecycle.get("runState", "running") if isinstance(lifecycle, Mapping) else "running"
    written = spec.get("autoRun") if isinstance(spec, Mapping) else None
    if not isinstance(written, bool) or written is (state == "running") or "$.lifecycle.runState" in broken:
        return []
    wanted = "true" if state == "running" else "false"
    message = f"autoRun {shown(written)} contradicts runState {shown(state)}, which sends {wanted}: leave autoRun out"
    path = ("spec", "autoRun")
    return [Problem(document.place_of(path), path_text(path), "lifecycle-conflict", message, (wanted,))]


def _amount(size: Decimal | None, price: Decimal | None, product: Product) -> Decimal | None:
    """Return size times price; None where one is unknown, or where a contract value of unknown meaning counts."""
    if size is None or price is None or product.has_contract_value:
        return None
    return times(size, price)


def notionals_of(values: Values) -> tuple[Notional, ...]:
    """Return order size times price limit of every size on every account it is for; unknown where there is none."""
    found = list[Notional]()
    for item in values.scope.of("size"):
        size, price = values.sound.get(item.path), values.partner("price", item)
        for account, product in values.resolved.markets_of(values.scope, item):
            found.append(Notional(account.id, product.quote or None, _amount(size, price, product)))
    covered = {item.account_id for item in found}
    return (*found, *(Notional(account, None, None) for account in account_ids(values.scope) if account not in covered))


def _own_faults(values: Values, item: Item) -> Iterator[tuple[str, str, Product | None]]:
    """Yield code, message and product of every rule that a value breaks by itself."""
    number, products = values.numbers[item.path], values.products_of(item)
    if number <= 0:
        kind = "size" if item.role in {"size", "slice"} else "price"
        message = f"{number_text(number)} is not greater than 0, as every {kind} must be"
        yield f"{kind}-minimum", message, products[0] if len(products) == 1 else None
        return
    for product in products:
        for code, message in _bounds_of(item, product).faults(number):
            yield code, message, product


def _own_problem(values: Values, item: Item, code: str, message: str, product: Product | None) -> Problem:
    return values.problem(item, code, message, _nearest(values, item, product) if product else ())


def _nearest(values: Values, item: Item, product: Product) -> tuple[Decimal, ...]:
    """Return the values next to `item` that satisfy every rule of the product, with its partners as they are."""
    bounds, least, factors = _bounds_of(item, product), min_notional_of(product), _factors(values, item)
    floors = [] if least is None else [bounds.least_for_notional(least, factor) for factor in factors]
    found = bounds.nearest(
        values.numbers[item.path],
        at_least=max((floor for floor in floors if floor is not None), default=Decimal(0)),
        at_most=values.partner("size", item) if item.role == "slice" else None,
    )
    return tuple(
        number for number in found if least is None or all(times(number, factor) >= least for factor in factors)
    )


def _factors(values: Values, item: Item) -> list[Decimal]:
    """Return the sound values that `item` is multiplied with to give a notional."""
    if item.role == "trigger":
        return []
    if item.role == "price":
        sizes = [size for size in values.scope.of("size", "slice") if values.scope.partners("price", size) == (item,)]
        return [values.sound[size.path] for size in sizes if size.path in values.sound]
    price = values.partner("price", item)
    return [] if price is None else [price]


def _bounds_of(item: Item, product: Product) -> Bounds:
    return size_bounds(product) if item.role in {"size", "slice"} else price_bounds(product)


def _check_size(values: Values, item: Item) -> Iterator[Problem]:
    yield from _check_notional(values, item)
    prices = values.scope.partners("price", item)
    for product in values.products_of(item):
        if product.min_notional is None or (len(prices) == 1 and not product.has_contract_value):
            continue
        why = "there are several price limits" if prices else "there is no price limit"
        if product.has_contract_value:
            why = "the meaning of the product's contractValue is not documented"
        message = f"{notional_text(product, product.min_notional)} is not checked: {why}"
        yield values.problem(item, "notional-unknown", message, severity="warning")


def _check_notional(values: Values, item: Item) -> Iterator[Problem]:
    number, price = values.sound[item.path], values.partner("price", item)
    if price is None:
        return
    for product in values.products_of(item):
        limit = broken_notional(product, number, price)
        if limit:
            amount = f"{number_text(number)} x {number_text(price)} = {normal_text(times(number, price))}"
            yield values.problem(
                item, "notional-minimum", f"{amount} is below {limit}", _nearest(values, item, product)
            )


def _check_slice(values: Values, item: Item) -> Iterator[Problem]:
    yield from _check_notional(values, item)
    number, size, price = values.sound[item.path], values.partner("size", item), values.partner("price", item)
    if size is None:
        return
    products = values.products_of(item)
    if number > size:
        message = f"the largest single order {number_text(number)} is above the size {number_text(size)}"
        is_valid = not any(broken_notional(product, size, price) for product in products)
        yield values.problem(item, "order-size-exceeds-size", message, (size,) if is_valid else ())
        return
    last = remainder(size, number)
    for product in products if last else ():
        limit = _last_slice_limit(product, number, last, price)
        if limit:
            message = (
                f"orders of {number_text(number)} leave {normal_text(last)} of {number_text(size)} for the last one"
            )
            yield values.problem(item, "last-slice-minimum", f"{message}, below {limit}", severity="warning")


def _last_slice_limit(product: Product, number: Decimal, last: Decimal, price: Decimal | None) -> str:
    """Return the limit that only the last order breaks; nothing if there is none."""
    if product.min_size is not None and last < product.min_size:
        return f"minSize {number_text(product.min_size)} of {source_of(product)}"
    return "" if broken_notional(product, number, price) else broken_notional(product, last, price)


def _check_trigger(values: Values, item: Item) -> Iterator[Problem]:
    number, price = values.sound[item.path], values.partner("price", item)
    sides = {side.value for side in values.scope.partners("side", item)}
    if price is None or not ((sides == {"BUY"} and number > price) or (sides == {"SELL"} and number < price)):
        return
    how = "above the ceiling" if number > price else "below the floor"
    message = f"the trigger {number_text(number)} is {how} {number_text(price)}: no order may be sent where it starts"
    yield values.problem(item, "trigger-beyond-limit", message, severity="warning")


def _check_nothing(_values: Values, _item: Item) -> Iterator[Problem]:
    yield from ()


_CHECKS: Mapping[Role, Callable[[Values, Item], Iterator[Problem]]] = {
    "size": _check_size,
    "slice": _check_slice,
    "price": _check_nothing,
    "trigger": _check_trigger,
}
