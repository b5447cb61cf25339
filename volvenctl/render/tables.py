"""Tables whose columns align, also with wide (East Asian) characters."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from volvenctl.render.safe import safe


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line, foreign text welcome; how to paint the first one; and lines folded under it."""

    cells: tuple[str, ...]
    paint: Callable[[str], str] = str
    details: tuple[str, ...] = ()
    """Finished lines: made safe and painted already."""


def table_lines(rows: Sequence[Row], *, titles: Sequence[str] = (), right: Sequence[int] = ()) -> list[str]:
    """Return one line per row, cells padded to their columns, each row's details below it.

    Columns whose number is in `right` are aligned to the right. Columns without any content are left out.
    """
    head = [Row(tuple(titles))] if titles else []
    shown = [Row(tuple(map(safe, row.cells)), row.paint, row.details) for row in (*head, *rows)]
    body = [row.cells for row in shown[len(head) :]]
    widths = [max(map(width, column)) for column in zip_longest(*(row.cells for row in shown), fillvalue="")]
    used = [any(column) for column in zip_longest(*body, fillvalue="")]
    columns = [(number, widths[number], number in right) for number, is_used in enumerate(used) if is_used]
    return [line for row in shown for line in (_line(row, columns), *row.details)] if rows else []


def width(text: str) -> int:
    """Return how many cells of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _line(row: Row, columns: Sequence[tuple[int, int, bool]]) -> str:
    padded: list[str] = []
    for number, size, is_right in columns:
        cell = row.cells[number] if number < len(row.cells) else ""
        blanks = " " * (size - width(cell))
        painted = row.paint(cell) if not padded else cell
        padded.append(blanks + painted if is_right else painted + blanks)
    return ("  " + "  ".join(padded)).rstrip()
