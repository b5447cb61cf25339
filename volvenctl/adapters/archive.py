"""Archives whose bytes depend on their content alone: no clock, no user, no order of a folder in them."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from volvenctl.adapters.plain_files import replace_file
from volvenctl.errors import StorageError, UsageError

_LEVEL: Final = 9
_READ_ONLY: Final = 0o444
_REGULAR: Final = 0o100000
_UNIX: Final = 3


def write_archive(file: str, members: Mapping[str, bytes]) -> None:
    """Write the members, by name, to a .zip or .tar.gz file; all in one folder, `audit`.

    Raises:
        UsageError: the file's name says another format.
        StorageError: it could not be written; what was there is intact.
    """
    for suffix, pack in ((".zip", _zip), (".tar.gz", _tar), (".tgz", _tar)):
        if file.endswith(suffix):
            content = pack({f"audit/{name}": members[name] for name in sorted(members)})
            break
    else:
        raise UsageError(f"{file} is neither a .zip nor a .tar.gz file", hint="volvenctl audit export audit.zip")
    try:
        replace_file(Path(file), content)
    except OSError as error:
        raise StorageError(f"the archive could not be written to {file}: {error.strerror or error}") from error


def _zip(members: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, _UNIX
            entry.external_attr = (_REGULAR | _READ_ONLY) << 16
            archive.writestr(entry, content)
    return made.getvalue()


def _tar(members: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", _LEVEL, made, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), _READ_ONLY
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()
