"""After an emergency stop: what was halted may be launched and started again, for a reason that is kept."""

from collections.abc import Iterable, Mapping

from volvenctl.core.halting import is_meant
from volvenctl.errors import UsageError, VolvenctlError
from volvenctl.model.names import AccountId, JsonObject, StrategyId, StrategyName
from volvenctl.model.plan import Selection
from volvenctl.model.record import Draft
from volvenctl.model.report import HaltReport, HaltScope
from volvenctl.model.state import State
from volvenctl.pipeline.check import check
from volvenctl.pipeline.ending import store_state
from volvenctl.pipeline.halt import account_of
from volvenctl.pipeline.halt_memory import written_labels
from volvenctl.pipeline.journal import Journal
from volvenctl.pipeline.opening import open_for_writing
from volvenctl.ports import World

_Accounts = Mapping[StrategyName, frozenset[AccountId]]
_HINT = "see `volvenctl status`"


def resume(world: World, scope: HaltScope, reason: str, *, dry_run: bool) -> HaltReport:
    """Lift the halts in `scope`. Nothing is started by it: the next plan shows what would be.

    Raises:
        UsageError: nothing that was named is halted; nothing was recorded.
    """
    with world.ledger.lock("resume", world.system.actor()):
        opened = open_for_writing(world)
        record = _lifted(world, opened.state, scope)
        names = tuple(map(str, record["names"])) if isinstance(record["names"], list) else ()
        notices = tuple(f"{name}: the next plan may start or launch it again" for name in names)
        if not dry_run:
            journal = Journal(world.ledger, world.system, opened.state)
            journal.report(Draft("resume", {"scope": record, "reason": reason}))
            notices += store_state(world, journal.state)
        return HaltReport(world.environment.name, dry_run, (), opened.notices + notices)


def _lifted(world: World, state: State, scope: HaltScope) -> JsonObject:
    """Return what is resumed.

    Raises:
        UsageError: a part of `scope` is not halted: a mistyped name must not look like a resume.
    """
    if not state.halts:
        raise UsageError("nothing is halted", hint=_HINT)
    halted_ids = {item for halt in state.halts for item in halt.ids}
    names = _lifted_names(world, state, scope, {StrategyName(item) for item in scope.names if item not in halted_ids})
    accounts = [account_of(item, world.environment) for item in scope.accounts]
    _refuse_free_accounts(state, accounts)
    doubled = {item.strategy_id for item in state.doubles.values() if item.name in names}
    ids = {item for item in halted_ids if item in scope.names or item in doubled}
    return {
        "all": scope.everything,
        "names": sorted(map(str, names)),
        "accounts": sorted(map(str, accounts)),
        "ids": sorted(map(str, ids)),
    }


def _lifted_names(world: World, state: State, scope: HaltScope, wanted: set[StrategyName]) -> set[StrategyName]:
    """Return the specs that are resumed by name, each of which has to be halted, and those by label that are."""
    labelled = _labelled(world, state, scope)
    known = _accounts_by_name(world, state, wanted | labelled)
    for name in sorted(wanted):
        if not _is_halted(state, known, name):
            raise UsageError(f"{name!r} is not halted", hint=_HINT)
    names = wanted | {name for name in labelled if _is_halted(state, known, name)}
    if scope.labels and not names:
        raise UsageError(f"nothing with the label {scope.labels[0]} is halted", hint=_HINT)
    return names


def _labelled(world: World, state: State, scope: HaltScope) -> set[StrategyName]:
    """Return the specs that bear a label of the scope, in the ledger or in git."""
    if not scope.labels:
        return set()
    wanted = HaltScope(everything=False, names=(), accounts=(), labels=scope.labels)
    launched = {item.name for item in state.strategies.values() if is_meant(wanted, item.name, item.facts)}
    return launched | {name for name, labels in written_labels(world).items() if labels & set(scope.labels)}


def _accounts_by_name(world: World, state: State, names: Iterable[StrategyName]) -> _Accounts:
    """Return the accounts of each spec: the ledger's, or, of what is not launched, those in git if it can be read."""
    found = {item.name: item.accounts for item in state.strategies.values()}
    unlaunched = tuple(sorted(item for item in names if item not in found))
    if not unlaunched:
        return found
    try:
        checked = check(world, Selection(only=unlaunched), offline=True)
    except VolvenctlError:
        return found
    return {**{item.name: frozenset(item.account_ids) for item in checked.specs}, **found}


def _is_halted(state: State, accounts: _Accounts, name: StrategyName) -> bool:
    entry = state.strategies.get(name)
    strategy_id: StrategyId | None = None if entry is None else entry.strategy_id
    return state.halt_of(name, accounts.get(name, frozenset()), strategy_id) is not None


def _refuse_free_accounts(state: State, accounts: Iterable[AccountId]) -> None:
    halted = {item for halt in state.halts for item in halt.accounts}
    is_all = any(halt.everything for halt in state.halts)
    for account in accounts:
        if account not in halted and not is_all:
            raise UsageError(f"account {account!r} is not halted", hint=_HINT)
