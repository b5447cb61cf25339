"""The audit trail as a table for spreadsheets: fixed columns, and no cell that a spreadsheet would compute."""

import csv
import io
from collections.abc import Iterable, Mapping

from volvenctl.model.names import Json
from volvenctl.model.record import Record
from volvenctl.render.safe import ci_safe, safe

COLUMNS = (
    *("seq", "time", "type", "user", "host", "git", "ciActor", "ciRun"),
    *("strategy", "was", "strategyId", "attemptId", "planHash", "commit"),
    *("principal", "resolution", "status", "exit", "reason", "hash"),
)
"""Always these, in this order; new ones are added before `hash`, which stays the last."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, or drops before one. Source: OWASP, CSV Injection."""


def audit_csv(records: Iterable[Record]) -> str:
    """Return a line of titles and one line per record, as RFC 4180 quotes it; lines end as Unix's do."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _values(record)] for record in records)
    return made.getvalue()


def _values(record: Record) -> list[Json]:
    actor, data = record.actor, record.data
    ci = actor.get("ci")
    run = ci if isinstance(ci, Mapping) else {}
    who = [*(actor.get(key) for key in ("user", "host", "git")), run.get("actor"), run.get("run")]
    what = [data.get("name"), *(data.get(key) for key in COLUMNS[9:-1])]
    return [record.seq, record.time, record.type, *who, *what, record.hash]


def _cell(value: Json) -> str:
    """Return a value as one line; a text that might be a formula gets an apostrophe in front, as spreadsheets do."""
    text = "" if value is None else str(value)
    mark = "'" if text.lstrip(" \u00a0").startswith(_FORMULA) else ""
    return mark + ci_safe(safe(text))
