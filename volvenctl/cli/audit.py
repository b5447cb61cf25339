"""volvenctl audit."""

from importlib.resources import files
from pathlib import Path

import click

from volvenctl import __version__
from volvenctl.adapters.archive import write_archive
from volvenctl.adapters.ssh_keygen import CHECKPOINT, sign
from volvenctl.adapters.system import environment_variables
from volvenctl.cli.audit_files import (
    checkpoint_folder,
    checkpoint_members,
    plan_members,
    read_checkpoints,
    shown_path,
    write_checkpoint,
    write_page,
)
from volvenctl.cli.audit_options import Outside, evidence_options, filter_options
from volvenctl.cli.group import DoorGroup
from volvenctl.cli.options import format_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.renderings import audit_page
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit, UsageError
from volvenctl.model.audit import CheckedCheckpoint, RecordFilter
from volvenctl.pipeline import audit as pipeline
from volvenctl.ports import World
from volvenctl.render.audit_csv import audit_csv
from volvenctl.render.audit_readme import audit_readme
from volvenctl.render.audit_text import audit_text, checkpoint_text, exported_text, verified_text
from volvenctl.render.audit_view import audit_view
from volvenctl.render.safe import safe
from volvenctl.render.text import page
from volvenctl.wire import checkpoint_v1
from volvenctl.wire.audit_archive import ledger_files, sha256_of
from volvenctl.wire.audit_v1 import (
    audit_document,
    export_document,
    made_checkpoint_document,
    verified_document,
)


@click.group(cls=DoorGroup)
def command() -> None:
    """Show, verify, sign or hand on the audit trail."""


@command.command("log")
@filter_options
@format_option("text", "json", "csv")
@pass_session
def log(session: Session, wanted: RecordFilter) -> Exit:
    """Show the records of the ledger, oldest first; with several options those that all of them hold for."""
    found = pipeline.log(open_world(session), wanted)
    if session.style == "csv":
        session.write(audit_csv(found.records))
    else:
        write_either(session, audit_document(found), audit_text(found, session.palette))
    return Exit.OK


@command.command("verify")
@evidence_options
@format_option()
@pass_session
def verify(session: Session, outside: Outside) -> Exit:
    """Compute every hash again, and hold the ledger against what was noted outside of it."""
    world = open_world(session)
    found = pipeline.verify(world, _evidence(world, outside))
    write_either(session, verified_document(found), verified_text(found, session.palette))
    return Exit.OK


@command.command("checkpoint")
@click.option("--key", required=True, metavar="FILE", type=click.Path(), help="An OpenSSH key; .pub: ssh-agent signs.")
@click.option("--out", metavar="FILE", type=click.Path(), help="Where to write it [checkpoints/ENV/SEQ.json].")
@format_option()
@pass_session
def checkpoint(session: Session, key: str, out: str | None) -> Exit:
    """Verify the ledger, and sign its head; commit what is written, so that it is kept elsewhere."""
    world = open_world(session)
    folder = checkpoint_folder(world.environment.name)
    if out is not None and Path(out).exists():
        raise UsageError(f"{out} exists already", hint="a checkpoint is never replaced; choose another name")
    made, earlier = pipeline.checkpoint(world, pipeline.Evidence(checkpoints=read_checkpoints(folder, None)))
    is_news = earlier is None or out is not None
    file = folder / f"{made.head.seq}.json" if out is None else Path(out)
    kept = CheckedCheckpoint(shown_path(file), made, None) if earlier is None or is_news else earlier
    if is_news:
        text = checkpoint_v1.checkpoint_text(made)
        with session.waiting("signing"):
            signature, _ = sign(text, key, environment_variables(), CHECKPOINT)
        write_checkpoint(file, text, signature)
    document = made_checkpoint_document(kept, is_news=is_news)
    write_either(session, document, checkpoint_text(kept, session.palette, is_news=is_news))
    return Exit.OK


@command.command("export")
@click.argument("file", metavar="FILE", type=click.Path())
@click.option("--plan", "plans", metavar="FILE", multiple=True, type=click.Path(), help="Put this saved plan in too.")
@evidence_options
@format_option()
@pass_session
def export(session: Session, file: str, plans: tuple[str, ...], outside: Outside) -> Exit:
    """Verify the ledger, and write all of it with its evidence and a verifier to a .zip or .tar.gz FILE."""
    world = open_world(session)
    evidence = _evidence(world, outside)
    found, state = pipeline.export(world, evidence)
    verifier = files("volvenctl.adapters") / "standalone_verifier.py"
    members = {
        **ledger_files(found.log.records, state),
        **checkpoint_members(evidence.checkpoints),
        **plan_members(plans),
        "verify.py": verifier.read_bytes(),
        "README.md": audit_readme(found, __version__).encode("utf-8"),
    }
    write_archive(file, members)
    digests = {name: sha256_of(members[name]) for name in sorted(members)}
    text = exported_text(found.log, file, digests, session.palette)
    write_either(session, export_document(found.log, file, digests), text)
    return Exit.OK


@command.command("report")
@click.option("--html", "file", required=True, metavar="FILE", type=click.Path(), help="The page to write.")
@filter_options
@pass_session
def report(session: Session, file: str, wanted: RecordFilter) -> Exit:
    """Write a page: every apply and who approved it, what was live when, and every record."""
    found = pipeline.history(open_world(session), wanted)
    write_page(file, audit_page(audit_view(found)))
    session.write(page([f"{session.palette.good('written')} {safe(file)}"]))
    return Exit.OK


def _evidence(world: World, outside: Outside) -> pipeline.Evidence:
    folder = outside.checkpoints or checkpoint_folder(world.environment.name)
    checkpoints = read_checkpoints(folder, outside.signers)
    if not checkpoints and (outside.checkpoints or outside.signers):
        raise UsageError(f"there is no checkpoint in {folder}", hint="volvenctl audit checkpoint --key FILE")
    return pipeline.Evidence(outside.anchors, checkpoints)
