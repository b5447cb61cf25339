"""volvenctl status."""

import click

from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit
from volvenctl.pipeline import status as pipeline
from volvenctl.render.status_text import status_text
from volvenctl.wire.documents import status_document


@click.command(cls=Door)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 unless everything in git is live.")
@format_option()
@pass_session
def command(session: Session, names: tuple[str, ...], *, detailed_exitcode: bool) -> Exit:
    """Show spec, state and platform side by side: is everything in git live?"""
    world = open_world(session)
    with session.waiting("looking at the platform"):
        status = pipeline.status(world, names)
    write_either(session, status_document(status), status_text(status, session.palette))
    if not detailed_exitcode or status.complete:
        return Exit.OK
    return Exit.DUPLICATE if status.twice else Exit.CHANGES
