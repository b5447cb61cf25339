"""A plan as people review it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import assert_never

from volvenctl.model.number import plus
from volvenctl.model.plan import Blocked, Capital, Change, Create, Keep, Plan, ValueChange
from volvenctl.render.safe import safe
from volvenctl.render.style import PLAIN, Palette
from volvenctl.render.tables import Row, table_lines
from volvenctl.render.text import (
    amount_text,
    bullet_lines,
    change_text,
    command_text,
    count_text,
    moment_text,
    money_text,
    next_line,
    page,
    section,
)

_INDENT = "      "
_SHORT_REASON = 60
"""A longer reason stands on a line of its own."""


def plan_text(plan: Plan, palette: Palette = PLAIN, *, saved: str | None = None) -> str:
    """Return the whole plan; its last line is the next command. `saved` is the file that holds it."""
    return page([*_lines(plan, palette), _next(plan, palette, saved)])


def review_text(plan: Plan, palette: Palette = PLAIN) -> str:
    """Return the whole plan without a next command: a question follows."""
    return page(_lines(plan, palette))


def headline(plan: Plan, palette: Palette = PLAIN) -> str:
    """Return one line: the hash, the environment, until when the plan holds, and what it does to the capital."""
    environment = safe(plan.environment) + (palette.bad(" (live)") if plan.live else "")
    parts = (
        f"{palette.strong(safe(plan.hash))}  {environment}",
        f"expires {moment_text(plan.expires_at)}",
        f"capital {safe(_capital_change(plan.capital))}",
    )
    return "  ".join(parts)


def summary_text(counts: Mapping[str, int], unmanaged: int | None) -> str:
    """Return one line with what there is of each action."""
    words = {"create": "to create", "keep": "to keep"}
    parts = [f"{number} {words.get(word, word)}" for word, number in counts.items() if number]
    parts += [f"{unmanaged} not ours on the platform"] if unmanaged else []
    return "Plan: " + (", ".join(parts) if parts else "no strategies") + "."


def _lines(plan: Plan, palette: Palette) -> list[str]:
    rows = [_row(action, palette) for action in plan.actions]
    orphans = [
        Row(("~ orphaned", item.name, item.strategy_id, "its spec was deleted; it still runs"))
        for item in plan.orphaned
    ]
    drifts = [Row(("~ " + item.kind, item.name, item.strategy_id, item.detail)) for item in plan.drift]
    return [
        headline(plan, palette),
        *_origin(plan, palette),
        *section("Strategies", table_lines(rows, right=(2,)), palette),
        *section("Launched by us, not in git any more", table_lines(orphans), palette),
        *section("Changed on the platform", table_lines(drifts), palette),
        *section("Warnings", bullet_lines(plan.warnings, "  warning", palette), palette),
        *section("Capital", _capital_lines(plan.capital), palette),
        "",
        summary_text(plan.counts, plan.unmanaged),
    ]


def _origin(plan: Plan, palette: Palette) -> list[str]:
    parts = []
    if plan.checkout.commit:
        dirty = " with uncommitted changes" if plan.checkout.dirty else ""
        branch = f" on {plan.checkout.branch}" if plan.checkout.branch else ""
        parts.append(f"commit {plan.checkout.commit[:12]}{branch}{dirty}")
    selected = plan.selection
    for word, patterns in (("only", selected.only), ("exclude", selected.exclude), ("labels", selected.labels)):
        parts += [f"{word} {' '.join(patterns)}"] if patterns else []
    return [palette.faint(safe("; ".join(parts)))] if parts else []


def _row(action: Change, palette: Palette) -> Row:
    word, paint = _sign(action, palette)
    is_short = len(action.reason) <= _SHORT_REASON
    place = f"{action.source.file}:{action.source.line}"
    details = () if isinstance(action, Keep) else _change_lines(action.changes, palette)
    return Row(
        (word, action.name, money_text(action.notional), place, action.reason if is_short else ""),
        paint,
        details if is_short else (_INDENT + safe(action.reason), *details),
    )


def _sign(action: Change, palette: Palette) -> tuple[str, Callable[[str], str]]:
    match action:
        case Create():
            return "+ create", palette.good
        case Keep():
            return "= keep", palette.faint
        case Blocked(open_attempt=None):
            return "! blocked", palette.bad
        case Blocked():
            return "? unknown", palette.bad
        case _:
            assert_never(action)


def _change_lines(changes: tuple[ValueChange, ...], palette: Palette) -> tuple[str, ...]:
    rows = [Row((_short_path(item.path), _change_of(item))) for item in changes]
    return tuple(palette.faint("    " + line) for line in table_lines(rows))


def _short_path(path: str) -> str:
    return path.removeprefix("$.spec.").removeprefix("$.")


def _change_of(change: ValueChange) -> str:
    if change.before is None:
        return change.after or ""
    return f"{change.before} -> {'(absent)' if change.after is None else change.after}"


def _capital_change(capital: tuple[Capital, ...]) -> str:
    by_currency: dict[str | None, list[Capital]] = {}
    for item in capital:
        by_currency.setdefault(item.currency, []).append(item)
    changes = [
        change_text(_total([item.before for item in items]), _total([item.after for item in items]), currency)
        for currency, items in by_currency.items()
        if any(item.before is None or item.before != item.after for item in items)
    ]
    return ", ".join(changes) if changes else "unchanged"


def _total(amounts: list[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total = plus(total, amount)
    return total


def _capital_lines(capital: tuple[Capital, ...]) -> list[str]:
    rows = [
        Row(
            (
                item.account_id,
                amount_text(item.before, item.currency),
                amount_text(item.after, item.currency),
                change_text(item.before, item.after, item.currency),
            )
        )
        for item in capital
    ]
    return table_lines(rows, titles=("account", "before", "after", "change"), right=(1, 2, 3))


def _next(plan: Plan, palette: Palette, saved: str | None) -> str:
    if plan.creates:
        unsaved = ("plan", "--out", "plan.json") if plan.live else ("apply",)
        words = unsaved if saved is None else ("apply", saved)
        return next_line(command_text(plan.environment, *words), palette)
    blocked = [item for item in plan.actions if isinstance(item, Blocked)]
    if any(item.open_attempt for item in blocked):
        return next_line(command_text(plan.environment, "resolve"), palette)
    if blocked:
        return f"Nothing to apply; {count_text(len(blocked), 'spec')} blocked for the reason given above."
    return "Nothing to do."
