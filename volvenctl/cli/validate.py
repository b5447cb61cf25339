"""volvenctl validate."""

import click

from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session, policy_from_option
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world, paths_in_project, snapshot_file
from volvenctl.errors import Exit
from volvenctl.model.plan import Selection
from volvenctl.model.problem import under
from volvenctl.pipeline.check import check
from volvenctl.render.annotations import github_annotations
from volvenctl.render.code_quality import code_quality_text
from volvenctl.render.junit import junit_text
from volvenctl.render.problem_text import problems_text
from volvenctl.render.safe import safe
from volvenctl.render.sarif import sarif_text
from volvenctl.wire.documents import problems_document

_REPORTS = {
    "github": github_annotations,
    "gitlab": code_quality_text,
    "sarif": sarif_text,
    "junit": junit_text,
}
"""For machines that look at the repository: their files are relative to its root, not to the project."""


@click.command(cls=Door)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True))
@click.option("--offline", is_flag=True, help="Do not ask the platform: use its snapshot, or skip what needs it.")
@policy_from_option
@format_option("text", "json", *_REPORTS)
@pass_session
def command(session: Session, paths: tuple[str, ...], *, offline: bool) -> Exit:
    """Check all specs, or those at PATH, and list every problem.

    Exits with 3 if there is an error.
    """
    world = open_world(session, offline=offline)
    snapshot = snapshot_file(world.environment)
    is_blind = offline and not snapshot.exists()
    if offline and not is_blind:
        session.say(f"accounts and products are those of {safe(str(snapshot))}")
    with session.waiting("checking the specs"):
        checked = check(world, Selection(), offline=is_blind, paths=paths_in_project(paths))
    if report := _REPORTS.get(session.style):
        session.write(report(under(world.source.prefix(), checked.problems)))
    else:
        write_either(session, problems_document(checked), problems_text(checked, session.palette))
    return Exit.OK if checked.valid else Exit.INVALID
