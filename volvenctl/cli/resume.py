"""volvenctl resume."""

import click

from volvenctl.cli.emergency import scope_options
from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, lock_timeout_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit, UsageError
from volvenctl.model.report import HaltScope
from volvenctl.pipeline import resume as pipeline
from volvenctl.render.halt_text import resume_text
from volvenctl.wire.lifecycle_documents import halt_document


@click.command(cls=Door)
@scope_options
@click.option("--reason", metavar="TEXT", default="", help="Why it may go on; kept in the audit trail.")
@click.option("--dry-run", is_flag=True, help="Show what would be resumed; record nothing.")
@lock_timeout_option
@format_option()
@pass_session
def command(session: Session, scope: HaltScope, reason: str, *, dry_run: bool, lock_timeout_s: int) -> Exit:
    """Let what was halted be planned again. Starts nothing: the next plan shows what would be started."""
    if not reason.strip():
        raise UsageError("--reason is missing: say why it may go on", hint='for example: --reason "limits raised"')
    world = open_world(session, lock_timeout_s=lock_timeout_s)
    report = pipeline.resume(world, scope, reason, dry_run=dry_run)
    write_either(session, halt_document(report, Exit.OK), resume_text(report, session.palette))
    return Exit.OK
