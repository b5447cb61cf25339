"""The state as such: create its ledger, show it, fold it again."""

from volvenctl.errors import LedgerError
from volvenctl.model.names import JsonObject
from volvenctl.model.record import EMPTY
from volvenctl.model.report import AuditLog
from volvenctl.model.state import State
from volvenctl.pipeline.journal import Journal
from volvenctl.pipeline.opening import broken_lock_text, creation_draft, open_for_reading, open_for_writing
from volvenctl.ports import World
from volvenctl.wire.state_v1 import state_document


def init(world: World) -> AuditLog:
    """Create the ledger of the environment; return it.

    Raises:
        LedgerError: there is one already, or what there is cannot be read; nothing was changed.
    """
    with world.ledger.lock("state init", world.system.actor()):
        if world.ledger.read(0) or world.ledger.read_state() is not None:
            raise LedgerError(
                f"the state of environment {world.environment.name!r} exists already at {world.environment.state_url}",
                hint="look at it with `volvenctl state show`",
            )
        world.ledger.repair()
        journal = Journal(world.ledger, world.system, State())
        journal.announce(creation_draft(world, {}))
        world.ledger.write_state(state_document(journal.state))
        state = journal.state
        return AuditLog(state.lineage, world.environment.name, journal.records, state.head, ())


def current(world: World) -> tuple[JsonObject, tuple[str, ...]]:
    """Return the state document, with what the ledger knows beyond the state file, and notices."""
    opened = open_for_reading(world)
    return state_document(opened.state), opened.notices


def rebuild(world: World) -> tuple[JsonObject, tuple[str, ...]]:
    """Fold the state again from the whole ledger, store it, and return it with notices.

    Raises:
        LedgerError: there is no ledger, or it is damaged; the state file was not touched.
    """
    with world.ledger.lock("state rebuild", world.system.actor()):
        opened = open_for_writing(world)
        if opened.state.head == EMPTY:
            raise LedgerError(
                f"environment {world.environment.name!r} has no ledger at {world.environment.state_url}",
                hint="there is nothing to fold; the first apply creates it",
            )
        document = state_document(opened.state)
        world.ledger.write_state(document)
        return document, opened.notices


def unlock(world: World, *, force: bool = False) -> str:
    """See that nobody holds the lock, and return what was done: a silent holder loses it; with `force` any does.

    A local lock goes with its process, so there is never one to break.

    Raises:
        LockHeldError: somebody holds it; the message says who.
    """
    if force:
        world.ledger.break_lock()
    with world.ledger.lock("state unlock", world.system.actor()):
        broken = world.ledger.broken_lock()
        if broken is None:
            return f"The state of environment {world.environment.name} is not locked."
        if world.ledger.read(0):
            open_for_writing(world)
        return f"In environment {world.environment.name}, {broken_lock_text(broken)}."
