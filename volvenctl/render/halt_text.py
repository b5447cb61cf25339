"""What an emergency stop did, and what it did not."""

from collections.abc import Iterable

from volvenctl.model.report import HaltReport, HaltResult
from volvenctl.render.safe import safe
from volvenctl.render.style import PLAIN, Palette
from volvenctl.render.tables import Row, table_lines
from volvenctl.render.text import bullet_lines, command_text, count_text, next_line, page, section


def halt_text(report: HaltReport, palette: Palette = PLAIN) -> str:
    """Return what stopped, then the exact list of what did not, as the last thing that is read."""
    stopped = [item for item in report.results if item.is_stopped]
    title, dry = ("Would stop", "  (dry run: nothing is sent)") if report.dry_run else ("Stopped", "")
    lines = [
        f"{palette.strong('halt')}  {safe(report.environment)}{dry}",
        *section(title, table_lines(_rows(stopped, "-", palette)), palette),
        *section("Notes", bullet_lines(report.notices, "  note", palette), palette),
        *section("DID NOT STOP", table_lines(_rows(report.failed, "x", palette)), palette),
        "",
        _summary(report, len(stopped)),
    ]
    if report.failed:
        lines.append(palette.bad("Stop these by hand at the platform, or run the same command again."))
    elif stopped and not report.dry_run:
        lines.append(next_line(command_text(report.environment, "status"), palette))
    return page(lines)


def resume_text(report: HaltReport, palette: Palette = PLAIN) -> str:
    """Return what may run again, and where to see what that means."""
    lines = [
        f"{palette.strong('resume')}  {safe(report.environment)}{'  (dry run)' if report.dry_run else ''}",
        *bullet_lines(report.notices, "  note", palette),
        "",
        "Nothing was started." if not report.dry_run else "Nothing was recorded.",
        next_line(command_text(report.environment, "plan"), palette),
    ]
    return page(lines)


def _rows(results: Iterable[HaltResult], sign: str, palette: Palette) -> list[Row]:
    paint = palette.bad if sign == "x" else palette.good
    return [Row((sign, item.name or "(not ours)", item.strategy_id or "", item.detail), paint) for item in results]


def _summary(report: HaltReport, stopped: int) -> str:
    verb = "to stop" if report.dry_run else "told to stop or stopped before"
    if not report.results:
        return "Nothing to stop."
    return f"Halt: {count_text(stopped, 'strategy', 'strategies')} {verb}, {len(report.failed)} not."
