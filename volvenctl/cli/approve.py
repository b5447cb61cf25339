"""volvenctl approve."""

import re
from pathlib import Path

import click

from volvenctl.adapters.plain_files import replace_file
from volvenctl.adapters.source_control import user_email
from volvenctl.adapters.ssh_keygen import sign
from volvenctl.adapters.system import RealSystem, environment_variables
from volvenctl.cli.approvers import approvers_text
from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session, policy_from_option
from volvenctl.cli.output import write_either
from volvenctl.cli.plan_files import read_plan_file
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_environment
from volvenctl.core.continuing import refuse_foreign_plan
from volvenctl.errors import ConfigError, Exit, StorageError, UsageError
from volvenctl.render.approval_text import approval_text
from volvenctl.wire.approval_v1 import approval_document
from volvenctl.wire.ssh_signature import PublicKey, is_pattern, principals_of

_PRINCIPAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")
"""What may be part of a file's name."""


@click.command(cls=Door)
@click.argument("planfile", metavar="PLANFILE", type=click.Path())
@click.option("--key", required=True, metavar="FILE", type=click.Path(), help="An OpenSSH key; .pub: ssh-agent signs.")
@click.option("--principal", metavar="NAME", help="Your name in the approvers' file [found by the key].")
@policy_from_option
@format_option()
@pass_session
def command(session: Session, planfile: str, key: str, principal: str | None) -> Exit:
    """Sign the hash of the plan PLANFILE; the signature is written beside it.

    Look at the plan first: volvenctl show PLANFILE
    """
    plan = read_plan_file(planfile)
    refuse_foreign_plan(plan, plan.environment, RealSystem().now())
    session.environment = plan.environment
    with session.waiting("signing"):
        armored, public = sign(plan.hash, key, environment_variables())
    name = _principal(session, principal, public)
    file = f"{planfile}.{name}.sig"
    try:
        replace_file(Path(file), armored.encode("ascii"))
    except OSError as error:
        raise StorageError(f"the signature could not be written to {file}: {error.strerror or error}") from error
    document = approval_document(plan.hash, name, public.fingerprint, file)
    write_either(session, document, approval_text(plan, name, file, session.palette))
    return Exit.OK


def _principal(session: Session, wanted: str | None, public: PublicKey) -> str:
    """Return the name to sign under: as asked for, else as the approvers' file has the key, else as git knows you."""
    known = _known_names(session, public)
    if wanted is not None and known and wanted not in known:
        raise UsageError(f"the approvers' file knows the key {public.fingerprint} as {', '.join(known)}, not {wanted}")
    name = wanted or next((item for item in known if not is_pattern(item)), None) or user_email(Path.cwd())
    if name is None:
        raise UsageError("nobody knows whose key this is", hint="name yourself: --principal NAME")
    if not _PRINCIPAL.fullmatch(name):
        raise UsageError(f"{name!r} cannot be part of a file's name", hint="--principal NAME")
    return name


def _known_names(session: Session, public: PublicKey) -> tuple[str, ...]:
    """Return the names that the approvers' file gives to the key; none without a project or such a file."""
    try:
        environment = open_environment(session)
    except ConfigError:
        if session.policy_from is not None:
            raise
        return ()
    text = approvers_text(session, environment)
    return () if text is None else principals_of(public, text)
