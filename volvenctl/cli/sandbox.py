"""volvenctl sandbox."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from volvenctl.adapters.plain_files import replace_file
from volvenctl.adapters.system import RealSystem
from volvenctl.cli.group import DoorGroup
from volvenctl.cli.options import lock_timeout_option, pass_session
from volvenctl.cli.sandbox_by_hand import COMMANDS
from volvenctl.cli.session import Session
from volvenctl.cli.state_urls import state_folder
from volvenctl.cli.world import open_world, project_file, sandbox_folder
from volvenctl.errors import ConfigError, Exit, StorageError, UsageError
from volvenctl.model.project import Environment
from volvenctl.render.safe import safe
from volvenctl.render.text import command_text, next_line, page
from volvenctl.sandbox.faults import FaultScript, read_script
from volvenctl.sandbox.server import Exchange, SandboxServer
from volvenctl.sandbox.store import SandboxStore

_ENDINGS = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED}
_STATE_FILES = ("recovery-*.json", "moved.json", "state.json", "ledger.jsonl")
"""In this order: a state without its ledger would be refused, a ledger without its state is folded again."""


@click.group(cls=DoorGroup)
def command() -> None:
    """Work with the simulated platform."""


for _part in COMMANDS:
    command.add_command(_part)


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
    state = None if keep_state else _removable_state(environment, root)
    with world.ledger.lock("sandbox reset", world.system.actor()):
        try:
            SandboxStore(platform, world.system).reset()
            removed = [] if state is None else _remove_state(state)
        except OSError as error:
            raise StorageError(f"{error.filename or platform} could not be reset: {error.strerror}") from error
    lines = [f"  - strategies of the simulated platform in {platform}", *(f"  - {path}" for path in removed)]
    command_line = next_line(command_text(environment.name, "plan"), session.palette)
    session.write(page([*map(safe, lines), "", command_line]))
    return Exit.OK


@command.command("serve")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, metavar="N", help="Port of 127.0.0.1 [a free one].")
@click.option("--port-file", type=click.Path(dir_okay=False), help="Write the port into FILE when it listens.")
@click.option("--faults", "script", metavar="FILE|JSON", help="What is to go wrong, by call; see the guide.")
@pass_session
def serve(session: Session, port: int, port_file: str | None, script: str | None) -> Exit:
    """Serve the simulated platform over HTTP on loopback, until interrupted.

    In a project its strategies are those of the embedded sandbox; elsewhere they are forgotten at the end.
    """
    faults = FaultScript({}) if script is None else read_script(_script_text(script))
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)  # before there are threads: all of them leave signals to us
    with _platform_folder() as folder, _listening(session, folder, faults, port) as server:
        if port_file is not None:
            _write_port(Path(port_file), server.port)
        session.write(_serving_text(session, server.url, folder))
        return _ENDINGS[signal.Signals(signal.sigwait(_ENDINGS))]


def _script_text(given: str) -> str:
    if given.lstrip().startswith(("{", "[")):
        return given
    try:
        return Path(given).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"the script of faults cannot be read from {given}: {error}") from error


@contextmanager
def _platform_folder() -> Iterator[Path]:
    """Give the folder of the project's simulated platform, or outside a project one for the time being."""
    try:
        root = project_file().parent
    except ConfigError:
        with TemporaryDirectory(prefix="volvenctl-sandbox-") as folder:
            yield Path(folder)
    else:
        yield sandbox_folder(root)


def _listening(session: Session, folder: Path, faults: FaultScript, port: int) -> SandboxServer:
    def observe(exchange: Exchange) -> None:
        request = exchange.request
        session.detail(f"{request.method} {request.path}: {exchange.fault.kind}{'C' * exchange.fault.happens}")

    try:
        return SandboxServer(SandboxStore(folder, RealSystem()).answer, faults, port, observe)
    except OSError as error:
        raise UsageError(f"port {port} of 127.0.0.1 cannot be used: {error.strerror}") from error


def _write_port(path: Path, port: int) -> None:
    try:
        replace_file(path, f"{port}\n".encode())
    except OSError as error:
        raise StorageError(f"the port could not be written to {path}: {error.strerror}") from error


def _serving_text(session: Session, url: str, folder: Path) -> str:
    strong = session.palette.strong
    return page(
        [
            f"The simulated platform listens on {strong(url)}, for this machine only. End it with Ctrl-C.",
            safe(f"Its strategies are kept in {folder}."),
            "",
            "To use it, put an environment into volvenctl.yaml:",
            "",
            "  simulator:",
            f'    api: {{url: "{url}"}}',
            "    state: .volvenctl/simulator",
            "",
            "and give it a token, any will do:",
            "",
            "  VOLVEN_TOKEN=anything volvenctl -e simulator plan",
        ]
    )


def _removable_state(environment: Environment, root: Path) -> Path:
    folder = state_folder(environment, root)
    if folder is None:
        raise UsageError(
            f"the state of {environment.name!r} is kept at {environment.state_url}, which reset does not remove",
            hint="reset with --keep-state, or give the sandbox a state on this machine",
        )
    return folder


def _remove_state(folder: Path) -> list[Path]:
    """Remove the ledger and what was made from it; the lock file, which is held, stays."""
    found = [path for pattern in _STATE_FILES for path in sorted(folder.glob(pattern))]
    for path in found:
        path.unlink()
    return found
