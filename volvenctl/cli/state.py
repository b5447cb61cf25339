"""volvenctl state."""

import click

from volvenctl.cli.group import DoorGroup
from volvenctl.cli.options import format_option, lock_timeout_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit
from volvenctl.pipeline import state as pipeline
from volvenctl.render.listing_text import audit_text, state_list_text, state_text
from volvenctl.wire.documents import audit_document, state_list_document


@click.group(cls=DoorGroup)
def command() -> None:
    """Create, show, rebuild or unlock the state."""


@command.command("init")
@lock_timeout_option
@format_option()
@pass_session
def init(session: Session, lock_timeout_s: int) -> Exit:
    """Create the ledger. Needed once for a live environment, implicit elsewhere."""
    log = pipeline.init(open_world(session, lock_timeout_s=lock_timeout_s))
    write_either(session, audit_document(log), audit_text(log, session.palette))
    return Exit.OK


@command.command("show")
@format_option()
@pass_session
def show(session: Session) -> Exit:
    """Show what the ledger says is launched, and which attempts are open."""
    document, notices = pipeline.current(open_world(session))
    write_either(session, document, state_text(document, notices, session.palette))
    return Exit.OK


@command.command("list")
@format_option()
@pass_session
def list_strategies(session: Session) -> Exit:
    """List the strategies that the state knows."""
    document, _notices = pipeline.current(open_world(session))
    write_either(session, state_list_document(document), state_list_text(document, session.palette))
    return Exit.OK


@command.command("rebuild")
@lock_timeout_option
@format_option()
@pass_session
def rebuild(session: Session, lock_timeout_s: int) -> Exit:
    """Fold the state again from the whole ledger."""
    document, notices = pipeline.rebuild(open_world(session, lock_timeout_s=lock_timeout_s))
    write_either(session, document, state_text(document, notices, session.palette))
    return Exit.OK


@command.command("unlock")
@pass_session
def unlock(session: Session) -> Exit:
    """See that nobody holds the lock. A local lock goes with its process; end that to free it."""
    session.write(pipeline.unlock(open_world(session)) + "\n")
    return Exit.OK
