"""volvenctl release."""

import click

from volvenctl.cli.group import Door
from volvenctl.cli.noted import write_noting
from volvenctl.cli.options import format_option, lock_timeout_option, pass_session
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit
from volvenctl.pipeline import adopt as pipeline


@click.command(cls=Door)
@click.argument("name")
@click.option("--reason", metavar="TEXT", help="Why; kept in the audit trail.")
@lock_timeout_option
@format_option()
@pass_session
def command(session: Session, name: str, *, reason: str | None, lock_timeout_s: int) -> Exit:
    """Stop managing the strategy of NAME, and leave it as it is."""
    world = open_world(session, lock_timeout_s=lock_timeout_s)
    noting = pipeline.release(world, name, reason)
    return write_noting(session, world.environment.name, "released", noting)
