"""volvenctl status."""

import click

from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session, policy_from_option
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.status_at import write_moment
from volvenctl.cli.textfile import write_metrics
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit, UsageError
from volvenctl.pipeline import status as pipeline
from volvenctl.render.status_text import status_text
from volvenctl.wire.documents import status_document


@click.command(cls=Door)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 unless everything in git is live.")
@click.option("--at", metavar="TIME", help="What was live then, by the ledger alone; a date means its end.")
@click.option(
    "--prometheus", "metrics_file", metavar="FILE", type=click.Path(dir_okay=False), help="Also write metrics to FILE."
)
@policy_from_option
@format_option()
@pass_session
def command(
    session: Session, names: tuple[str, ...], metrics_file: str | None, at: str | None, *, detailed_exitcode: bool
) -> Exit:
    """Show spec, state and platform side by side: is everything in git live?"""
    if at is not None:
        if detailed_exitcode or metrics_file is not None:
            raise UsageError("--at asks for a moment of the past: no --detailed-exitcode and no --prometheus then")
        return write_moment(session, names, at)
    if metrics_file is not None and names:
        raise UsageError("--prometheus is about all strategies: it takes no NAME")
    world = open_world(session)
    with session.waiting("looking at the platform"):
        status = pipeline.status(world, names)
    if metrics_file is not None:
        write_metrics(world, status, metrics_file)
    write_either(session, status_document(status), status_text(status, session.palette))
    if not detailed_exitcode or status.complete:
        return Exit.OK
    return Exit.DUPLICATE if status.twice else Exit.CHANGES
