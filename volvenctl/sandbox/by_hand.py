"""What happens to a simulated strategy without volvenctl: by hand in the terminal app, or by itself. Pure.

Made up, because no page says: the words `FILLED` and `ENDED`, and that both are final, as `STOPPED` is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal, TypeAlias

from volvenctl.errors import UsageError
from volvenctl.model.names import JsonObject, StrategyId, StrategyName
from volvenctl.sandbox.simulator import ACTIONS, REMOVED, STATUSES, SimulatedStrategy

Event: TypeAlias = Literal["start", "pause", "stop", "fill", "end", "remove"]

EVENTS: Mapping[Event, tuple[frozenset[str], str]] = {
    "start": ACTIONS["start"],
    "pause": ACTIONS["pause"],
    "stop": ACTIONS["stop"],
    "fill": (frozenset({"RUNNING"}), "FILLED"),
    "end": (frozenset({"RUNNING", "PAUSED"}), "ENDED"),
    "remove": (STATUSES, REMOVED),
}
"""In which states each can happen to a strategy, and the state after it."""

STRANGER: JsonObject = {
    "strategyType": "SMO",
    "accountId": "99998",
    "productCode": "btcusdt_f",
    "side": "BUY",
    "size": 1,
    "priceLimit": 90000,
    "autoRun": True,
}
"""What somebody else asks for where nothing else is said."""


def check_event(strategy: SimulatedStrategy, event: Event) -> None:
    """Refuse what cannot happen to a strategy in its state.

    Raises:
        UsageError: says its state, and in which ones it can happen.
    """
    before, _ = EVENTS[event]
    if strategy.status not in before:
        raise UsageError(
            f"{strategy.id} is {strategy.status}: {event} is not possible",
            hint=f"{event} is for strategies that are {' or '.join(sorted(before))}",
        )


def after_event(strategy: SimulatedStrategy, event: Event, at: str) -> SimulatedStrategy:
    """Return the strategy after `event`, at the moment `at`."""
    return replace(strategy, version=strategy.version + 1, changed_at=at, status=EVENTS[event][1])


def launched_by_another(identifier: StrategyId, like: SimulatedStrategy | None, at: str) -> SimulatedStrategy:
    """Return a running strategy that we did not launch: `STRANGER`, or with the request of `like`."""
    request = STRANGER if like is None else {**like.request, "autoRun": True}
    return SimulatedStrategy(identifier, 1, at, "RUNNING", request)


def find_strategy(
    strategies: Iterable[SimulatedStrategy], wanted: str, names: Mapping[StrategyName, StrategyId]
) -> SimulatedStrategy:
    """Return the strategy with this name or id, or the only one whose id begins so.

    `names` are those that the ledger knows. An id of a removed strategy is not known any more.

    Raises:
        UsageError: there is none, or more than one.
    """
    present = [item for item in strategies if item.status != REMOVED]
    identifier = names.get(StrategyName(wanted), wanted)
    exact = [item for item in present if item.id == identifier]
    found = exact or [item for item in present if wanted and item.id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{len(found)} ids of the simulated platform begin with {wanted!r}", hint="write more of it")
    raise UsageError(
        f"the simulated platform has no strategy {wanted!r}", hint="volvenctl sandbox list shows ids and names"
    )
