"""Findings in the user's files, one line each."""

from volvenctl.model.problem import Problem
from volvenctl.model.report import Checked
from volvenctl.render.safe import safe
from volvenctl.render.style import PLAIN, Palette
from volvenctl.render.text import count_text, page


def problems_text(checked: Checked, palette: Palette = PLAIN) -> str:
    """Return every problem on a line of its own, then a line that counts them."""
    return page([*(problem_line(item, palette) for item in checked.problems), _summary(checked, palette)])


def problem_line(problem: Problem, palette: Palette = PLAIN) -> str:
    """Return `file:line:column: severity[code] path: message`."""
    place = f"{safe(problem.place.file)}:{problem.place.line}:{problem.place.column}"
    paint = palette.bad if problem.severity == "error" else palette.odd
    kind = paint(f"{problem.severity}[{safe(problem.code)}]")
    return f"{place}: {kind} {safe(problem.path)}: {safe(problem.message)}"


def _summary(checked: Checked, palette: Palette) -> str:
    errors = sum(item.severity == "error" for item in checked.problems)
    warnings = len(checked.problems) - errors
    looked = f"{count_text(checked.checked, 'strategy', 'strategies')} checked"
    parts = [count_text(errors, "error")] if errors else []
    parts += [count_text(warnings, "warning")] if warnings else []
    if errors:
        return palette.bad(f"{looked}: {', '.join(parts)}.") + " Nothing was planned or sent."
    return palette.good(f"{looked}: {', '.join(parts) if parts else 'no problems'}.")
