"""What `explain limits --format json` prints; schema: schemas/limits.schema.json."""

from collections.abc import Iterable

from volvenctl.model.limits import LimitView
from volvenctl.model.names import JsonObject
from volvenctl.model.record import FORMAT_VERSION
from volvenctl.wire.exact_json import json_text


def limits_document(environment: str, limits: Iterable[LimitView]) -> JsonObject:
    """Return every limit with its meaning and its value, which is JSON text."""
    return {
        "formatVersion": FORMAT_VERSION,
        "environment": environment,
        "limits": [_limit(item) for item in limits],
    }


def _limit(item: LimitView) -> JsonObject:
    return {
        "name": item.name,
        "title": item.title,
        "description": item.description,
        "enforced": item.is_enforced,
        "value": None if item.value is None else json_text(item.value),
        "source": None if item.place is None else {"file": item.place.file, "line": item.place.line},
    }
