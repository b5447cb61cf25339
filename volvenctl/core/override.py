"""What a document says in one environment: its override merged in, every value still at its own place."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from volvenctl.core.wording import did_you_mean, shown, similar
from volvenctl.model.names import Json, JsonObject, JsonPath, path_text
from volvenctl.model.problem import Problem
from volvenctl.model.spec import Marks, SpecDocument

OVERRIDES = "overrides"


def apply_override(document: SpecDocument, environment: str) -> SpecDocument:
    """Return the document as it is in `environment`, without `overrides`: an RFC 7386 merge patch.

    Values of the override keep the places that they have there. An override of the wrong type is left out; the
    schema of the whole document reports it.
    """
    overrides = document.value.get(OVERRIDES)
    patch = overrides.get(environment) if isinstance(overrides, Mapping) else None
    value = {key: item for key, item in document.value.items() if key != OVERRIDES}
    if not isinstance(patch, Mapping):
        return replace(document, value=value)
    marks = _merged_marks(document.marks, value, patch, (OVERRIDES, environment))
    return replace(document, value=_merged(value, patch), marks=marks)


def check_overrides(document: SpecDocument, environments: Collection[str]) -> list[Problem]:
    """Return a problem for each override of an environment that the project does not have."""
    overrides = document.value.get(OVERRIDES)
    problems = []
    for name in overrides if isinstance(overrides, Mapping) else ():
        if name not in environments:
            near = similar(name, environments)
            path = (OVERRIDES, name)
            message = f"the project has no environment {shown(name)}{did_you_mean(near)}"
            problems.append(Problem(document.place_of(path, key=True), path_text(path), "schema", message, near))
    return problems


def _merged(target: JsonObject, patch: JsonObject) -> JsonObject:
    merged = dict(target)
    for key, item in patch.items():
        old = merged.get(key)
        if item is None:
            merged.pop(key, None)
        elif isinstance(item, Mapping):
            merged[key] = _merged(old if isinstance(old, Mapping) else {}, item)
        else:
            merged[key] = item
    return merged


def _merged_marks(marks: Marks, target: JsonObject, patch: JsonObject, source: JsonPath) -> Marks:
    """Return the marks with what comes from the patch at `source` marked there; objects that are merged stay."""
    values, keys = dict(marks.values), dict(marks.keys)
    for path in _replaced(target, patch, ()):
        values[path] = marks.of_value((*source, *path))
        keys[path] = marks.of_key((*source, *path))
    return Marks(values, keys)


def _replaced(target: Json, patch: Json, path: JsonPath) -> Iterator[JsonPath]:
    """Yield the path of every value that comes from the patch. Marks of what it removed are left: nobody asks."""
    if not (isinstance(target, Mapping) and isinstance(patch, Mapping)):
        yield path
    for key, item in _members(patch):
        old = target.get(key) if isinstance(target, Mapping) and isinstance(key, str) else None
        yield from _replaced(old, item, (*path, key))


def _members(value: Json) -> Iterable[tuple[str | int, Json]]:
    if isinstance(value, Mapping):
        return value.items()
    return enumerate(value) if isinstance(value, list | tuple) else ()
