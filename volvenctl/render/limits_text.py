"""What `explain limits` prints for people."""

from collections.abc import Iterator, Sequence

from volvenctl.model.limits import LimitView
from volvenctl.render.safe import safe
from volvenctl.render.style import PLAIN, Palette
from volvenctl.render.text import page
from volvenctl.wire.exact_json import json_text


def limits_text(environment: str, limits: Sequence[LimitView], palette: Palette = PLAIN) -> str:
    """Return each limit: its value in the environment and where it is written, and what it means."""
    lines = [palette.strong(f"Limits of environment {safe(environment)}")]
    for item in limits:
        lines += ["", *_lines(item, palette)]
    return page(lines)


def _lines(item: LimitView, palette: Palette) -> Iterator[str]:
    if item.value is None:
        yield f"  {item.name}: {palette.faint('not set')}"
    else:
        where = f"  ({safe(item.place.file)}:{item.place.line})" if item.place else ""
        yield f"  {palette.strong(item.name)}: {safe(json_text(item.value))}{where}"
    yield f"    {item.title}. {item.description}"
    if not item.is_enforced:
        yield f"    {palette.odd('Not enforced by this version')}: where it is set, nothing is planned or applied."
