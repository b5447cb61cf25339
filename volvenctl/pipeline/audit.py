"""The audit trail: the ledger itself, read and verified from its first record."""

from volvenctl.core.fold import fold_all
from volvenctl.errors import LedgerError
from volvenctl.model.record import EMPTY
from volvenctl.model.report import AuditLog
from volvenctl.pipeline.opening import refuse_cut_ledger
from volvenctl.ports import World
from volvenctl.wire.state_v1 import read_state


def log(world: World) -> AuditLog:
    """Return all records, every hash and link verified, and compared with the state file.

    Raises:
        LedgerError: the first record that is damaged, or a ledger that was cut or does not exist.
    """
    records = tuple(world.ledger.read(0))
    document = world.ledger.read_state()
    state = fold_all(records)
    if document is not None:
        refuse_cut_ledger(records, document, read_state(document))
    if state.head == EMPTY:
        raise LedgerError(
            f"environment {world.environment.name!r} has no ledger at {world.environment.state_url}",
            hint="the first apply creates it (in a live environment: volvenctl state init)",
        )
    notices = () if document is not None else ("there is no state file to compare the end of the ledger with",)
    return AuditLog(state.lineage, world.environment.name, records, state.head, notices)


verify = log
"""Verifying is reading everything and believing nothing; what is shown differs, not what is done."""
