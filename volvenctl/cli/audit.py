"""volvenctl audit."""

import click

from volvenctl.cli.group import DoorGroup
from volvenctl.cli.options import format_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit
from volvenctl.pipeline import audit as pipeline
from volvenctl.render.listing_text import audit_text, verified_text
from volvenctl.wire.documents import audit_document, verified_document


@click.group(cls=DoorGroup)
def command() -> None:
    """Show or verify the audit trail."""


@command.command("log")
@format_option()
@pass_session
def log(session: Session) -> Exit:
    """Show every record of the ledger, oldest first."""
    found = pipeline.log(open_world(session))
    write_either(session, audit_document(found), audit_text(found, session.palette))
    return Exit.OK


@command.command("verify")
@format_option()
@pass_session
def verify(session: Session) -> Exit:
    """Compute every hash of the ledger again."""
    found = pipeline.verify(open_world(session))
    write_either(session, verified_document(found), verified_text(found, session.palette))
    return Exit.OK
