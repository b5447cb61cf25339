"""A plan as people review it in a terminal."""

from collections.abc import Callable, Mapping
from functools import partial

from volvenctl.model.plan import Blocked, Plan, ValueChange
from volvenctl.render.order_picture import order_lines
from volvenctl.render.plan_view import ActionRow, NoticeRow, PlanView, Tone, plan_view, short_path
from volvenctl.render.safe import safe
from volvenctl.render.style import PLAIN, Palette
from volvenctl.render.tables import Row, table_lines
from volvenctl.render.text import bullet_lines, command_text, count_text, next_line, page, section

_INDENT = "      "
_SHORT_REASON = 60
"""A longer reason stands on a line of its own."""

_PAINTS: Mapping[Tone, Callable[[Palette, str], str]] = {
    "good": Palette.good,
    "bad": Palette.bad,
    "odd": Palette.odd,
    "faint": Palette.faint,
}


def plan_text(plan: Plan, palette: Palette = PLAIN, *, saved: str | None = None, view: PlanView | None = None) -> str:
    """Return the whole plan; its last line is the next command. `saved` is the file that holds it.

    `view` is the plan's, where it knows the limits of the environment.
    """
    return page([*_lines(view or plan_view(plan), palette), _next(plan, palette, saved)])


def review_text(plan: Plan, palette: Palette = PLAIN) -> str:
    """Return the whole plan without a next command: a question follows."""
    return page(_lines(plan_view(plan), palette))


def headline(view: PlanView, palette: Palette = PLAIN) -> str:
    """Return one line: the hash, the environment, until when the plan holds, and what it does to the capital."""
    environment = safe(view.environment) + (palette.bad(" (live)") if view.live else "")
    parts = (
        f"{palette.strong(safe(view.hash))}  {environment}",
        f"expires {view.expires}",
        f"capital {safe(view.capital)}",
    )
    return "  ".join(parts)


def _lines(view: PlanView, palette: Palette) -> list[str]:
    rows = [_row(row, palette) for row in view.rows]
    return [
        headline(view, palette),
        *([palette.faint(safe(view.origin))] if view.origin else []),
        *section("Strategies", table_lines(rows, right=(2,)), palette),
        *section("Launched by us, not in git any more", _notice_lines(view.orphaned), palette),
        *section("Changed on the platform", _notice_lines(view.drift), palette),
        *section("Warnings", bullet_lines(view.warnings, "  warning", palette), palette),
        *section("Capital", _money_lines(view, palette), palette),
        *section("Limits", _limit_lines(view, palette), palette),
        "",
        view.summary,
    ]


def _row(row: ActionRow, palette: Palette) -> Row:
    is_short = len(row.reason) <= _SHORT_REASON
    details = [] if is_short else [_INDENT + safe(row.reason)]
    details += [_INDENT + palette.bad("; ".join(row.risks))] if row.risks else []
    details += [_INDENT + safe(row.effect)] if row.effect else []
    picture = [] if row.order is None else order_lines(row.order)
    return Row(
        (f"{row.sign} {row.word}", row.name, row.notional, row.place, row.reason if is_short else ""),
        partial(_PAINTS[row.tone], palette),
        (*details, *_change_lines(row.changes, palette), *(palette.faint(_INDENT + safe(line)) for line in picture)),
    )


def _change_lines(changes: tuple[ValueChange, ...], palette: Palette) -> tuple[str, ...]:
    rows = [Row((short_path(item.path), _change_of(item))) for item in changes]
    return tuple(palette.faint("    " + line) for line in table_lines(rows))


def _change_of(change: ValueChange) -> str:
    if change.before is None:
        return change.after or ""
    return f"{change.before} -> {'(absent)' if change.after is None else change.after}"


def _notice_lines(notices: tuple[NoticeRow, ...]) -> list[str]:
    return table_lines([Row((f"~ {item.word}", item.name, item.strategy_id, item.detail)) for item in notices])


def _money_lines(view: PlanView, palette: Palette) -> list[str]:
    rows = []
    for item in view.money:
        room = (item.room.allowed, item.room.left) if view.has_account_limit else ()
        paint = palette.bad if item.room.is_broken else str
        rows.append(Row((item.account, item.before, item.after, item.change, *room), paint))
    titles = ("account", "before", "after", "change", "limit", "head-room")
    return table_lines(rows, titles=titles, right=(1, 2, 3, 4, 5))


def _limit_lines(view: PlanView, palette: Palette) -> list[str]:
    rows = [
        Row((item.limit, item.figure, item.room.allowed, item.room.left), palette.bad if item.room.is_broken else str)
        for item in view.limits
    ]
    return table_lines(rows, titles=("limit", "this plan", "allowed", "head-room"), right=(1, 2, 3))


def _next(plan: Plan, palette: Palette, saved: str | None) -> str:
    if plan.steps:
        unsaved = ("plan", "--out", "plan.json") if plan.live else ("apply",)
        words = unsaved if saved is None else ("apply", saved)
        return next_line(command_text(plan.environment, *words), palette)
    blocked = [item for item in plan.actions if isinstance(item, Blocked)]
    if any(item.open_attempt for item in blocked):
        return next_line(command_text(plan.environment, "resolve"), palette)
    if blocked:
        return f"Nothing to apply; {count_text(len(blocked), 'spec')} blocked for the reason given above."
    return "Nothing to do."
