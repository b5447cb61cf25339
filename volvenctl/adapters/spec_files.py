"""The project's folder: where it is, and the spec files in it. Only regular files inside it are read."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import normpath
from typing import Final

from volvenctl.adapters.globs import expanded, is_folder, is_glob, is_spec_name, spec_files_of
from volvenctl.adapters.plain_files import read_whole
from volvenctl.adapters.schema_files import (
    MAX_SCHEMA_BYTES,
    SCHEMA_NAME,
    built_in_types,
    builtin_schema_folder,
    document_schema,
    read_schema,
)
from volvenctl.errors import ConfigError
from volvenctl.model.names import JsonObject
from volvenctl.model.problem import Place, Problem
from volvenctl.model.spec import SpecFile
from volvenctl.wire.yaml_text import MAX_BYTES

PROJECT_FILE: Final = "volvenctl.yaml"
MAX_FILES: Final = 100_000


def find_project_file(start: Path) -> Path:
    """Return the `volvenctl.yaml` of `start` or of its nearest ancestor that has one.

    Raises:
        ConfigError: there is none, it is no regular file, or `start` is no folder.
    """
    folder = start.absolute()
    try:
        if not folder.is_dir():
            raise ConfigError(f"there is no folder {_shown(folder)}")
        found = next((path for at in (folder, *folder.parents) if os.path.lexists(path := at / PROJECT_FILE)), None)
        if found is None:
            raise ConfigError(f"no {PROJECT_FILE} in {_shown(folder)} or above it", hint="volvenctl init")
        if not found.is_file():
            raise ConfigError(f"{_shown(found)} is no regular file")
    except OSError as error:
        raise ConfigError(f"cannot look for {PROJECT_FILE} in {_shown(folder)}: {error.strerror}") from error
    return found


class SpecFolder:
    """The spec files and type schemas of one project."""

    def __init__(self, root: Path, patterns: tuple[str, ...]) -> None:
        """Look below `root`, the project's folder, for `patterns`: folders or globs relative to it."""
        self._root = Path(os.path.realpath(root))
        self._patterns = patterns

    def read_all(self) -> tuple[tuple[SpecFile, ...], tuple[Problem, ...]]:
        """Return every *.yaml and *.yml that the patterns name, sorted by name, each read once.

        What is hidden (a name with a leading dot) is not entered, and links to folders are refused, not
        followed. A file that may not or cannot be read is a problem with the code `file-refused`.

        Raises:
            ConfigError: a pattern leaves the project or names nothing that exists, or there are too many files.
        """
        files: list[SpecFile] = []
        problems: list[Problem] = []
        for path in self._found():
            name = self._name_of(path)
            try:
                files.append(SpecFile(name, self._content(path, MAX_BYTES)))
            except _RefusedError as refusal:
                problems.append(Problem(Place(name, 1, 1), "$", "file-refused", str(refusal)))
        return tuple(files), tuple(problems)

    def envelope_schema(self) -> JsonObject:
        """Return the schema of a spec's document."""
        return document_schema("strategy")

    def type_schemas(self) -> Mapping[str, JsonObject]:
        """Return the JSON Schema of each strategy type, built in or of the project's folder `schemas`.

        Raises:
            ConfigError: a schema of the project cannot be read, is no JSON object, or replaces a built-in type.
        """
        schemas = dict(built_in_types())
        for path in self._schema_files():
            name = self._name_of(path)
            try:
                content = self._content(path, MAX_SCHEMA_BYTES)
            except _RefusedError as refusal:
                raise ConfigError(f"{name}: {refusal}") from refusal
            built_in = builtin_schema_folder() / path.name
            strategy_type = path.name.partition(".")[0]
            if not built_in.exists():
                schemas[strategy_type] = read_schema(name, content)
            elif strategy_type in schemas and content != built_in.read_bytes():
                raise ConfigError(f"{name} replaces the built-in strategy type {strategy_type}: give it another name")
        return schemas

    def _schema_files(self) -> list[Path]:
        folder = self._root / "schemas"
        if not os.path.lexists(folder):
            return []
        try:
            names = sorted(path.name for path in self._inside(folder).iterdir())
        except _RefusedError as refusal:
            raise ConfigError(f"schemas: {refusal}") from refusal
        except OSError as error:
            raise ConfigError(f"schemas: cannot be read: {error.strerror}") from error
        return [folder / name for name in names if SCHEMA_NAME.fullmatch(name)]

    def _found(self) -> list[Path]:
        found: set[Path] = set()
        for pattern in self._patterns:
            for path in self._matches(pattern):
                found.add(path)
                if len(found) > MAX_FILES:
                    raise ConfigError(f"specs: {pattern!r} names more than {MAX_FILES} files")
        return sorted(found - {self._root / PROJECT_FILE}, key=Path.as_posix)

    def _matches(self, pattern: str) -> Iterator[Path]:
        steps = normpath(pattern).split("/")
        if pattern.startswith("/") or steps[0] == ".." or "\0" in pattern:
            raise ConfigError(f"specs: {pattern!r} leaves the project: name folders below {PROJECT_FILE}")
        fixed = next((index for index, step in enumerate(steps) if is_glob(step)), len(steps))
        start = self._root.joinpath(*steps[:fixed])
        self._refuse_start(pattern, start, is_whole=fixed == len(steps))
        for path in expanded(start, steps[fixed:]):
            yield from spec_files_of(path, named=path == start)

    def _refuse_start(self, pattern: str, start: Path, *, is_whole: bool) -> None:
        """Refuse a pattern whose fixed part is not inside the project, or can hold no spec."""
        try:
            self._inside(start)
        except _RefusedError as refusal:
            raise ConfigError(f"specs: {pattern!r} {refusal}", hint=f"change `specs` in {PROJECT_FILE}") from refusal
        if is_whole and not is_folder(start) and not is_spec_name(start.name):
            raise ConfigError(f"specs: {pattern!r} is neither a folder nor a *.yaml or *.yml file")

    def _inside(self, path: Path) -> Path:
        """Return where `path` really is; refuse what is outside the project, or hidden by a link."""
        try:
            real = Path(os.path.realpath(path, strict=True))
        except OSError as error:
            raise _RefusedError(f"cannot be read: {error.strerror}") from error
        if not real.is_relative_to(self._root):
            raise _RefusedError("leads out of the project")
        names = set(real.relative_to(self._root).parts)
        hidden = {name for name in names - set(path.relative_to(self._root).parts) if name.startswith(".")}
        if hidden or ".git" in map(str.casefold, names):
            raise _RefusedError("leads into a hidden folder")
        return real

    def _content(self, path: Path, limit: int) -> bytes:
        try:
            real = self._inside(path)
            mode = real.stat().st_mode
            if stat.S_ISDIR(mode):
                raise _RefusedError(
                    "is a link to a folder, or a folder that cannot be listed: name its target in `specs`"
                )
            if not stat.S_ISREG(mode):
                raise _RefusedError("is no regular file")
            content = read_whole(real, limit)
        except OSError as error:
            raise _RefusedError(f"cannot be read: {error.strerror}") from error
        if len(content) > limit:
            raise _RefusedError(f"is larger than {limit // 1024 // 1024} MiB")
        return content

    def _name_of(self, path: Path) -> str:
        return _shown(path.relative_to(self._root))


class _RefusedError(Exception):
    """A file may not or cannot be read; the message follows its name."""


def _shown(path: Path) -> str:
    """Return `path` as text that can be encoded, whatever its bytes."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
