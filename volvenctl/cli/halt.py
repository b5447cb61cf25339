"""volvenctl halt."""

import click

from volvenctl.cli.audience import Terminal
from volvenctl.cli.emergency import open_emergency, scope_options
from volvenctl.cli.group import Door
from volvenctl.cli.notify import notify
from volvenctl.cli.options import format_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.errors import Exit
from volvenctl.model.report import HaltScope
from volvenctl.pipeline import halt as pipeline
from volvenctl.render.halt_text import halt_text
from volvenctl.wire.lifecycle_documents import halt_document
from volvenctl.wire.notification_v1 import News


@click.command(cls=Door)
@scope_options
@click.option("--reason", metavar="TEXT", default="", help="Why; kept in the audit trail.")
@click.option("--dry-run", is_flag=True, help="Show what would be told to stop; send and record nothing.")
@format_option()
@pass_session
def command(session: Session, scope: HaltScope, reason: str, *, dry_run: bool) -> Exit:
    """Emergency stop, by spec name, strategy id, account or label, or --all. Asks nothing.

    Works from the platform's own list: with --all also without specs, state and project (VOLVEN_API_URL and a
    token). What is halted is not launched or started again by apply until `volvenctl resume`.
    """
    emergency = open_emergency(session)
    news = News("halt", "halted")
    if emergency.world is not None and not dry_run:
        notify(session, emergency.world, news)
    with session.waiting("stopping") as quiet:
        audience = Terminal(session, asks=False, shows=False, first=quiet)
        report = pipeline.halt(emergency, scope, reason, audience, dry_run=dry_run)
    news.counts = {"stopped": len(report.results) - len(report.failed), "failed": len(report.failed)}
    code = Exit.PARTIAL if report.failed else Exit.OK if report.is_recorded else Exit.ERROR
    write_either(session, halt_document(report, code), halt_text(report, session.palette))
    return code
