"""The log of a bug: where it happened, and nothing of what was being worked on."""

import os
import sys
import tempfile
import traceback
from collections.abc import Iterator

from volvenctl import __version__


def write_crash_log(error: BaseException) -> str:
    """Write where `error` came from to a private file in the temporary folder, and return its path.

    Messages, arguments and local values are left out: any of them may hold a secret.
    """
    try:
        descriptor, path = tempfile.mkstemp(prefix="volvenctl-", suffix=".log")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write("\n".join(_log_lines(error)) + "\n")
    except OSError as failure:
        return f"not available ({type(failure).__name__}); it was a {type(error).__name__}"
    return path


def _log_lines(error: BaseException) -> Iterator[str]:
    yield f"volvenctl {__version__}, Python {sys.version.split()[0]}, {sys.platform}"
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield f"{type(current).__module__}.{type(current).__qualname__}"
        for frame, line in traceback.walk_tb(current.__traceback__):
            yield f"  {frame.f_code.co_filename}:{line} in {frame.f_code.co_name}"
        current = current.__cause__ or current.__context__
