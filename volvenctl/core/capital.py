"""Notional: of one strategy, and of everything launched, per account and quote currency. Exact."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast

from volvenctl.core.case import Ground
from volvenctl.core.sight import Sight
from volvenctl.model.names import AccountId, Json, JsonObject, StrategyName
from volvenctl.model.number import number_text, plus
from volvenctl.model.plan import Adopt, Capital, Change, Create, Money, Release, Replace, Start, Stop
from volvenctl.model.spec import Notional, StrategySpec
from volvenctl.model.state import Launched


def notional_facts(notionals: tuple[Notional, ...]) -> Json:
    """Return the notionals as the ledger and the state keep them; amounts as text."""
    return [
        {
            "accountId": item.account_id,
            "currency": item.currency,
            "amount": None if item.amount is None else number_text(item.amount),
        }
        for item in notionals
    ]


def read_notional_facts(facts: JsonObject) -> tuple[Notional, ...]:
    """Return what `notional_facts` wrote."""
    entries = cast("list[Mapping[str, str | None]]", facts.get("notional") or [])
    return tuple(
        Notional(
            AccountId(str(entry["accountId"])),
            entry["currency"],
            None if entry["amount"] is None else Decimal(str(entry["amount"])),
        )
        for entry in entries
    )


def money_of(notionals: tuple[Notional, ...]) -> Money:
    """Return the sum, if every part is known and in one currency."""
    currencies = {item.currency for item in notionals}
    amounts = [item.amount for item in notionals]
    if len(currencies) != 1 or None in currencies:
        return Money(None, None)
    return Money(_sum(amounts), currencies.pop())


def _sum(amounts: list[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total = plus(total, amount)
    return total


def capital_of(ground: Ground, actions: Sequence[Change], specs: Sequence[StrategySpec]) -> tuple[Capital, ...]:
    """Return the notional per account and currency, before and after the plan: of what is managed and may be at work.

    That is what was not told to stop, what `find` shows at work whatever it was told, and launches whose outcome is
    unknown.
    """
    entries = ground.state.strategies.values()
    managed = {entry.name: read_notional_facts(entry.facts) for entry in entries}
    wanted = {spec.name: spec.notionals for spec in specs}
    doubtful = [item for attempt in ground.state.attempts.values() for item in read_notional_facts(attempt.facts)]
    at_work = {entry.name for entry in entries if _may_work(entry, ground.sight)}
    ended = _names(actions, Stop, Replace, Release)
    kept = (at_work - ended) | _names(actions, Start)
    launched = _names(actions, Create, Replace, Adopt) - (set(managed) - ended)
    before = doubtful + _parts(managed, at_work)
    after = doubtful + _parts(managed, kept) + _parts(wanted, launched)
    return tuple(
        Capital(key[0], key[1] or None, _sum_of(before, key), _sum_of(after, key))
        for key in sorted({_key_of(item) for item in before + after})
    )


def _names(actions: Sequence[Change], *kinds: type[Change]) -> set[StrategyName]:
    return {item.name for item in actions if isinstance(item, kinds)}


def _parts(notionals: Mapping[StrategyName, tuple[Notional, ...]], names: set[StrategyName]) -> list[Notional]:
    return [item for name in names for item in notionals[name]]


def _may_work(entry: Launched, sight: Sight) -> bool:
    return entry.run_state != "stopped" or sight.of_strategy(entry.strategy_id) in {"running", "paused"}


def _key_of(item: Notional) -> tuple[AccountId, str]:
    return item.account_id, item.currency or ""


def _sum_of(notionals: list[Notional], key: tuple[AccountId, str]) -> Decimal | None:
    return _sum([item.amount for item in notionals if _key_of(item) == key])
