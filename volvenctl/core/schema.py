"""JSON Schema 2020-12, exact and closed: numbers are decimals, patterns end where the text ends, no reference leaves.

The only module that imports jsonschema. A set of schemas is a mapping by name; within it, `NAME.schema.json`
refers to the schema NAME, and nothing refers to anything else.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator, TypeChecker, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from volvenctl.core.references import DIALECT, SUFFIX, Node, content_of, parts_of, targets_of
from volvenctl.core.schema_words import Words, fault_words, missing_field_words, unknown_field_words, wanted_kinds
from volvenctl.core.wording import shown
from volvenctl.errors import ConfigError
from volvenctl.model.names import Json, JsonObject, JsonPath, path_text
from volvenctl.model.number import is_multiple
from volvenctl.model.problem import Problem
from volvenctl.model.spec import SpecDocument

Validator: TypeAlias = Any
"""A validator of jsonschema, whose published types know no `Decimal`."""
Fault: TypeAlias = Any
"""An error of jsonschema, whose published types say that any field may be unset."""
Rule: TypeAlias = Any
"""What a schema says under one keyword; valid, because the meta-schema was asked first."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema ready to check values with, and the set that its references lead into."""

    name: str
    documents: Mapping[str, JsonObject]
    validators: Mapping[str, Validator]

    @property
    def root(self) -> Node:
        """Return where a walk along the schema starts."""
        return Node(self.name, self.documents[self.name])

    def accepts(self, node: Node, value: Json) -> bool:
        """Whether `value` is valid under the part of the schema at `node`."""
        if isinstance(node.schema, bool):
            return node.schema
        return bool(self.validators[node.document].evolve(schema=node.schema).is_valid(value))


def compile_schema(name: str, documents: Mapping[str, JsonObject]) -> Schema:
    """Return the schema `name` of `documents`, ready to use. Users' schemas go through `check_schema` first."""
    contents = {key: content_of(document) for key, document in documents.items()}
    registry: Registry[Any] = Registry().with_resources(
        (key + SUFFIX, DRAFT202012.create_resource(document)) for key, document in contents.items()
    )
    return Schema(name, contents, {key: _EXACT(document, registry=registry) for key, document in contents.items()})


def check_schema(name: str, documents: Mapping[str, JsonObject]) -> None:
    """Check that the schema `name`, and all it refers to, can be used.

    Raises:
        ConfigError: no valid 2020-12, a reference that leads out of the set, a pattern that does not compile.
            The message names the schema and the reason.
    """
    contents = {key: content_of(document) for key, document in documents.items()}
    names, parts, targets = [name], list[Node](), list[Node]()
    for current in names:
        _check_dialect(current, documents[current])
        _check_valid(current, contents[current])
        fresh = list(parts_of(Node(current, contents[current])))
        found = list(targets_of(fresh, contents))
        parts += fresh
        targets += found
        names += [item for item in dict.fromkeys(node.document for node in found) if item not in names]
    _check_targets(name, targets, parts)
    for part in parts:
        _check_part(part)


def _check_targets(name: str, targets: Sequence[Node], parts: Sequence[Node]) -> None:
    known = {id(part.schema) for part in parts}
    for target in targets:
        if id(target.schema) not in known:
            raise ConfigError(
                f"the schema {name}{SUFFIX} refers to a part of {target.document}{SUFFIX} that is no schema"
            )


def check_document(document: SpecDocument, schema: Schema, prefix: JsonPath = ()) -> list[Problem]:
    """Return what is wrong with the part of `document` at `prefix`, each at its place; codes `schema`, `unknown-field`.

    Raises:
        ConfigError: the schema refers to itself without end.
    """
    value: Json = document.value
    for step in prefix:
        value = value[step]  # type: ignore[index]
    try:
        errors = [leaf for error in schema.validators[schema.name].iter_errors(value) for leaf in _leaves(error)]
    except RecursionError as error:
        raise ConfigError(f"the schema {schema.name}{SUFFIX} refers to itself without end") from error
    return list(dict.fromkeys(_problem(document, error, prefix) for error in errors))


def _problem(document: SpecDocument, error: Fault, prefix: JsonPath) -> Problem:
    path = (*prefix, *error.absolute_path)
    is_unknown = error.validator == "additionalProperties"
    message, suggestions = _words_of(error)
    place = document.place_of(path, key=error.validator in {"additionalProperties", "propertyNames", "required"})
    removed = (*path, error.validator_value) if error.validator == "required" else path
    if removed in document.marks.keys and removed != path:  # an override took it away, and stands there
        place = document.place_of(removed, key=True)
    return Problem(place, path_text(path), "unknown-field" if is_unknown else "schema", message, suggestions)


def _form_words(error: Fault) -> str:
    """Return that none of several forms fits, or more than one."""
    if not error.context:
        return "this fits more than one of the forms that exclude each other"
    types = [name for item in error.context if item.validator == "type" for name in _listed(item.validator_value)]
    return f"{shown(error.instance)} is not {wanted_kinds(types)}"


def _words_of(error: Fault) -> Words:
    match error.validator:
        case "required":
            return missing_field_words(error.validator_value)
        case "additionalProperties":
            return unknown_field_words(error.validator_value, tuple(error.schema.get("properties", ())))
        case "propertyNames":
            return _words_of(error.context[0])
        case "anyOf" | "oneOf":
            return _form_words(error), ()
        case _:
            schema = error.schema if isinstance(error.schema, Mapping) else {}
            return fault_words(error.validator, error.validator_value, error.instance, schema)


def _leaves(error: Fault) -> Iterator[Fault]:
    """Yield the errors that a person can act on: for a choice of forms those of the form that was probably meant."""
    if error.validator not in {"anyOf", "oneOf"} or not error.context:
        yield error
        return
    branches: dict[object, list[Fault]] = {}
    for item in error.context:
        branches.setdefault(item.relative_schema_path[0], []).append(item)
    if all(_is_of_another_type(items) for items in branches.values()):
        yield error
        return
    for item in max(branches.values(), key=_fit):
        yield from _leaves(item)


def _is_of_another_type(errors: Iterable[Fault]) -> bool:
    return any(item.validator == "type" and not item.relative_path for item in errors)


def _fit(errors: list[Fault]) -> tuple[bool, bool, int, int]:
    """Return how well a form fits: its type, its constants (the discriminator), how deep the errors lie, how few."""
    constants = any(item.validator in {"const", "enum"} for item in errors)
    depth = max(len(item.relative_path) for item in errors)
    return not _is_of_another_type(errors), not constants, depth, -len(errors)


def _check_dialect(name: str, document: JsonObject) -> None:
    dialect = document.get("$schema", DIALECT)
    if not isinstance(dialect, str) or dialect.rstrip("#") != DIALECT:
        raise ConfigError(f"the schema {name}{SUFFIX} is in the dialect {shown(dialect)}", hint=f"write {DIALECT}")


def _check_valid(name: str, content: JsonObject) -> None:
    try:
        error = next(_META.iter_errors(content), None)
    except RecursionError as error:
        raise ConfigError(f"the schema {name}{SUFFIX} is nested too deeply") from error
    if error is not None:
        where = path_text(tuple(error.absolute_path))
        raise ConfigError(f"the schema {name}{SUFFIX} is invalid at {where}: {_words_of(error)[0]}")


def _check_part(node: Node) -> None:
    """Raise ConfigError for a keyword value that is valid 2020-12 and that we cannot evaluate exactly."""
    schema = node.schema
    if not isinstance(schema, Mapping):
        return
    patterns = [schema.get("pattern"), *_mapping(schema.get("patternProperties"))]
    try:
        for pattern in patterns:
            if isinstance(pattern, str):
                regex_of(pattern)
        if "multipleOf" in schema:
            is_multiple(Decimal(1), Decimal(schema["multipleOf"]))  # type: ignore[arg-type]
    except (re.error, OverflowError) as error:
        raise ConfigError(f"the schema {node.document}{SUFFIX} has a pattern that cannot be used: {error}") from error
    except ArithmeticError as error:
        raise ConfigError(f"the schema {node.document}{SUFFIX} has a multipleOf that is out of range") from error


@lru_cache(maxsize=256)
def regex_of(pattern: str) -> re.Pattern[str]:
    r"""Return the pattern with `$` as the end of the text and ASCII classes, as in ECMA 262.

    Python's own `$` also matches before a newline at the end, and its `\d` matches digits of every script.
    """
    return re.compile(_DOLLAR.sub(lambda found: r"\Z" if found.group() == "$" else found.group(), pattern), re.ASCII)


_DOLLAR = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)
"""An escape, a class, or a bare dollar sign."""


def _pattern(_validator: Validator, pattern: str, value: Json, _schema: JsonObject) -> Iterator[ValidationError]:
    if isinstance(value, str) and not regex_of(pattern).search(value):
        yield ValidationError("")


def _multiple_of(_validator: Validator, step: Rule, value: Json, _schema: JsonObject) -> Iterator[ValidationError]:
    if _is_number(None, value) and not is_multiple(Decimal(value), Decimal(step)):  # type: ignore[arg-type]
        yield ValidationError("")


def _required(_validator: Validator, names: list[str], value: Json, _schema: JsonObject) -> Iterator[ValidationError]:
    if isinstance(value, Mapping):
        yield from (ValidationError("", validator_value=name) for name in names if name not in value)


def _property_names(validator: Validator, rule: Rule, value: Json, _schema: JsonObject) -> Iterator[ValidationError]:
    for name in _mapping(value):
        errors = tuple(validator.descend(name, rule))
        if errors:
            yield ValidationError("", path=[name], context=errors)


def _properties(validator: Validator, rule: Rule, value: Json, _schema: JsonObject) -> Iterator[ValidationError]:
    fields = _mapping(value)
    for name in [item for item in rule if item in fields]:
        if rule[name] is False:
            yield ValidationError("", path=[name], validator="false")
        else:
            yield from validator.descend(fields[name], rule[name], path=name, schema_path=name)


def _pattern_properties(
    validator: Validator, rule: Rule, value: Json, _schema: JsonObject
) -> Iterator[ValidationError]:
    for pattern, schema in rule.items():
        for name, item in _mapping(value).items():
            if regex_of(pattern).search(name):
                yield from validator.descend(item, schema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Validator, rule: Rule, value: Json, schema: JsonObject
) -> Iterator[ValidationError]:
    known = _mapping(schema.get("properties"))
    patterns = [regex_of(item) for item in _mapping(schema.get("patternProperties"))]
    for name, item in _mapping(value).items():
        if name in known or any(pattern.search(name) for pattern in patterns):
            continue
        if rule is False:
            yield ValidationError("", path=[name], validator_value=name)
        else:
            yield from validator.descend(item, rule, path=name)


def _listed(value: Rule) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _mapping(value: Rule) -> Mapping[str, Rule]:
    return value if isinstance(value, Mapping) else {}


def _is_number(_checker: TypeChecker | None, value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_integer(checker: TypeChecker, value: object) -> bool:
    return _is_number(checker, value) and is_multiple(Decimal(value), Decimal(1))  # type: ignore[arg-type]


_EXACT: Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "additionalProperties": _additional_properties,
        "multipleOf": _multiple_of,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "properties": _properties,
        "propertyNames": _property_names,
        "required": _required,
    },
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "array": lambda _checker, value: isinstance(value, list | tuple),
            "integer": _is_integer,
            "number": _is_number,
            "object": lambda _checker, value: isinstance(value, Mapping),
        }
    ),
)
_META: Validator = _EXACT(Draft202012Validator.META_SCHEMA, registry=Registry())
"""Checks schemas themselves; the vocabularies of 2020-12 come with jsonschema."""
