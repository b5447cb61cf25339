"""Files of our own in a folder of our own: never through a link, private, durable when a call returns.

Locks and syncing are POSIX; this is the module to extend for other systems.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700


@contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    """Open a regular file without following links or blocking on a pipe; close it at the end.

    Raises:
        OSError: it cannot be opened, or is no regular file.
    """
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, _PRIVATE_FILE)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(None, "is no regular file", str(path))
        yield descriptor
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Create a private folder and its parents; each new one is durable."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(descriptor: int) -> None:
    """Make the content of the open file durable, past the disk's own cache where the system can (macOS)."""
    full_sync = getattr(fcntl, "F_FULLFSYNC", None)
    if full_sync is None:
        os.fsync(descriptor)
    else:
        fcntl.fcntl(descriptor, full_sync)


def lock_file(descriptor: int) -> None:
    """Wait until the lock on the open file is ours; it goes with the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def try_lock_file(descriptor: int) -> bool:
    """Take the lock if it is free, and return whether it is ours now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return False
        raise
    return True


def write_whole(descriptor: int, content: bytes) -> None:
    """Write all of `content`, however many calls that takes."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def read_whole(path: Path, limit: int | None = None) -> bytes:
    """Return the content of a regular file, at most `limit` bytes and one more."""
    with opened(path, os.O_RDONLY) as descriptor:
        return read_from(descriptor, 0, limit)


def read_from(descriptor: int, offset: int, limit: int | None = None) -> bytes:
    """Return what stands in the open file from `offset` on, at most `limit` bytes and one more."""
    size = os.fstat(descriptor).st_size - offset
    wanted = size if limit is None else min(size, limit + 1)
    parts: list[bytes] = []
    while wanted > 0:
        part = os.pread(descriptor, wanted, offset)
        if not part:
            break
        parts.append(part)
        offset += len(part)
        wanted -= len(part)
    return b"".join(parts)


def append_to_file(path: Path, content: bytes) -> None:
    """Put `content` at the end of a regular file, which is created if it is not there.

    Raises:
        OSError: not all of it is there.
    """
    with opened(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT) as descriptor:
        write_whole(descriptor, content)


def replace_file(path: Path, content: bytes, mode: int = _PRIVATE_FILE) -> None:
    """Replace the file with `content`; when this returns it has reached the disk. Private unless `mode` says otherwise.

    Raises:
        OSError: the old content is intact.
    """
    beside = path.with_name(path.name + ".tmp")
    with suppress(FileNotFoundError):
        beside.unlink()
    try:
        with opened(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as descriptor:
            write_whole(descriptor, content)
            os.fchmod(descriptor, mode)
            sync_file(descriptor)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    sync_folder(path.parent)
