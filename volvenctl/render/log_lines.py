"""What goes to stderr as a log that machines read: one JSON object a line."""

from collections.abc import Mapping
from datetime import datetime

from volvenctl.model.names import Json
from volvenctl.wire.exact_json import json_text
from volvenctl.wire.moments import moment_text


def log_lines(text: str, at: datetime, level: str, facts: Mapping[str, Json]) -> str:
    """Return a JSON object a line for each line of `text` that is not blank: `time`, `level`, `message`, then `facts`.

    A fact that is None is left out. `text` is safe already: what is harmless as text is harmless as JSON.
    """
    first = {"time": moment_text(at), "level": level}
    rest = {key: value for key, value in facts.items() if value is not None}
    lines = (line.rstrip() for line in text.split("\n"))
    return "".join(json_text({**first, "message": line, **rest}) + "\n" for line in lines if line)
