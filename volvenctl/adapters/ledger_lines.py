"""The lines of a ledger's file: those that are whole, and the newest without reading all before them."""

import os
from pathlib import Path
from typing import Final

from volvenctl.adapters.plain_files import opened, read_from
from volvenctl.wire.ledger_v1 import RecordFault, read_record

_BLOCK: Final = 64 * 1024
"""How much of the end of a file is looked at first; each further look goes eight times as far back."""


def whole_lines(content: bytes, first: int = 1) -> list[bytes]:
    """Return the lines that have their line end, and a last one that lacks nothing else; `first` is the first's seq."""
    *lines, rest = content.split(b"\n")
    return [*lines, rest] if rest and is_record(rest, first + len(lines)) else lines


def newest_lines(path: Path, after: int) -> list[bytes] | None:
    """Return the whole lines of the file behind the record `after`, which is there; None if only reading all can tell.

    Raises:
        OSError: the file cannot be read.
    """
    with opened(path, os.O_RDONLY) as descriptor:
        size, reach = os.fstat(descriptor).st_size, _BLOCK
        while reach < size:
            _, _, content = read_from(descriptor, size - reach).partition(b"\n")
            first = _seq(content.partition(b"\n")[0])
            if first is not None and first <= after:
                lines = whole_lines(content, first)
                return lines[after + 1 - first :] if first + len(lines) > after else None
            reach *= 8
    return None


def is_record(line: bytes, seq: int) -> bool:
    """Whether this is a sound record with this seq."""
    return _seq(line) == seq


def _seq(line: bytes) -> int | None:
    try:
        return read_record(line).seq
    except RecordFault:
        return None
