"""A plan as the comment of a pull request: GitHub's Markdown, at most 60,000 characters, foreign text inert.

Every text that is not ours stands in a code span or a code block: there GitHub makes no link, no mention, no
reference and no HTML of it. What does not fit is cut from the end of the reviewer's interest, counted and said.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from volvenctl.model.plan import ValueChange
from volvenctl.model.report import Checked
from volvenctl.render.money_view import Room
from volvenctl.render.order_picture import order_lines
from volvenctl.render.plan_view import ActionRow, NoticeRow, PlanView, short_path
from volvenctl.render.problem_text import problems_text
from volvenctl.render.safe import ci_safe, safe
from volvenctl.render.text import count_text, page

LIMIT = 60_000
"""Characters. GitHub takes 65,536 in a comment; the rest is for what a workflow puts around the plan."""

_NOTE_ROOM = 1_500
"""Kept free for the sentence that says what was cut, and for the titles."""
_MONEY_ROOM = 12_000
_NOTICE_ROOM = 8_000
_LINE_SHARE = 70
"""Percent of what is left for the strategies' lines that those without a risk may use; the rest is for details."""
_CELL, _LINE, _BLOCK = 120, 2_000, 6_000
"""Longest foreign text in a table's cell, in a line of details, and longest details of one strategy."""

_TABLE = ("| | strategy | notional | where | what and why |", "|---|---|---:|---|---|")


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What fits: lines of the tables, and details, each in order."""

    money: tuple[str, ...]
    notices: tuple[str, ...]
    rows: tuple[str, ...]
    details: tuple[str, ...]


def plan_markdown(view: PlanView) -> str:
    """Return the plan; strategies stand in the order of `view.by_risk`."""
    chosen = _choose(view, LIMIT - _NOTE_ROOM - _length(_head(view)))
    parts = [
        *_head(view),
        *_cut_note(view, chosen),
        *_titled("Strategies", (*_TABLE, *chosen.rows) if chosen.rows else ()),
        *_titled("Money", chosen.money),
        *_titled("Look at these too", chosen.notices),
        *_titled("Details", chosen.details),
    ]
    return page("\n".join(parts).split("\n"))


def problems_markdown(checked: Checked) -> str:
    """Return the findings that kept a plan from being made."""
    text = problems_text(checked).rstrip("\n")
    lines = [_shown(line, _LINE) for line in text.split("\n")]
    fitting = _fitting(lines, LIMIT - _NOTE_ROOM)
    cut = [f"... and {count_text(len(lines) - len(fitting), 'more line')}"] if len(fitting) < len(lines) else []
    return page(["**No plan: the specs have problems.**", "", *_fenced([*fitting, *cut], "text")])


def code(text: str, limit: int = _CELL) -> str:
    """Return foreign text as a code span, cut to `limit` characters."""
    shown = _shown(text, limit)
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if shown[:1] in {"`", " "} or shown[-1:] in {"`", " "} else ""
    return f"{fence}{pad}{shown}{pad}{fence}" if shown.strip() else ""


def code_cell(text: str, limit: int = _CELL) -> str:
    r"""Return foreign text as a code span in a table, where a bar ends the cell unless it is escaped.

    A bar after a backslash is shown as `\x7c`: parsers do not agree on which of the two the escape belongs to.
    """
    return code(text, limit).replace("\\|", "\\\\x7c").replace("|", "\\|")


def _head(view: PlanView) -> list[str]:
    """Return the first line, and where the plan comes from."""
    live = " **(live)**" if view.live else ""
    first = (
        f"{code(view.hash)} · {code(view.environment)}{live} · expires {view.expires} · capital {code(view.capital)}"
    )
    return [first, "", view.summary, *(["", f"From {code(view.origin, 500)}"] if view.origin else []), ""]


def _choose(view: PlanView, room: int) -> _Chosen:
    """Return what fits into `room`: money and notices have room of their own, then risks, other rows, details."""
    money = _fitting(_money_lines(view), _MONEY_ROOM)
    notices = _fitting(_notice_lines(view), _NOTICE_ROOM)
    room -= _length(money) + _length(notices)
    risky = sum(bool(row.risks) for row in view.by_risk)
    rows = _fitting((_row_line(row, view.commit) for row in view.by_risk[:risky]), room)
    if len(rows) == risky:
        calm = (_row_line(row, view.commit) for row in view.by_risk[risky:])
        rows += _fitting(calm, room * _LINE_SHARE // 100 - _length(rows))
    room -= _length(rows)
    shown = [row for row in view.by_risk[: len(rows)] if row.word != "keep"]
    details = _fitting((_details(row, view.commit) for row in shown), room)
    return _Chosen(tuple(money), tuple(notices), tuple(rows), tuple(details))


def _cut_note(view: PlanView, chosen: _Chosen) -> list[str]:
    """Return what is missing, in numbers; nothing if nothing is."""
    hidden = view.by_risk[len(chosen.rows) :]
    missing = _missing(view, chosen, hidden)
    if not missing:
        return []
    risky = sum(bool(row.risks) for row in hidden)
    danger = f" **{risky:,} of these strategies carry a risk.**" if risky else ""
    whole = f"The whole plan is {code(view.hash)}: read it with `volvenctl show PLANFILE` before you approve it."
    return [f"> **Cut to fit a comment.** Not shown: {', '.join(missing)}.{danger} {whole}", ""]


def _missing(view: PlanView, chosen: _Chosen, hidden: Sequence[ActionRow]) -> list[str]:
    parts = [f"{len(hidden):,} of {len(view.rows):,} strategies ({_words(hidden)})"] if hidden else []
    counts = (
        ("the details of {:,}", sum(row.word != "keep" for row in view.rows) - len(chosen.details)),
        ("lines about money: {:,}", len(_money_lines(view)) - len(chosen.money)),
        ("notices: {:,}", len(_notice_lines(view)) - len(chosen.notices)),
    )
    return parts + [words.format(count) for words, count in counts if count]


def _words(rows: Sequence[ActionRow]) -> str:
    counted = Counter(row.word for row in rows)
    return ", ".join(f"{number:,} {word}" for word, number in counted.items())


def _titled(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"### {title}", "", *lines, ""] if lines else []


def _row_line(row: ActionRow, commit: str) -> str:
    """Return the line of one strategy."""
    risks = f"**{'; '.join(row.risks)}**<br>" if row.risks else ""
    said = "<br>".join(part for part in (code_cell(row.terms, 200), code_cell(row.reason, 200)) if part)
    where = f"{code_cell(row.place)} {code_cell(commit)}".rstrip()
    cells = (code_cell(f"{row.sign} {row.word}"), code_cell(row.name), code_cell(row.notional), where, risks + said)
    return f"| {' | '.join(cells)} |"


def _details(row: ActionRow, commit: str) -> str:
    """Return what one strategy's line leaves out, folded; all foreign text in one code block."""
    lines = _detail_lines(row, commit)
    shown = _fitting((_shown(line, _LINE) for line in lines), _BLOCK)
    cut = [f"  ... and {count_text(len(lines) - len(shown), 'more line')}"] if len(shown) < len(lines) else []
    title = f"<code>{_html(row.name)}</code> {row.word} <code>{_html(row.notional)}</code>"
    return "\n".join(
        [f"<details><summary>{title}</summary>", "", *_fenced([*shown, *cut], "diff"), "", "</details>", ""]
    )


def _detail_lines(row: ActionRow, commit: str) -> list[str]:
    facts = [("where", f"{row.place} {commit}".rstrip()), ("why", row.reason), ("does", row.effect)]
    facts += [("sends", f"{request.method} {request.path} {request.body}") for request in row.requests]
    lines = [f"  {word:<6}  {text}" for word, text in facts if text]
    lines += [f"  {line}" for line in (order_lines(row.order) if row.order else ())]
    for change in row.changes:
        lines += _change_lines(change)
    return lines


def _change_lines(change: ValueChange) -> list[str]:
    path = short_path(change.path)
    values = (("-", change.before), ("+", change.after))
    return [f"{sign} {path}  {value}" for sign, value in values if value is not None]


def _money_lines(view: PlanView) -> list[str]:
    """Return the table of accounts, then that of limits; nothing if there is nothing to show."""
    has_room = view.has_account_limit
    rows = [
        (
            item.account,
            item.before,
            item.after,
            item.change,
            *((item.room.allowed, _left(item.room)) if has_room else ()),
        )
        for item in view.money
    ]
    titles = ("account", "before", "after", "change", *(("limit", "head-room") if has_room else ()))
    limits = [(item.limit, item.figure, item.room.allowed, _left(item.room)) for item in view.limits]
    return [*_table(titles, rows), *_table(("limit", "this plan", "allowed", "head-room"), limits)]


def _left(room: Room) -> str:
    return f"! {room.left}" if room.is_broken else room.left


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    head = [f"| {' | '.join(titles)} |", "|---|" + "---:|" * (len(titles) - 1)]
    return ["", *head, *(f"| {' | '.join(map(code_cell, row))} |" for row in rows)]


def _notice_lines(view: PlanView) -> list[str]:
    warnings = [f"- warning: {code(text, 500)}" for text in view.warnings]
    return [*warnings, *map(_notice_line, (*view.drift, *view.orphaned))]


def _notice_line(notice: NoticeRow) -> str:
    parts = (code(notice.word), code(notice.name), code(notice.strategy_id), code(notice.detail, 300))
    return f"- {' '.join(part for part in parts if part)}"


def _fenced(lines: Sequence[str], language: str) -> list[str]:
    """Return the lines as a code block whose fence is longer than any run of backticks in it."""
    fence = "`" * max(3, 1 + max(map(_longest_run, lines), default=0))
    return [fence + language, *lines, fence]


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _shown(text: str, limit: int) -> str:
    """Return foreign text made harmless, at most `limit` characters; if it was cut, it says how long it was."""
    shown = ci_safe(safe(text[: limit + 1]))
    return shown if len(shown) <= limit else f"{shown[: limit - 40]}... ({len(text):,} characters in all)"


def _html(text: str) -> str:
    return escape(_shown(text, _CELL))


def _fitting(blocks: Iterable[str], room: int) -> list[str]:
    """Return the first of `blocks` that together, a line end after each, take at most `room` characters."""
    fitting = list[str]()
    for block in blocks:
        room -= len(block) + 1
        if room < 0:
            break
        fitting.append(block)
    return fitting


def _length(lines: Iterable[str]) -> int:
    return sum(len(line) + 1 for line in lines)
