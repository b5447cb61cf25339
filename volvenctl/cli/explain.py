"""volvenctl explain."""

import click

from volvenctl.adapters.schema_files import document_schema
from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session, policy_from_option
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_environment
from volvenctl.core.explain import explain_limits
from volvenctl.core.wording import did_you_mean, shown, similar
from volvenctl.errors import Exit, UsageError
from volvenctl.render.limits_text import limits_text
from volvenctl.wire.limits_v1 import limits_document

_LIMITS = "limits"


@click.command(cls=Door)
@click.argument("what", metavar="limits[.NAME]")
@policy_from_option
@format_option()
@pass_session
def command(session: Session, what: str) -> Exit:
    """Say what each limit means, and what it is in this environment.

    For example: volvenctl explain limits, volvenctl explain limits.maxStopsPerPlan
    """
    subject, dot, name = what.partition(".")
    if subject != _LIMITS:
        raise UsageError(f"there is no explanation of {shown(what)}", hint="volvenctl explain limits")
    environment = open_environment(session)
    limits = explain_limits(document_schema("project"), environment)
    chosen = tuple(item for item in limits if item.name == name or not dot)
    if not chosen:
        near = did_you_mean(similar(name, [item.name for item in limits]))
        raise UsageError(f"there is no limit {shown(name)}{near}", hint="volvenctl explain limits")
    text = limits_text(environment.name, chosen, session.palette)
    write_either(session, limits_document(environment.name, chosen), text)
    return Exit.OK
