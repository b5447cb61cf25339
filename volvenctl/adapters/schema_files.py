"""The JSON Schemas that come with volvenctl: strategy types, and the documents it reads and writes."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from volvenctl.errors import ConfigError
from volvenctl.model.names import JsonObject
from volvenctl.wire.exact_json import JsonFault, read_json

MAX_SCHEMA_BYTES: Final = 1024 * 1024
SCHEMA_NAME: Final = re.compile(r"([A-Za-z0-9_-]+)\.schema\.json")


def builtin_schema_folder() -> Path:
    """Return the folder of the schemas: inside the installed package, else beside it in a source tree."""
    package = Path(__file__).resolve().parents[1]
    packaged = package / "schemas"
    return packaged if packaged.is_dir() else package.parent / "schemas"


def document_schema(name: str) -> JsonObject:
    """Return the built-in schema `<name>.schema.json`.

    Raises:
        ConfigError: there is none of that name.
    """
    file = f"{name}.schema.json"
    path = next((path for path in builtin_schema_folder().glob("*.schema.json") if path.name == file), None)
    if path is None:
        raise ConfigError(f"there is no built-in schema {name!r}")
    return read_schema(file, path.read_bytes())


def built_in_types() -> Mapping[str, JsonObject]:
    """Return the built-in strategy types: the schemas whose `strategyType` must be the name of their file."""
    paths = sorted(builtin_schema_folder().glob("*.schema.json"))
    schemas = {path.name.partition(".")[0]: read_schema(path.name, path.read_bytes()) for path in paths}
    return {name: schema for name, schema in schemas.items() if _constant_type(schema) == name}


def read_schema(name: str, content: bytes) -> JsonObject:
    """Return the schema in the file `name`, numbers with a point or exponent as `Decimal`.

    Raises:
        ConfigError: it is no JSON object.
    """
    try:
        schema = read_json(content)
    except JsonFault as fault:
        raise ConfigError(f"{name} is no JSON Schema: {fault}") from fault
    if not isinstance(schema, Mapping):
        raise ConfigError(f"{name} is no JSON Schema: it must be a JSON object")
    return schema


def _constant_type(schema: JsonObject) -> object:
    value: object = schema
    for key in ("properties", "strategyType", "const"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
