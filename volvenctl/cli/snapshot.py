"""volvenctl snapshot."""

from pathlib import Path

import click

from volvenctl.adapters.plain_files import replace_file
from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world, snapshot_file
from volvenctl.errors import Exit, StorageError
from volvenctl.model.catalog import Snapshot
from volvenctl.pipeline.snapshot import snapshot as take
from volvenctl.render.safe import safe
from volvenctl.render.text import count_text, page
from volvenctl.wire.snapshot_v1 import snapshot_text


@click.command(cls=Door)
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="Write it there [snapshots/ENV.json].")
@format_option()
@pass_session
def command(session: Session, out: str | None) -> Exit:
    """Write accounts and products to a file, for `plan --offline`; commit it.

    It holds no key and no token: pull requests are planned with it where there are no credentials.
    """
    world = open_world(session)
    with session.waiting("asking for accounts and products"):
        taken = take(world)
    file = Path(out) if out is not None else snapshot_file(world.environment)
    _save(taken, file)
    accounts, products = count_text(len(taken.accounts), "account"), count_text(len(taken.products), "product")
    session.write(snapshot_text(taken) if session.json else page([f"{safe(str(file))}: {accounts}, {products}."]))
    return Exit.OK


def _save(taken: Snapshot, file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, snapshot_text(taken).encode("ascii"))
        file.chmod(0o644)  # it is committed, and holds nothing that git would not show
    except OSError as error:
        raise StorageError(f"the snapshot could not be written to {file}: {error.strerror or error}") from error
