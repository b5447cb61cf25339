"""After an emergency stop: what was halted may be launched and started again, for a reason that is kept."""

from volvenctl.core.halting import covers
from volvenctl.errors import UsageError
from volvenctl.model.names import JsonObject, StrategyId, StrategyName
from volvenctl.model.record import Draft
from volvenctl.model.report import HaltReport, HaltScope
from volvenctl.model.state import State
from volvenctl.pipeline.ending import store_state
from volvenctl.pipeline.journal import Journal
from volvenctl.pipeline.opening import open_for_writing
from volvenctl.ports import World


def resume(world: World, scope: HaltScope, reason: str, *, dry_run: bool) -> HaltReport:
    """Lift the halts in `scope`. Nothing is started by it: the next plan shows what would be.

    Raises:
        UsageError: nothing that was named is halted; nothing was recorded.
    """
    with world.ledger.lock("resume", world.system.actor()):
        opened = open_for_writing(world)
        names = _resumed_names(opened.state, scope)
        record: JsonObject = {
            "all": scope.everything,
            "names": sorted(names),
            "accounts": sorted(scope.accounts),
            "ids": sorted(set(scope.names) - names),
        }
        _refuse_nothing(opened.state, scope, names)
        notices = tuple(f"{name}: the next plan may start or launch it again" for name in sorted(names))
        if not dry_run:
            journal = Journal(world.ledger, world.system, opened.state)
            journal.report(Draft("resume", {"scope": record, "reason": reason}))
            notices += store_state(world, journal.state)
        return HaltReport(world.environment.name, dry_run, (), opened.notices + notices)


def _resumed_names(state: State, scope: HaltScope) -> set[str]:
    """Return the specs' names that are meant, launched or not."""
    labelled = {entry.name for entry in state.strategies.values() if scope.labels and covers(scope, entry)}
    ids = {item for halt in state.halts for item in halt.ids}
    return {*labelled, *(item for item in scope.names if StrategyId(item) not in ids)}


def _refuse_nothing(state: State, scope: HaltScope, names: set[str]) -> None:
    """Refuse to lift what was never put on: a mistyped name must not look like a resume."""
    if not state.halts:
        raise UsageError("nothing is halted", hint="see `volvenctl status`")
    for name in sorted(names):
        entry = state.strategies.get(StrategyName(name))
        accounts, strategy_id = (frozenset(), None) if entry is None else (entry.accounts, entry.strategy_id)
        if state.halt_of(StrategyName(name), accounts, strategy_id) is None:
            raise UsageError(f"{name!r} is not halted", hint="see `volvenctl status`")
    halted = {item for halt in state.halts for item in halt.accounts}
    for account in scope.accounts:
        if account not in halted and not any(halt.everything for halt in state.halts):
            raise UsageError(f"account {account!r} is not halted", hint="see `volvenctl status`")
