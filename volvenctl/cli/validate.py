"""volvenctl validate."""

import click

from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world, paths_in_project
from volvenctl.errors import Exit
from volvenctl.model.plan import Selection
from volvenctl.pipeline.check import check
from volvenctl.render.annotations import github_annotations
from volvenctl.render.problem_text import problems_text
from volvenctl.wire.documents import problems_document


@click.command(cls=Door)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True))
@click.option("--offline", is_flag=True, help="Skip what needs the platform: accounts, products, their bounds.")
@format_option("text", "json", "github")
@pass_session
def command(session: Session, paths: tuple[str, ...], *, offline: bool) -> Exit:
    """Check all specs, or those at PATH, and list every problem.

    Exits with 3 if there is an error.
    """
    world = open_world(session)
    with session.waiting("checking the specs"):
        checked = check(world, Selection(), offline=offline, paths=paths_in_project(paths))
    if session.style == "github":
        session.write(github_annotations(checked.problems))
    else:
        write_either(session, problems_document(checked), problems_text(checked, session.palette))
    return Exit.OK if checked.valid else Exit.INVALID
