"""volvenctl accounts."""

import click

from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit
from volvenctl.pipeline import offers as pipeline
from volvenctl.render.listing_text import accounts_text
from volvenctl.wire.documents import accounts_document


@click.command(cls=Door)
@format_option()
@pass_session
def command(session: Session) -> Exit:
    """List the exchange accounts that a spec's accountId may name."""
    world = open_world(session)
    with session.waiting("asking for accounts"):
        accounts = pipeline.accounts(world)
    write_either(session, accounts_document(accounts), accounts_text(accounts, session.palette))
    return Exit.OK
