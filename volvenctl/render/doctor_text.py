"""What is in order on this machine, what is not, and the next step for each."""

from volvenctl.model.checkup import Checkup, Finding
from volvenctl.render.safe import safe
from volvenctl.render.style import PLAIN, Palette
from volvenctl.render.tables import Row, table_lines
from volvenctl.render.text import page


def doctor_text(checkup: Checkup, palette: Palette = PLAIN) -> str:
    """Return a line for each finding, the next step below those that need one, and an answer."""
    rows = [_row(finding, palette) for finding in checkup.findings]
    return page([*table_lines(rows), "", _answer(checkup, palette)])


def _row(finding: Finding, palette: Palette) -> Row:
    latency = "" if finding.latency_ms is None else f" ({finding.latency_ms} ms)"
    paint = {"ok": palette.good, "warn": palette.odd, "fail": palette.bad}[finding.verdict]
    details = (f"          next: {palette.strong(safe(finding.next_step))}",) if finding.next_step else ()
    return Row((finding.verdict, finding.check, finding.seen + latency), paint, details)


def _answer(checkup: Checkup, palette: Palette) -> str:
    failed = sum(finding.verdict == "fail" for finding in checkup.findings)
    odd = sum(finding.verdict == "warn" for finding in checkup.findings)
    rest = f"{odd} to look at" if odd else "nothing to look at"
    if failed:
        return f"{palette.bad(f'{failed} failed')}, {rest}."
    return f"{palette.good('Nothing failed')}, {rest}."
