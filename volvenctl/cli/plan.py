"""volvenctl plan."""

import click

from volvenctl.cli.group import Door
from volvenctl.cli.options import (
    allow_empty_option,
    format_option,
    pass_session,
    policy_from_option,
    selection_options,
)
from volvenctl.cli.plan_files import save_plan
from volvenctl.cli.renderings import FORMATS, write_no_plan, write_plan
from volvenctl.cli.session import Session
from volvenctl.cli.step_report import report_step
from volvenctl.cli.tracing import traced
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit
from volvenctl.model.plan import Plan, Selection
from volvenctl.pipeline import plan as pipeline
from volvenctl.render.markdown import plan_markdown, problems_markdown
from volvenctl.render.plan_view import plan_view
from volvenctl.render.step import plan_outputs


@click.command(cls=Door)
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="Save the plan, for review and apply.")
@selection_options
@allow_empty_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there is something to do.")
@click.option("--offline", is_flag=True, help="Use the committed snapshot of the platform; needs no token.")
@policy_from_option
@format_option(*FORMATS)
@pass_session
def command(
    session: Session,
    selection: Selection,
    out: str | None,
    *,
    allow_empty: bool,
    detailed_exitcode: bool,
    offline: bool,
) -> Exit:
    """Show what apply would do. Nothing is changed, neither at the platform nor in the state."""
    world = traced(session, open_world(session, offline=offline, lasting=True))
    with session.waiting("planning"):
        made = pipeline.plan(world, selection, allow_empty=allow_empty)
    if not isinstance(made, Plan):
        report_step(session, {"exit": str(int(made.exit))}, problems_markdown(made))
        return write_no_plan(session, made)
    if out is not None:
        save_plan(made, out)
    write_plan(session, made, saved=out, limits=world.environment.limits)
    code = Exit.CHANGES if detailed_exitcode and made.steps else Exit.OK
    report_step(session, plan_outputs(made, code), plan_markdown(plan_view(made, world.environment.limits)))
    return code
