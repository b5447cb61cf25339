"""References between JSON Schemas: local, or to another schema of the same set; never to a file or a server."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from volvenctl.core.wording import shown
from volvenctl.errors import ConfigError
from volvenctl.model.names import Json, JsonObject

SUFFIX = ".schema.json"
"""The schema NAME is referred to as `NAME.schema.json`."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ONE = frozenset(
    (
        "additionalProperties",
        "contains",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)
_SEVERAL = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_NAMED = frozenset(("$defs", "definitions", "dependentSchemas", "patternProperties", "properties"))
_UNSUPPORTED = ("$id", "$schema", "$anchor", "$dynamicAnchor", "$dynamicRef")
"""Keywords that change what a reference means; not needed, and not allowed below the root."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a schema, and the document that its references start from."""

    document: str
    schema: Json

    def parts(self, schemas: Iterable[Json]) -> Iterator["Node"]:
        """Yield schemas that stand inside this one."""
        return (Node(self.document, schema) for schema in schemas)


def content_of(document: JsonObject) -> JsonObject:
    """Return a schema document without the keywords that say what it is called and which dialect it speaks.

    Left in, `$schema` would make jsonschema fall back to its own inexact checks, and `$id` would move the base
    of references.
    """
    return {key: value for key, value in document.items() if key not in {"$schema", "$id"}}


def target_of(node: Node, reference: str, documents: Mapping[str, JsonObject]) -> Node:
    """Return the part of a schema that a `$ref` at `node` points to.

    Raises:
        ConfigError: it points to nothing, or out of the set of schemas.
    """
    file, _, pointer = reference.partition("#")
    name = file.removesuffix(SUFFIX) if file else node.document
    is_file = not file or file.endswith(SUFFIX)
    if name not in documents or not is_file or not f"{pointer}/".startswith("/"):
        raise _unresolved(node, reference)
    try:
        return Node(name, _part_at(documents[name], unquote(pointer)))
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise _unresolved(node, reference) from error


def _part_at(target: Json, pointer: str) -> Json:
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        target = target[int(key)] if isinstance(target, list) else target[key]  # type: ignore[index, call-overload]
    return target


def parts_of(root: Node) -> Iterator[Node]:
    """Yield every part of a schema document that is itself a schema, the document first.

    Raises:
        ConfigError: a part has a keyword that changes what references mean.
    """
    waiting: list[Json] = [root.schema]
    while waiting:
        schema = waiting.pop()
        yield Node(root.document, schema)
        if not isinstance(schema, Mapping):
            continue
        for keyword in _UNSUPPORTED:
            if keyword in schema:
                raise ConfigError(
                    f"the schema {root.document}{SUFFIX} has {keyword} below its root, which is not supported"
                )
        waiting.extend(_children(schema))


def targets_of(parts: Iterable[Node], documents: Mapping[str, JsonObject]) -> Iterator[Node]:
    """Yield what the references of `parts` point to.

    Raises:
        ConfigError: as for `target_of`.
    """
    for part in parts:
        if isinstance(part.schema, Mapping) and "$ref" in part.schema:
            yield target_of(part, str(part.schema["$ref"]), documents)


def _children(schema: JsonObject) -> Iterator[Json]:
    for keyword, value in schema.items():
        if keyword in _ONE:
            yield value
        elif keyword in _SEVERAL and isinstance(value, list):
            yield from value
        elif keyword in _NAMED and isinstance(value, Mapping):
            yield from value.values()


def _unresolved(node: Node, reference: str) -> ConfigError:
    return ConfigError(
        f"the schema {node.document}{SUFFIX} refers to {shown(reference)}, which is nowhere to be found",
        hint='a $ref is "#/$defs/NAME", or "TYPE.schema.json" for another strategy type; nothing is fetched',
    )
