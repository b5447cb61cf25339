"""volvenctl init."""

import re
import shlex
from pathlib import Path

import click

from volvenctl.adapters.schema_files import builtin_schema_folder
from volvenctl.cli import starter
from volvenctl.cli.group import Door
from volvenctl.cli.options import pass_session
from volvenctl.cli.session import Session
from volvenctl.errors import Exit, StorageError, UsageError
from volvenctl.render.safe import safe
from volvenctl.render.text import next_line, page

_EDITOR_SCHEMAS = ("project.schema.json", "strategy.schema.json", "SMO.schema.json")
"""Copied for editors only, and not into `schemas/`, where volvenctl looks for types of the project."""


@click.command(cls=Door)
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False))
@pass_session
def command(session: Session, folder: str) -> Exit:
    """Write a starter project that plans and applies at once in the sandbox.

    Files that exist are never changed.
    """
    root = Path(folder)
    contents = _contents(root)
    existing = [name for name in contents if (root / name).exists() or (root / name).is_symlink()]
    if existing:
        raise UsageError(
            f"{', '.join(existing)} in {root} would be overwritten; nothing was written",
            hint="choose another folder: volvenctl init DIR",
        )
    _write(root, contents)
    session.write(_text(session, root, contents))
    return Exit.OK


def _contents(root: Path) -> dict[str, str]:
    return {
        "volvenctl.yaml": starter.PROJECT.replace("NAME", _project_name(root), 1),
        "strategies/btc-dip-buy.yaml": starter.EXAMPLE,
        ".gitignore": starter.GITIGNORE,
        **{f".schemas/{name}": (builtin_schema_folder() / name).read_text("utf-8") for name in _EDITOR_SCHEMAS},
    }


def _project_name(root: Path) -> str:
    """Return the folder's name as far as it makes a name of ours."""
    name = re.sub(r"[^a-z0-9]+", "-", root.resolve().name.lower()).strip("-")[:63].strip("-")
    return name or "desk"


def _write(root: Path, contents: dict[str, str]) -> None:
    try:
        for name, text in contents.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise StorageError(f"{error.filename or root} could not be written: {error.strerror}") from error


def _text(session: Session, root: Path, contents: dict[str, str]) -> str:
    lines = [f"  {session.palette.good('+')} {safe((root / name).as_posix())}" for name in contents]
    where = () if root.resolve() == Path.cwd() else ("-C", root.as_posix())
    return page([*lines, "", next_line(safe(shlex.join(["volvenctl", *where, "plan"])), session.palette)])
