"""volvenctl sandbox."""

from pathlib import Path

import click

from volvenctl.cli.group import DoorGroup
from volvenctl.cli.options import lock_timeout_option, pass_session
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world, project_file, sandbox_folder, state_folder
from volvenctl.errors import Exit, StorageError, UsageError
from volvenctl.model.project import Environment
from volvenctl.render.safe import safe
from volvenctl.render.text import command_text, next_line, page
from volvenctl.sandbox.store import SandboxStore

_STATE_FILES = ("recovery-*.json", "state.json", "ledger.jsonl")
"""In this order: a state without its ledger would be refused, a ledger without its state is folded again."""


@click.group(cls=DoorGroup)
def command() -> None:
    """Work with the simulated platform."""


@command.command("reset")
@click.option("--keep-state", is_flag=True, help="Forget what runs at the platform only; keep the ledger.")
@lock_timeout_option
@pass_session
def reset(session: Session, lock_timeout_s: int, *, keep_state: bool) -> Exit:
    """Forget every simulated strategy, and the ledger of this sandbox environment with them."""
    world = open_world(session, lock_timeout_s=lock_timeout_s)
    environment, root = world.environment, project_file().parent
    if not environment.api.is_sandbox or environment.live:
        raise UsageError(f"environment {environment.name!r} is no sandbox; nothing was reset")
    platform = sandbox_folder(root)
    with world.ledger.lock("sandbox reset", world.system.actor()):
        try:
            SandboxStore(platform, world.system).reset()
            removed = [] if keep_state else _remove_state(environment, root)
        except OSError as error:
            raise StorageError(f"{error.filename or platform} could not be reset: {error.strerror}") from error
    lines = [f"  - strategies of the simulated platform in {platform}", *(f"  - {path}" for path in removed)]
    command_line = next_line(command_text(environment.name, "plan"), session.palette)
    session.write(page([*map(safe, lines), "", command_line]))
    return Exit.OK


def _remove_state(environment: Environment, root: Path) -> list[Path]:
    """Remove the ledger and what was made from it; the lock file, which is held, stays."""
    folder = state_folder(environment, root)
    found = [path for pattern in _STATE_FILES for path in sorted(folder.glob(pattern))]
    for path in found:
        path.unlink()
    return found
