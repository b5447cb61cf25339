"""Spec, state and platform side by side."""

import re
from collections.abc import Mapping
from decimal import Decimal

from volvenctl.model.names import JsonObject
from volvenctl.model.report import SETTLED, TWICE, Status, StatusRow
from volvenctl.render.attempt_text import attempt_lines, live_text
from volvenctl.render.problem_text import problem_line
from volvenctl.render.safe import safe
from volvenctl.render.style import PLAIN, Palette
from volvenctl.render.tables import Row, table_lines
from volvenctl.render.text import (
    amount_text,
    bullet_lines,
    command_text,
    count_text,
    fields_text,
    next_line,
    page,
    section,
)

_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_SIGNS = {
    "not launched": "+",
    "unknown outcome": "?",
    **dict.fromkeys(("edited", "invalid", "blocked", "halted", "halted, but runs", "unclear", TWICE), "!"),
}
_SIGNS |= dict.fromkeys(SETTLED, "=")
_TITLES = ("", "strategy", "status", "wanted", "id", "platform", "notional", "spec")


def status_text(status: Status, palette: Palette = PLAIN) -> str:
    """Return one line per strategy, what is odd or in doubt, and an answer: is everything in git live?"""
    rows = [_row(item, palette) for item in status.rows]
    drifts = [Row(("~ " + item.kind, item.name, item.strategy_id, item.detail), palette.odd) for item in status.drift]
    unmanaged = [f"  {live_text(item)}" for item in status.unmanaged or ()]
    lines = [
        _headline(status, palette),
        *table_lines(rows, titles=_TITLES, right=(6,)),
        *section("Changed on the platform", table_lines(drifts), palette),
        *section("Open attempts", attempt_lines(status.attempts, palette), palette),
        *section("On the platform, not ours", unmanaged, palette),
        *section("Problems", ["  " + problem_line(item, palette) for item in status.problems], palette),
        *section("Notes", bullet_lines(status.notices, "  note", palette), palette),
        "",
        *_answer(status, palette),
    ]
    return page(lines)


def _headline(status: Status, palette: Palette) -> str:
    live = palette.bad(" (live)") if status.live else ""
    commit = f"  commit {safe(status.commit[:12])}" if status.commit else ""
    holder = palette.odd(f"  locked by {safe(_holder_text(status.holder))}") if status.holder else ""
    return f"{palette.strong(safe(status.environment))}{live}{commit}  ledger at record {status.head.seq}{holder}"


def _holder_text(holder: JsonObject) -> str:
    actor = holder.get("actor")
    who = actor if isinstance(actor, Mapping) else {}
    return (
        f"{who.get('user', 'somebody')}@{who.get('host', 'unknown')} pid {who.get('pid', '?')}: "
        f"{holder.get('operation', 'a command')} since {holder.get('since', 'unknown')}"
    )


def _row(row: StatusRow, palette: Palette) -> Row:
    sign = _SIGNS.get(row.summary, "~")
    paint = {"=": palette.good, "+": palette.odd, "~": palette.odd}.get(sign, palette.bad)
    return Row(
        (
            sign,
            row.name,
            row.summary,
            row.wanted or "",
            row.strategy_id or "",
            fields_text(row.live.state) if row.live else "",
            _notional(row.notional),
            f"{row.place.file}:{row.place.line}" if row.place else "",
        ),
        paint,
    )


def _notional(notional: JsonObject | None) -> str:
    if not notional:
        return ""
    amount, currency = str(notional.get("amount") or ""), str(notional.get("currency") or "")
    return amount_text(Decimal(amount) if _AMOUNT.fullmatch(amount) else None, currency)


def _answer(status: Status, palette: Palette) -> list[str]:
    if status.complete:
        return [palette.good("Everything in git is live as written.")]
    waiting = [row for row in status.rows if row.summary not in SETTLED]
    answer = palette.bad("Not everything in git is live as written")
    parts = [count_text(len(waiting), "strategy", "strategies") + " to look at"] if waiting else []
    parts += [count_text(len(status.attempts), "open attempt")] if status.attempts else []
    parts += [f"{len(status.drift)} changed on the platform"] if status.drift else []
    return [f"{answer}: {', '.join(parts)}.", next_line(command_text(status.environment, _remedy(status)), palette)]


def _remedy(status: Status) -> str:
    if status.attempts or status.twice:
        return "resolve"
    return "validate" if status.problems else "plan"
