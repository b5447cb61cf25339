"""What the limits mean, in the words of the project file's schema, and what they are in one environment."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from volvenctl.core.guards import is_enforced
from volvenctl.model.limits import LimitView
from volvenctl.model.names import JsonObject
from volvenctl.model.project import Environment

_Schema: TypeAlias = Mapping[str, Any]


def explain_limits(schema: JsonObject, environment: Environment) -> tuple[LimitView, ...]:
    """Return every limit that the project file may set, in the order of `schema`, its JSON Schema."""
    document: _Schema = schema
    known: _Schema = document["$defs"]["limits"]["properties"]
    return tuple(
        LimitView(
            name=name,
            title=part["title"],
            description=part["description"],
            value=environment.limits.get(name),
            place=environment.limit_places.get((name,)) if name in environment.limits else None,
            is_enforced=is_enforced(name),
        )
        for name, part in known.items()
    )
