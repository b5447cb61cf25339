"""The money in a plan: capital before and after, and the head-room to every limit. Exact."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from volvenctl.core.limits import is_launch
from volvenctl.model.names import Json, JsonObject
from volvenctl.model.number import plus
from volvenctl.model.plan import Capital, Create, Plan, Replace, Stop
from volvenctl.render.text import amount_text, change_text


@dataclass(frozen=True, slots=True)
class Room:
    """What a limit allows, and what is left of it."""

    allowed: str
    left: str
    is_broken: bool
    """Exceeded."""


_NO_ROOM = Room("", "", is_broken=False)


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """One account in one currency."""

    account: str
    before: str
    after: str
    change: str
    room: Room
    """Of `maxNotionalPerAccount`."""


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit on the plan as a whole, or on its largest strategy."""

    limit: str
    figure: str
    room: Room


def capital_change(capital: tuple[Capital, ...]) -> str:
    """Return how the capital changes in each currency, over all accounts; `unchanged` if it does not."""
    by_currency: dict[str | None, list[Capital]] = {}
    for item in capital:
        by_currency.setdefault(item.currency, []).append(item)
    changes = [
        change_text(_total([item.before for item in items]), _total([item.after for item in items]), currency)
        for currency, items in by_currency.items()
        if any(item.before is None or item.before != item.after for item in items)
    ]
    return ", ".join(changes) if changes else "unchanged"


def money_rows(capital: tuple[Capital, ...], limits: JsonObject) -> tuple[MoneyRow, ...]:
    """Return one row per account and currency; the head-room is that of `limits`, empty if none are known."""
    allowed = limits.get("maxNotionalPerAccount")
    return tuple(
        MoneyRow(
            item.account_id,
            amount_text(item.before, item.currency),
            amount_text(item.after, item.currency),
            change_text(item.before, item.after, item.currency),
            _money_room(allowed, item.currency, item.after),
        )
        for item in capital
    )


def limit_rows(plan: Plan, limits: JsonObject) -> tuple[LimitRow, ...]:
    """Return the head-room to the limits on the largest strategy and on the plan; only those that are set."""
    by_currency: dict[str, list[Decimal | None]] = {}
    for item in filter(is_launch, plan.actions):
        by_currency.setdefault(item.notional.currency or "", []).append(item.notional.amount)
    rows = list[LimitRow]()
    for currency, amounts in sorted(by_currency.items()):
        for limit, figure in (("maxNotionalPerStrategy", _largest(amounts)), ("maxNotionalPerPlan", _total(amounts))):
            room = _money_room(limits.get(limit), currency or None, figure)
            rows.append(LimitRow(limit, amount_text(figure, currency or None), room))
    for limit, kinds in (("maxCreatesPerPlan", Create | Replace), ("maxStopsPerPlan", Stop | Replace)):
        count = sum(isinstance(item, kinds) for item in plan.actions)
        rows.append(LimitRow(limit, f"{count:,}", _room(_number(limits.get(limit)), Decimal(count), None)))
    return tuple(row for row in rows if row.limit in limits)


def _money_room(allowed: Json, currency: str | None, figure: Decimal | None) -> Room:
    if not isinstance(allowed, Mapping):
        return _NO_ROOM
    if currency is not None and currency not in allowed:
        return Room(f"no {currency}", "none", is_broken=figure != 0)
    return _room(None if currency is None else _number(allowed[currency]), figure, currency)


def _room(allowed: Decimal | None, figure: Decimal | None, currency: str | None) -> Room:
    if allowed is None or figure is None:
        return Room(amount_text(allowed, currency), amount_text(None, currency), is_broken=False)
    left = plus(allowed, figure.copy_negate())
    return Room(amount_text(allowed, currency), amount_text(left, currency), is_broken=left < 0)


def _largest(amounts: list[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return max(known) if len(known) == len(amounts) else None


def _number(value: Json) -> Decimal | None:
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _total(amounts: list[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total = plus(total, amount)
    return total
