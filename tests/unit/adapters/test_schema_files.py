from collections.abc import Mapping
from pathlib import Path

import pytest

import volvenctl
from volvenctl.adapters.schema_files import built_in_types, builtin_schema_folder, document_schema
from volvenctl.errors import ConfigError


def test_the_schemas_are_in_the_package_or_beside_it():
    package = Path(volvenctl.__file__).resolve().parent
    assert builtin_schema_folder() in {package / "schemas", package.parent / "schemas"}


def test_every_built_in_schema_can_be_read_by_name():
    names = [path.name.partition(".")[0] for path in builtin_schema_folder().glob("*.schema.json")]
    assert names
    assert all(isinstance(document_schema(name), Mapping) for name in names)


@pytest.mark.parametrize("name", ["missing", "../schemas/SMO", "", "a\0b", "x" * 300])
def test_a_schema_that_is_not_built_in_is_an_error(name):
    with pytest.raises(ConfigError, match="no built-in schema"):
        document_schema(name)


def test_a_type_says_its_own_name():
    for name, schema in built_in_types().items():
        assert schema["properties"]["strategyType"]["const"] == name
