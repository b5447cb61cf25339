"""What `status --at TIME` shows: a moment of the past, from the ledger alone."""

from volvenctl.cli.audit_options import read_asked
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit
from volvenctl.pipeline import audit
from volvenctl.render.audit_text import moment_page
from volvenctl.wire.audit_v1 import moment_document


def write_moment(session: Session, names: tuple[str, ...], at: str) -> Exit:
    """Write what the ledger knew at a moment; the platform is not asked.

    Raises:
        UsageError: `at` is no moment, or nothing was known then of one of the names.
        LedgerError: the ledger cannot be used, or begins later.
    """
    moment = audit.moment(open_world(session), read_asked("--at", at), names)
    write_either(session, moment_document(moment), moment_page(moment, session.palette))
    return Exit.OK
