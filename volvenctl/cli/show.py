"""volvenctl show."""

import click

from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session
from volvenctl.cli.plan_files import read_plan_file
from volvenctl.cli.session import Session
from volvenctl.errors import Exit
from volvenctl.render.plan_text import plan_text
from volvenctl.wire import plan_v1


@click.command(cls=Door)
@click.argument("planfile", metavar="PLANFILE", type=click.Path())
@format_option()
@pass_session
def command(session: Session, planfile: str) -> Exit:
    """Show a saved plan again: offline, and also after it was applied."""
    plan = read_plan_file(planfile)
    session.write(plan_v1.plan_text(plan) if session.json else plan_text(plan, session.palette, saved=planfile))
    return Exit.OK
