"""volvenctl adopt."""

import click

from volvenctl.cli.group import Door
from volvenctl.cli.noted import write_noting
from volvenctl.cli.options import format_option, lock_timeout_option, pass_session
from volvenctl.cli.output import write_invalid
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit
from volvenctl.pipeline import adopt as pipeline


@click.command(cls=Door)
@click.argument("name")
@click.argument("strategy_id")
@click.option("--reason", metavar="TEXT", help="How you know that it is the same; kept in the audit trail.")
@lock_timeout_option
@format_option()
@pass_session
def command(session: Session, name: str, strategy_id: str, *, reason: str | None, lock_timeout_s: int) -> Exit:
    """Manage the strategy STRATEGY_ID, which runs already, under the spec NAME. Launches nothing.

    The platform does not say what a strategy was asked for: that spec and strategy are the same is yours to know.
    """
    world = open_world(session, lock_timeout_s=lock_timeout_s)
    noting = pipeline.adopt(world, name, strategy_id, reason)
    if not isinstance(noting, pipeline.Noting):
        return write_invalid(session, noting)
    return write_noting(session, world.environment.name, "adopted", noting)
