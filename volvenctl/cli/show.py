"""volvenctl show."""

import click

from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session
from volvenctl.cli.plan_files import read_plan_file
from volvenctl.cli.renderings import FORMATS, write_plan
from volvenctl.cli.session import Session
from volvenctl.errors import Exit


@click.command(cls=Door)
@click.argument("planfile", metavar="PLANFILE", type=click.Path())
@format_option(*FORMATS)
@pass_session
def command(session: Session, planfile: str) -> Exit:
    """Show a saved plan again: offline, and also after it was applied."""
    write_plan(session, read_plan_file(planfile), saved=planfile)
    return Exit.OK
