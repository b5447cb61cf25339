"""What to say about a value that breaks a rule of a JSON Schema. No whole mapping or list is ever quoted."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from volvenctl.core.wording import SHOWN_CHARACTERS, did_you_mean, kind_of, shown, similar
from volvenctl.model.names import Json, JsonObject

Words: TypeAlias = tuple[str, tuple[str, ...]]
"""A message, and the suggestions that are part of it."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WANTED = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "null",
}
_RULES: Mapping[str, Callable[[Json, Json], str]] = {
    "minimum": lambda value, rule: f"{shown(value)} is below the minimum {shown(rule)}",
    "maximum": lambda value, rule: f"{shown(value)} is above the maximum {shown(rule)}",
    "exclusiveMinimum": lambda value, rule: f"{shown(value)} is not greater than {shown(rule)}",
    "exclusiveMaximum": lambda value, rule: f"{shown(value)} is not less than {shown(rule)}",
    "multipleOf": lambda value, rule: f"{shown(value)} is not a multiple of {shown(rule)}",
    "minLength": lambda value, rule: f"{shown(value)} is shorter than {shown(rule)} characters",
    "maxLength": lambda value, rule: f"{shown(value)} is longer than {shown(rule)} characters",
    "minItems": lambda value, rule: f"the list has {_size(value)} items, fewer than {shown(rule)}",
    "maxItems": lambda value, rule: f"the list has {_size(value)} items, more than {shown(rule)}",
    "minProperties": lambda value, rule: f"the mapping has {_size(value)} fields, fewer than {shown(rule)}",
    "maxProperties": lambda value, rule: f"the mapping has {_size(value)} fields, more than {shown(rule)}",
    "uniqueItems": lambda _value, _rule: "the same item stands twice in the list",
    "const": lambda value, rule: f"{shown(value)} is wrong here, it must be {shown(rule)}",
}


def fault_words(keyword: str | None, rule: Json, value: Json, schema: JsonObject) -> Words:
    """Return what is wrong with `value` under `rule`, the value of `keyword` in `schema`, and how to put it right."""
    match keyword:
        case "type":
            return _type_words(_type_names(rule), value)
        case "enum":
            return _enum_words(_items(rule), value)
        case "pattern":
            return f"{shown(value)} does not fit: {schema.get('patternErrorMessage', rule)}", ()
        case str() if keyword in _RULES:
            return _RULES[keyword](value, rule), ()
        case None | "false":
            return "this field is not allowed here", ()
        case _:
            return f"{shown(value)} breaks the rule {keyword!r} of the schema", ()


def unknown_field_words(field: str, allowed: Sequence[str]) -> Words:
    """Return that `field` is not known, and which of the allowed ones it may mean."""
    near = similar(field, allowed)
    return f"unknown field {shown(field)}{did_you_mean(near)}", near


def missing_field_words(field: str) -> Words:
    """Return that a required field is missing."""
    return f"the required field {shown(field)} is missing", ()


def wanted_kinds(types: Sequence[str]) -> str:
    """Return the names of JSON types in words: `text or null`."""
    return " or ".join(_WANTED.get(item, item) for item in types)


def _type_words(types: Sequence[str], value: Json) -> Words:
    wanted = wanted_kinds(types)
    fix = _type_fix(types, value)
    if fix:
        how = f"remove the quotes: {fix}" if isinstance(value, str) else f"write {fix}"
        return f"{shown(value)} is {kind_of(value)}, but {wanted} is wanted: {how}", (fix,)
    if not isinstance(value, str | bool | Decimal | int):
        return f"{kind_of(value)} stands here, but {wanted} is wanted", ()
    return f"{shown(value)} is {kind_of(value)}, but {wanted} is wanted", ()


def _type_names(rule: Json) -> list[str]:
    return [rule] if isinstance(rule, str) else list(map(str, _items(rule)))


def _type_fix(types: Sequence[str], value: Json) -> str:
    """Return the value as it would be written with the wanted type; nothing where that is not clear."""
    if isinstance(value, str):
        return value if len(value) < SHOWN_CHARACTERS and _is_quoted(types, value) else ""
    if "string" in types and isinstance(value, bool | int | Decimal):
        return f'"{shown(value)}"'
    return ""


def _enum_words(allowed: Sequence[Json], value: Json) -> Words:
    near = similar(value, [item for item in allowed if isinstance(item, str)]) if isinstance(value, str) else ()
    choice = ", ".join(map(shown, allowed[:20])) + (", ..." if len(allowed) > 20 else "")  # noqa: PLR2004 - one line
    return f"{shown(value)} is not one of {choice}{did_you_mean(near)}", near


def _items(rule: Json) -> Sequence[Json]:
    return rule if isinstance(rule, list | tuple) else ()


def _size(value: Json) -> int:
    return len(value) if isinstance(value, Mapping | list | tuple) else 0


def _is_quoted(types: Sequence[str], text: str) -> bool:
    """Whether `text` without its quotes would be what is wanted."""
    if "boolean" in types and text in {"true", "false"}:
        return True
    return not {"number", "integer"}.isdisjoint(types) and _NUMBER.fullmatch(text) is not None
