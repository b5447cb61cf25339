"""volvenctl state."""

from dataclasses import replace

import click

from volvenctl.adapters.system import environment_variables
from volvenctl.cli.group import DoorGroup
from volvenctl.cli.options import format_option, lock_timeout_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.state_urls import open_ledger, refuse_state_of_one_job
from volvenctl.cli.world import open_world, project_file
from volvenctl.errors import Exit, UsageError
from volvenctl.model.audit import Verification
from volvenctl.pipeline import state as pipeline
from volvenctl.pipeline.migrate import migrate as migrate_ledger
from volvenctl.ports import World
from volvenctl.render.audit_text import audit_text, verified_text
from volvenctl.render.listing_text import state_list_text, state_text
from volvenctl.wire.audit_v1 import audit_document, verified_document
from volvenctl.wire.documents import state_list_document


@click.group(cls=DoorGroup)
def command() -> None:
    """Create, show, rebuild, move or unlock the state."""


@command.command("init")
@lock_timeout_option
@format_option()
@pass_session
def init(session: Session, lock_timeout_s: int) -> Exit:
    """Create the ledger. Needed once for a live environment, implicit elsewhere."""
    log = pipeline.init(open_world(session, lock_timeout_s=lock_timeout_s))
    write_either(session, audit_document(log), audit_text(log, session.palette))
    return Exit.OK


@command.command("show")
@format_option()
@pass_session
def show(session: Session) -> Exit:
    """Show what the ledger says is launched, and which attempts are open."""
    document, notices = pipeline.current(open_world(session))
    write_either(session, document, state_text(document, notices, session.palette))
    return Exit.OK


@command.command("list")
@format_option()
@pass_session
def list_strategies(session: Session) -> Exit:
    """List the strategies that the state knows."""
    document, _notices = pipeline.current(open_world(session))
    write_either(session, state_list_document(document), state_list_text(document, session.palette))
    return Exit.OK


@command.command("rebuild")
@lock_timeout_option
@format_option()
@pass_session
def rebuild(session: Session, lock_timeout_s: int) -> Exit:
    """Fold the state again from the whole ledger."""
    document, notices = pipeline.rebuild(open_world(session, lock_timeout_s=lock_timeout_s))
    write_either(session, document, state_text(document, notices, session.palette))
    return Exit.OK


@command.command("migrate")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@lock_timeout_option
@format_option()
@pass_session
def migrate(session: Session, source: str, target: str, lock_timeout_s: int) -> Exit:
    """Copy the ledger at the state URL FROM to the state URL TO, verify the copy, and seal FROM."""
    if source == target:
        raise UsageError("FROM and TO are the same place", hint="volvenctl state migrate OLD-STATE-URL NEW-STATE-URL")
    world = open_world(session, lock_timeout_s=lock_timeout_s, lasting=False)
    old, new = (_moved(world, url, lock_timeout_s) for url in (source, target))
    refuse_state_of_one_job(new.environment, environment_variables())
    with session.waiting("copying the ledger"):
        found = Verification(migrate_ledger(old, new.ledger, target))
    write_either(session, verified_document(found), verified_text(found, session.palette))
    return Exit.OK


@command.command("unlock")
@click.option("--force", is_flag=True, help="Take the lock from a holder that lives, too.")
@pass_session
def unlock(session: Session, *, force: bool) -> Exit:
    """Free the lock of a run that died. A lock on this machine goes with its process; end that to free it."""
    session.write(pipeline.unlock(open_world(session), force=force) + "\n")
    return Exit.OK


def _moved(world: World, url: str, lock_timeout_s: int) -> World:
    """Return `world` with its ledger at another state URL."""
    environment = replace(world.environment, state_url=url)
    ledger = open_ledger(environment, project_file().parent, world.system, lock_timeout_s)
    return replace(world, environment=environment, ledger=ledger)
