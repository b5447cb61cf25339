"""How a run ends: what is open, which exit code says so, and the state file."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from volvenctl.core.reconcile import Doubts, attempt_views, doubts
from volvenctl.errors import PRECEDENCE, Exit, VolvenctlError
from volvenctl.model.outcome import Accepted, Noted, NotSent, Outcome, Refused, Succeeded, Unknown
from volvenctl.model.report import ActionResult, AttemptView
from volvenctl.model.state import State
from volvenctl.pipeline.plan import look
from volvenctl.ports import World
from volvenctl.wire.state_v1 import state_document

_UNAUTHORIZED = 401


def first_exit(codes: Iterable[Exit]) -> Exit:
    """Return the one that wins, or OK for none."""
    present = set(codes)
    return next((code for code in PRECEDENCE if code in present), max(present, default=Exit.OK))


def exits_of_results(results: Iterable[ActionResult]) -> set[Exit]:
    """Return what the outcomes say; nothing if every action succeeded."""
    return {code for item in results for code in _exits_of_outcome(item.outcome)}


def _exits_of_outcome(outcome: Outcome | Noted | None) -> set[Exit]:
    match outcome:
        case Succeeded() | Accepted() | Noted():
            return set()
        case Unknown():
            return {Exit.UNKNOWN}
        case Refused(status) if status == _UNAUTHORIZED:
            return {Exit.PARTIAL, Exit.CREDENTIALS}
        case Refused() | NotSent() | None:
            return {Exit.PARTIAL}
        case _:
            assert_never(outcome)


@dataclass(frozen=True, slots=True)
class OpenEnds:
    """What is in doubt when a run ends."""

    attempts: tuple[AttemptView, ...] = ()
    doubts: Doubts = field(default_factory=lambda: Doubts((), (), ()))
    notices: tuple[str, ...] = ()


def exits_of_state(state: State, ends: OpenEnds | None = None) -> set[Exit]:
    """Return what the state says, whatever this run did."""
    codes = {Exit.UNKNOWN} if state.attempts or (ends and ends.doubts.unjudged) else set()
    return codes | {Exit.DUPLICATE} if ends and ends.doubts.twice else codes


def open_ends(world: World, state: State) -> OpenEnds:
    """Return the open attempts with their candidates, and the specs that late candidates cast doubt on.

    The platform is asked only if there is something to look for; that it does not answer ends nothing.
    """
    if not state.attempts and not state.absent and not state.doubles:
        return OpenEnds()
    try:
        live, notices = look(world)
    except VolvenctlError as error:
        live, notices = None, (f"candidates could not be looked for: {error.message}",)
    return OpenEnds(attempt_views(state, live, in_flight=False), doubts(state, live), notices)


def store_state(world: World, state: State) -> tuple[str, ...]:
    """Replace the state file unless it knows as much or more; return a notice where that failed."""
    document = state_document(state)
    try:
        if world.ledger.read_state() != document:
            world.ledger.write_state(document)
    except VolvenctlError as error:
        return (f"{error.message}; the ledger has everything, and the next command folds the state again",)
    return ()
