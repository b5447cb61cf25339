"""volvenctl plan."""

import click

from volvenctl.cli.group import Door
from volvenctl.cli.options import allow_empty_option, format_option, pass_session, selection_options
from volvenctl.cli.output import write_invalid
from volvenctl.cli.plan_files import save_plan
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit
from volvenctl.model.plan import Plan, Selection
from volvenctl.pipeline import plan as pipeline
from volvenctl.render.plan_text import plan_text
from volvenctl.wire import plan_v1


@click.command(cls=Door)
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="Save the plan, for review and apply.")
@selection_options
@allow_empty_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there is something to do.")
@format_option()
@pass_session
def command(
    session: Session, selection: Selection, out: str | None, *, allow_empty: bool, detailed_exitcode: bool
) -> Exit:
    """Show what apply would do. Nothing is changed, neither at the platform nor in the state."""
    world = open_world(session)
    with session.waiting("planning"):
        made = pipeline.plan(world, selection, allow_empty=allow_empty)
    if not isinstance(made, Plan):
        return write_invalid(session, made)
    if out is not None:
        save_plan(made, out)
    session.write(plan_v1.plan_text(made) if session.json else plan_text(made, session.palette, saved=out))
    return Exit.CHANGES if detailed_exitcode and made.creates else Exit.OK
