"""Which specs a command looks at: by name, by label, by file."""

from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase

from volvenctl.core.wording import did_you_mean, shown, similar
from volvenctl.errors import UsageError
from volvenctl.model.names import JsonObject, StrategyName
from volvenctl.model.plan import Selection


def is_selected(name: StrategyName | None, labels: JsonObject, selection: Selection) -> bool:
    """Whether a command looks at a spec; what has no name cannot be deselected by name.

    Raises:
        UsageError: a label of the selection is not `key=value`.
    """
    return _is_named(name, selection) and all(labels.get(key) == value for key, value in map(_label, selection.labels))


def _is_named(name: StrategyName | None, selection: Selection) -> bool:
    if name is None:
        return True
    is_in = not selection.only or any(fnmatchcase(name, glob) for glob in selection.only)
    return is_in and not any(fnmatchcase(name, glob) for glob in selection.exclude)


def _label(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise UsageError(f"{shown(text)} is no label", hint="write -l KEY=VALUE")
    return key, value


def is_in(file: str, paths: tuple[str, ...]) -> bool:
    """Whether `file` is one of the paths or below one; no paths: everything is."""
    return not paths or any(path in {"", "."} or f"{file}/".startswith(f"{path}/") for path in map(_plain, paths))


def _plain(path: str) -> str:
    return path.removeprefix("./").rstrip("/")


def refuse_unknown_paths(paths: tuple[str, ...], files: AbstractSet[str]) -> None:
    """Refuse a path that names no spec file and no folder with one.

    Raises:
        UsageError: with the nearest files.
    """
    for path in paths:
        if not any(is_in(file, (path,)) for file in files):
            near = did_you_mean(similar(path, sorted(files)))
            raise UsageError(f"{shown(path)} is no spec file of this project, nor a folder with one{near}")
