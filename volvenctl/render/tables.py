"""Tables whose columns align, also with wide (East Asian) characters."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
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
    if not rows:
        return []
    head = (Row(tuple(titles)),) if titles else ()
    shown = [Row(tuple(map(safe, row.cells)), row.paint, row.details) for row in (*head, *rows)]
    widths = [max(map(width, column)) for column in _columns_of(shown)]
    used = [number for number, column in enumerate(_columns_of(shown[len(head) :])) if any(column)]
    columns = [(number, widths[number], number in right) for number in used]
    lines: list[str] = []
    for row in shown:
        lines += [_line(row, columns), *row.details]
    return lines


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


def _columns_of(rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    return zip_longest(*(row.cells for row in rows), fillvalue="")
