"""How a run ends: what is open, which exit code says so, and the state file."""

from collections.abc import Iterable
from typing import assert_never

from volvenctl.core.reconcile import attempt_views, late_candidates
from volvenctl.errors import PRECEDENCE, Exit, VolvenctlError
from volvenctl.model.names import StrategyName
from volvenctl.model.outcome import NotSent, Outcome, Refused, Succeeded, Unknown
from volvenctl.model.report import ActionResult, AttemptView
from volvenctl.model.state import State
from volvenctl.pipeline.plan import look
from volvenctl.ports import World
from volvenctl.wire.state_v1 import state_document

_UNAUTHORIZED = 401


def first_exit(codes: Iterable[Exit]) -> Exit:
    """Return the one that wins, or OK for none."""
    present = set(codes)
    return next((code for code in PRECEDENCE if code in present), Exit.OK)


def exits_of_results(results: Iterable[ActionResult]) -> set[Exit]:
    """Return what the outcomes say; nothing if every action succeeded."""
    return {code for item in results for code in _exits_of_outcome(item.outcome)}


def _exits_of_outcome(outcome: Outcome | None) -> set[Exit]:
    match outcome:
        case Succeeded():
            return set()
        case Unknown():
            return {Exit.UNKNOWN}
        case Refused(status) if status == _UNAUTHORIZED:
            return {Exit.PARTIAL, Exit.CREDENTIALS}
        case Refused() | NotSent() | None:
            return {Exit.PARTIAL}
        case _:
            assert_never(outcome)


def exits_of_state(state: State, duplicates: tuple[StrategyName, ...]) -> set[Exit]:
    """Return what the state says, whatever this run did."""
    codes = {Exit.UNKNOWN} if state.attempts else set()
    return codes | {Exit.DUPLICATE} if duplicates else codes


def open_ends(world: World, state: State) -> tuple[tuple[AttemptView, ...], tuple[StrategyName, ...], tuple[str, ...]]:
    """Return the open attempts with their candidates, the specs that may run twice, and notices.

    The platform is asked only if there is something to look for; that it does not answer ends nothing.
    """
    if not state.attempts and not state.absent:
        return (), (), ()
    try:
        live, notices = look(world)
    except VolvenctlError as error:
        live, notices = None, (f"candidates could not be looked for: {error.message}",)
    late = late_candidates(state, live)
    twice = tuple(sorted(name for name in late if name in state.strategies))
    said = tuple(
        f"{name} may run twice: {', '.join(item.id for item in late[name])} turned up after an attempt was "
        f"declared absent, and it was launched again as {state.strategies[name].strategy_id}"
        for name in twice
    )
    return attempt_views(state, live, in_flight=False), twice, notices + said


def store_state(world: World, state: State) -> tuple[str, ...]:
    """Replace the state file if it is not the state's; return a notice where that failed. The ledger has it all."""
    document = state_document(state)
    if world.ledger.read_state() == document:
        return ()
    try:
        world.ledger.write_state(document)
    except VolvenctlError as error:
        return (f"{error.message}; the ledger has everything, and the next command folds the state again",)
    return ()
