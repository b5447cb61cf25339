"""The project's folder: where it is, and the spec files in it. Only regular files inside it are read."""

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from posixpath import normpath
from typing import Final

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

_GLOB: Final = re.compile(r"[*?\[]")


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
        fixed = next((index for index, step in enumerate(steps) if _GLOB.search(step)), len(steps))
        start = self._root.joinpath(*steps[:fixed])
        self._refuse_start(pattern, start, is_whole=fixed == len(steps))
        for path in _expanded(start, steps[fixed:]):
            yield from _files_of(path, named=path == start)

    def _refuse_start(self, pattern: str, start: Path, *, is_whole: bool) -> None:
        """Refuse a pattern whose fixed part is not inside the project, or can hold no spec."""
        try:
            self._inside(start)
        except _RefusedError as refusal:
            raise ConfigError(f"specs: {pattern!r} {refusal}", hint=f"change `specs` in {PROJECT_FILE}") from refusal
        if is_whole and not _is_folder(start) and not _is_spec_name(start.name):
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


def _files_of(path: Path, *, named: bool) -> Iterator[Path]:
    """Yield the spec files at or below `path`, and links to folders, which are refused when read."""
    if _is_folder(path) and (named or not path.is_symlink()):
        yield from (below for below in _below(path) if _is_spec_name(below.name) or _is_folder(below))
    elif _is_spec_name(path.name) or _is_folder(path):
        yield path


def _expanded(start: Path, steps: Sequence[str]) -> set[Path]:
    """Return what the steps of a glob lead to from `start`, which the project names itself."""
    paths = {start}
    for step in steps:
        paths = {below for path in paths for below in _step(path, step, named=path == start)}
    return paths


def _step(path: Path, step: str, *, named: bool) -> Iterator[Path]:
    """Yield what one step of a glob leads to from `path`; a link to a folder stays, unless the project names it."""
    if not _is_folder(path):
        return
    if path.is_symlink() and not named:
        yield path
    elif step == "**":
        yield path
        yield from (below for below in _below(path, folders=True) if _is_folder(below))
    elif not _GLOB.search(step):
        yield from [path / step] if os.path.lexists(path / step) else []
    else:
        yield from _globbed(path, step)


def _globbed(path: Path, step: str) -> Iterator[Path]:
    """Yield the children that match; the folder itself if it cannot be listed. Hidden ones match only `.*`."""
    children = _children(path)
    if children is None:
        yield path
        return
    names = [child.name for child in children if step.startswith(".") or not child.name.startswith(".")]
    yield from (path / name for name in names if fnmatchcase(name, step))


def _below(folder: Path, *, folders: bool = False) -> Iterator[Path]:
    """Yield what is not hidden below `folder`: files, links and folders that cannot be listed; all folders if asked."""
    pending = [folder]
    while pending:
        current = pending.pop()
        children = _children(current)
        if children is None:
            yield current
            continue
        visible = [child for child in children if not child.name.startswith(".")]
        below = [Path(child.path) for child in visible if child.is_dir(follow_symlinks=False)]
        pending.extend(below)
        yield from below if folders else ()
        yield from (Path(child.path) for child in visible if not child.is_dir(follow_symlinks=False))


def _children(folder: Path) -> list[os.DirEntry[str]] | None:
    """Return what is in `folder`; None if it cannot be listed."""
    try:
        with os.scandir(folder) as children:
            return list(children)
    except OSError:
        return None


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises where a parent may not be entered


def _is_spec_name(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) and not name.startswith(".")


def _shown(path: Path) -> str:
    """Return `path` as text that can be encoded, whatever its bytes."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
