"""What the fields of a spec mean to the platform, as the annotations `x-volven` of its type's schema say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from volvenctl.core.references import Node, target_of
from volvenctl.core.schema import Schema, regex_of
from volvenctl.model.names import Json, JsonObject, JsonPath

Role: TypeAlias = Literal["account", "product", "side", "size", "slice", "price", "trigger"]
"""`size` is a total, `slice` the largest single order, `price` a limit, `trigger` a price that only starts it."""

_ROLES: Mapping[Json, Role] = {role: role for role in get_args(Role)}


@dataclass(frozen=True, slots=True)
class Item:
    """A value with a role. `path` starts at the root of the document."""

    role: Role
    path: JsonPath
    value: Json

    @property
    def owner(self) -> JsonPath:
        """The path of the object that has this value as a field, or in a list that is a field."""
        path = self.path
        while path and isinstance(path[-1], int):
            path = path[:-1]
        return path[:-1]


def find_roles(schema: Schema, value: Json, prefix: JsonPath = ()) -> tuple[Item, ...]:
    """Return every value inside `value` that the schema gives a role, each once; null is no value.

    A list with a role stands for its items. Of the branches of `anyOf`, `oneOf` and `if` those count that the
    value satisfies. Roles that we do not know are ignored.
    """
    found = {(item.role, item.path): item for item in _walk(schema, schema.root, value, prefix)}
    return tuple(found.values())


def has_field(schema: Schema, value: Json, field: str) -> bool:
    """Whether the schema knows `field` as a field of `value` itself."""
    return any(field in _mapping(node.schema, "properties") for node in _applicable(schema, schema.root, value))


def _walk(schema: Schema, start: Node, value: Json, path: JsonPath) -> Iterator[Item]:
    for node in _applicable(schema, start, value):
        yield from _own(node, value, path)
        for step, item, child in _children(node, value):
            yield from _walk(schema, child, item, (*path, step))


def _own(node: Node, value: Json, path: JsonPath) -> Iterator[Item]:
    role = _mapping(node.schema, "x-volven").get("role")
    if not isinstance(role, str) or role not in _ROLES or value is None or isinstance(value, Mapping):
        return
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _own(node, item, (*path, index))
    else:
        yield Item(_ROLES[role], path, value)


def _applicable(schema: Schema, start: Node, value: Json) -> Sequence[Node]:
    """Return the parts of the schema that apply to `value` itself; references that lead in a circle end."""
    nodes = [start]
    for node in nodes:
        for other in _at_same_place(schema, node, value):
            if all(other.schema is not known.schema for known in nodes):
                nodes.append(other)  # the list is a queue
    return nodes


def _at_same_place(schema: Schema, node: Node, value: Json) -> Iterator[Node]:
    if not isinstance(node.schema, Mapping):
        return
    if "$ref" in node.schema:
        yield target_of(node, str(node.schema["$ref"]), schema.documents)
    yield from node.parts(_listed(node.schema, "allOf"))
    branches = (*_listed(node.schema, "anyOf"), *_listed(node.schema, "oneOf"))
    yield from (part for part in node.parts(branches) if schema.accepts(part, value))
    if "if" in node.schema:
        (condition,) = node.parts([node.schema["if"]])
        keyword = "then" if schema.accepts(condition, value) else "else"
        yield from node.parts([node.schema.get(keyword, True)])


def _children(node: Node, value: Json) -> Iterator[tuple[str | int, Json, Node]]:
    """Yield key or index, value and schema of what stands inside `value`."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            for part in _field_schemas(node.schema, key):
                yield key, item, Node(node.document, part)
    elif isinstance(value, list | tuple) and isinstance(node.schema, Mapping):
        first = _listed(node.schema, "prefixItems")
        rest = node.schema.get("items", True)
        for index, item in enumerate(value):
            yield index, item, Node(node.document, first[index] if index < len(first) else rest)


def _field_schemas(schema: Json, key: str) -> Sequence[Json]:
    fields = _mapping(schema, "properties")
    patterns = _mapping(schema, "patternProperties")
    found = [fields[key]] if key in fields else []
    found += [part for pattern, part in patterns.items() if regex_of(pattern).search(key)]
    return found or ([schema.get("additionalProperties", True)] if isinstance(schema, Mapping) else [])


def _mapping(schema: Json, keyword: str) -> JsonObject:
    value = schema.get(keyword) if isinstance(schema, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _listed(schema: JsonObject, keyword: str) -> Sequence[Json]:
    value = schema.get(keyword)
    return value if isinstance(value, list | tuple) else ()
