"""What an apply did, action by action."""

from collections import Counter
from collections.abc import Callable
from typing import assert_never

from volvenctl.errors import Exit
from volvenctl.model.outcome import Accepted, Noted, NotSent, Refused, Succeeded, Unknown
from volvenctl.model.plan import Blocked
from volvenctl.model.report import ActionResult, ApplyReport, LocatedFault
from volvenctl.render.anchor_text import head_lines
from volvenctl.render.attempt_text import attempt_lines
from volvenctl.render.safe import safe
from volvenctl.render.style import PLAIN, Palette
from volvenctl.render.tables import Row, table_lines
from volvenctl.render.text import bullet_lines, command_text, money_text, next_line, page, section

WORDS = {"create": "created", "replace": "replaced", "adopt": "adopted", "rename": "renamed", "release": "released"}
"""What an action is called once it succeeded, or once the ledger has it."""


def apply_text(report: ApplyReport, palette: Palette = PLAIN) -> str:
    """Return the result of every action, what is open or blocked, and the next command as the last line."""
    amounts = {item.name: money_text(item.notional) for item in report.plan.actions}
    rows = [_row(result, amounts.get(result.name, ""), palette) for result in report.results]
    blocked = [
        Row(("! blocked", item.name, item.reason), palette.bad)
        for item in report.plan.actions
        if isinstance(item, Blocked) and item.open_attempt is None
    ]
    live = palette.bad(" (live)") if report.plan.live else ""
    verb = "applied to" if any(item.outcome is not None for item in report.results) else "nothing sent to"
    lines = [
        f"{palette.strong(safe(report.plan.hash))}  {verb} {safe(report.plan.environment)}{live}",
        *section("Results", table_lines(rows, right=(3,)), palette),
        *section("Not done, and not by this apply", table_lines(blocked), palette),
        *section("Open attempts", attempt_lines(report.attempts, palette), palette),
        *section("Notes", bullet_lines(report.notices, "  note", palette), palette),
        "",
        _summary(report),
        *head_lines(report.head),
        _next(report, palette),
    ]
    return page(lines)


def result_line(result: ActionResult, palette: Palette = PLAIN) -> str:
    """Return one line for the log of a run."""
    word, paint, detail = _told(result, palette)
    return "  ".join(part for part in (paint(word), safe(result.name), safe(detail)) if part)


def fault_lines(faults: tuple[LocatedFault, ...]) -> tuple[str, ...]:
    """Return the platform's errors at the lines of the spec they are about."""
    return tuple(
        f"      {safe(item.place.file)}:{item.place.line}:{item.place.column}: "
        f"{safe(item.path)}: {safe(item.fault.description)}"
        for item in faults
    )


def _row(result: ActionResult, amount: str, palette: Palette) -> Row:
    word, paint, detail = _told(result, palette)
    return Row((word, result.name, detail, amount), paint, fault_lines(result.faults))


def _told(result: ActionResult, palette: Palette) -> tuple[str, Callable[[str], str], str]:
    match result.outcome:
        case None:
            return ". not reached", palette.faint, ""
        case Accepted(action, strategy_id):
            return f"~ {action} accepted", palette.good, strategy_id
        case Succeeded(strategy_id) | Noted(strategy_id):
            sign = "+" if isinstance(result.outcome, Succeeded) else "~"
            return f"{sign} {WORDS.get(result.action, result.action)}", palette.good, strategy_id
        case Refused() as refused:
            return "x refused", palette.bad, _refusal(result, refused)
        case NotSent(reason) | Unknown(reason):
            word = "x not sent" if isinstance(result.outcome, NotSent) else "? unknown"
            return word, palette.bad, reason
        case _:
            assert_never(result.outcome)


def _refusal(result: ActionResult, refused: Refused) -> str:
    if result.faults or not refused.faults:
        return f"HTTP {refused.status}"
    said = "; ".join(": ".join(part for part in (item.field, item.description) if part) for item in refused.faults)
    return f"HTTP {refused.status}: {said}"


def _summary(report: ApplyReport) -> str:
    counts = Counter(_told(result, PLAIN)[0][2:] for result in report.results)
    parts = [f"{number} {word}" for word, number in counts.items()]
    kept = report.plan.counts["keep"]
    parts += [f"{kept} kept"] if kept else []
    return "Apply: " + (", ".join(parts) if parts else "nothing to do") + "."


def _next(report: ApplyReport, palette: Palette) -> str:
    environment = report.plan.environment
    if report.attempts:
        return next_line(command_text(environment, "resolve"), palette)
    match report.exit:
        case Exit.OK if report.results:
            return next_line(command_text(environment, "status"), palette)
        case Exit.OK:
            return "Nothing to do."
        case Exit.DUPLICATE:
            return next_line(command_text(environment, "resolve"), palette)
        case _:
            return next_line(command_text(environment, "plan"), palette)
