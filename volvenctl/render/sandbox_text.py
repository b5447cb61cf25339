"""The strategies of the simulated platform."""

from collections.abc import Sequence
from dataclasses import dataclass

from volvenctl.model.names import Json, JsonObject, StrategyId, StrategyName
from volvenctl.render.safe import safe
from volvenctl.render.style import PLAIN, Palette
from volvenctl.render.tables import Row, table_lines
from volvenctl.render.text import command_text, next_line, page
from volvenctl.wire.exact_json import json_text

_TITLES = ("id", "name", "status", "since", "account", "product", "side", "size", "limit")
_FIELDS = ("accountId", "productCode", "side", "size", "priceLimit")


@dataclass(frozen=True, slots=True)
class SandboxRow:
    """A simulated strategy, with the name that the ledger gives it."""

    id: StrategyId
    name: StrategyName | None
    """None: not ours, as far as the ledger knows."""
    status: str
    version: int
    changed_at: str
    request: JsonObject


def listed_text(rows: Sequence[SandboxRow], palette: Palette = PLAIN) -> str:
    """Return a line for each strategy: its id, state and what was asked for."""
    if not rows:
        return page(["Nothing runs at the simulated platform.", "", next_line("volvenctl sandbox foreign", palette)])
    return page(table_lines([_row(row, palette) for row in rows], titles=_TITLES, right=(7, 8)))


def shown_text(row: SandboxRow, palette: Palette = PLAIN) -> str:
    """Return one strategy with every field of its request."""
    fields = [Row((key, _plain(value))) for key, value in row.request.items()]
    return page([*table_lines([_row(row, palette)], titles=_TITLES, right=(7, 8)), "", *table_lines(fields)])


def changed_text(rows: Sequence[SandboxRow], environment: str, palette: Palette = PLAIN) -> str:
    """Return what became of each strategy, and how volvenctl looks at it."""
    lines = table_lines([_row(row, palette) for row in rows], titles=_TITLES, right=(7, 8))
    return page([*lines, "", next_line(command_text(environment, "status"), palette)])


def _row(row: SandboxRow, palette: Palette) -> Row:
    name = row.name or "(not ours)"
    request = tuple(_plain(row.request.get(field)) for field in _FIELDS)
    return Row((row.id, name, row.status, row.changed_at, *request), palette.strong)


def _plain(value: Json) -> str:
    return "" if value is None else safe(value) if isinstance(value, str) else json_text(value)
