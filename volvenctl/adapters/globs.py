"""Which files a pattern of `specs` leads to. Links to folders are not followed unless the project names them."""

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

_GLOB: Final = re.compile(r"[*?\[]")


def is_glob(step: str) -> bool:
    """Whether one step of a pattern stands for more than itself."""
    return _GLOB.search(step) is not None


def spec_files_of(path: Path, *, named: bool) -> Iterator[Path]:
    """Yield the spec files at or below `path`, and links to folders, which are refused when read."""
    if is_folder(path) and (named or not path.is_symlink()):
        yield from (below for below in _below(path) if is_spec_name(below.name) or is_folder(below))
    elif is_spec_name(path.name) or is_folder(path):
        yield path


def expanded(start: Path, steps: Sequence[str]) -> set[Path]:
    """Return what the steps of a glob lead to from `start`, which the project names itself."""
    paths = {start}
    for step in steps:
        paths = {below for path in paths for below in _step(path, step, named=path == start)}
    return paths


def _step(path: Path, step: str, *, named: bool) -> Iterator[Path]:
    """Yield what one step of a glob leads to from `path`; a link to a folder stays, unless the project names it."""
    if not is_folder(path):
        return
    if path.is_symlink() and not named:
        yield path
    elif step == "**":
        yield path
        yield from (below for below in _below(path, folders=True) if is_folder(below))
    elif not is_glob(step):
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


def is_folder(path: Path) -> bool:
    """Whether it is a folder, or a link to one."""
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises where a parent may not be entered


def is_spec_name(name: str) -> bool:
    """Whether a file of this name is a spec file; hidden ones are not."""
    return name.endswith((".yaml", ".yml")) and not name.startswith(".")
