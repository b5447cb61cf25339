"""Which strategies an emergency stop is about, and what it says of itself to the ledger."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from volvenctl.core.sight import Sight
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.names import JsonObject, StrategyId
from volvenctl.model.report import HaltScope
from volvenctl.model.state import Launched, State


@dataclass(frozen=True, slots=True)
class Target:
    """A strategy that is to stop."""

    strategy_id: StrategyId | None
    """None: what was named stands for no strategy."""
    name: str | None
    """Its spec's, or what was named."""
    is_stopped: bool
    """`find` shows it stopped."""


def named_targets(
    scope: HaltScope, state: State, live: tuple[LiveStrategy, ...] | None, sight: Sight
) -> tuple[Target, ...]:
    """Return what `scope` covers, each strategy once: all that the platform lists, or what the ledger can name.

    Where the platform cannot be asked, everything stands for everything that the ledger knows. A name with a launch
    whose outcome is unknown stands for what the ledger knows by that name, which may be nothing.
    """
    owners = {entry.strategy_id: entry for entry in state.strategies.values()}
    shown = [] if live is None else [item.id for item in live]
    ids = dict.fromkeys(
        (
            *(shown if scope.everything and live is not None else ()),
            *(owners if scope.everything and live is None else ()),
            *(item.strategy_id for item in state.strategies.values() if covers(scope, item)),
            *(StrategyId(item) for item in scope.names if item in shown),
        )
    )
    found = tuple(
        Target(item, owners[item].name if item in owners else None, is_stopped=sight.of_strategy(item) == "stopped")
        for item in ids
    )
    known = {*ids, *(item.name for item in found)}
    return found + tuple(Target(None, item, is_stopped=False) for item in scope.names if item not in known)


def covers(scope: HaltScope, entry: Launched) -> bool:
    """Return whether a strategy is meant by its name, an account or a label."""
    labels = entry.facts.get("labels")
    pairs = {f"{key}={value}" for key, value in labels.items()} if isinstance(labels, Mapping) else set[str]()
    return entry.name in scope.names or bool(entry.accounts & set(scope.accounts)) or bool(pairs & set(scope.labels))


def halt_scope(scope: HaltScope, targets: Iterable[Target]) -> JsonObject:
    """Return what the ledger keeps: what must not be launched or started until somebody resumes it."""
    by_label = {item.name for item in targets if item.name is not None} if scope.labels else set[str]()
    ids = sorted(str(item.strategy_id) for item in targets if item.strategy_id is not None)
    return {
        "all": scope.everything,
        "names": sorted({*scope.names, *by_label}),
        "accounts": sorted(scope.accounts),
        "ids": ids,
    }
