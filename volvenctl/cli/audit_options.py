"""Options of the audit commands: which records, and what the ledger is held against."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from volvenctl.adapters.source_control import commit_of
from volvenctl.cli.options import gathered
from volvenctl.core.anchors import read_anchor
from volvenctl.errors import UsageError
from volvenctl.model.audit import Anchor, RecordFilter
from volvenctl.wire.moments import asked_beginning, asked_moment

_HEX = re.compile(r"[0-9a-f]{4,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Outside:
    """What was noted outside of the ledger, as the command line says it."""

    anchors: tuple[Anchor, ...]
    checkpoints: Path | None
    """A folder; None: that of the project, if there is one."""
    signers: str | None


def read_asked(option: str, text: str, read: Callable[[str], str] = asked_moment) -> str:
    """Return the moment that an option asks for.

    Raises:
        UsageError: it is none.
    """
    try:
        return read(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{option} {text!r} is no date and no moment", hint="2026-03-03, or 2026-03-03T14:05 in UTC, or with +01:00"
        ) from error


def _beginning(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    return None if text is None else read_asked("--since", text, asked_beginning)


def _end(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    return None if text is None else read_asked("--until", text)


def _commit(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """Return the id of the commit that git knows by that name, else the beginning of an id."""
    commit = None if text is None else commit_of(Path.cwd(), text) or text
    if commit is not None and not _HEX.fullmatch(commit):
        raise UsageError(f"git knows no commit {text!r} here, and it is no beginning of a commit's id")
    return commit


def _make_outside(heads: tuple[str, ...], checkpoints: str | None, signers: str | None) -> Outside:
    return Outside(tuple(map(read_anchor, heads)), None if checkpoints is None else Path(checkpoints), signers)


_folder = click.Path(exists=True, file_okay=False)

filter_options = gathered(
    "wanted",
    RecordFilter,
    click.option("--strategy", "strategies", metavar="NAME", multiple=True, help="About this strategy: name or id."),
    click.option("--actor", metavar="TEXT", help="Done, started or approved by somebody with TEXT in the name."),
    click.option("--since", metavar="TIME", callback=_beginning, help="From this date or moment (UTC) on."),
    click.option(
        "--until", metavar="TIME", callback=_end, help="Until the end of this date, or until this moment (UTC)."
    ),
    click.option(
        "--commit", metavar="REF", callback=_commit, help="Made from this git commit, or a beginning of its id."
    ),
    click.option("--plan", metavar="HASH", help="Of the plan whose hash begins so."),
    click.option("--type", "types", metavar="TYPE", multiple=True, help="Such as attempt.started, or attempt."),
)
"""Adds the filter; the argument is `wanted`."""

evidence_options = gathered(
    "outside",
    _make_outside,
    click.option("--expect-head", "heads", metavar="SEQ:HASH", multiple=True, help="This head must be in the ledger."),
    click.option("--checkpoints", metavar="DIR", type=_folder, help="Signed checkpoints [checkpoints/ENV]."),
    click.option("--signers", metavar="FILE", type=click.Path(), help="Who may sign them (OpenSSH allowed_signers)."),
)
"""Adds what the ledger is held against; the argument is `outside`."""
