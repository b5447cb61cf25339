"""Results that the ledger did not take, kept as `recovery-<attemptId>.json` until the next command takes them in."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from volvenctl.adapters.plain_files import make_folder, read_whole, replace_file, sync_folder
from volvenctl.errors import LedgerError, StorageError
from volvenctl.model.names import AttemptId, JsonObject
from volvenctl.wire.exact_json import JsonFault, json_text, read_json

LIMIT: Final = 4 * 1024 * 1024
"""Bytes of a recovery file that is read; a result is at most a quarter of it."""


class RecoveryFiles:
    """Recovery files in one folder, with a spare one for when that is full or gone."""

    def __init__(self, folder: Path, spare: Path, *, makes_folder: bool = False, in_ci: bool = False) -> None:
        """Keep files in `folder`, else in `spare`.

        Args:
            folder: where they are looked for as well.
            spare: a folder that is there on every machine.
            makes_folder: `folder` is for these files only, so it is made when it is needed.
            in_ci: the disk goes with the job, so what is saved is printed to stderr, the job's log, as well.
        """
        self._folder = folder
        self._spare = spare
        self._makes_folder = makes_folder
        self._in_ci = in_ci

    def save(self, attempt_id: AttemptId, document: JsonObject) -> str:
        """Write the result into the folder, else the spare one, else to stderr as one line; return where it is."""
        text = json_text(document)
        path = self._write(f"recovery-{attempt_id}.json", text.encode("ascii") + b"\n")
        if path is not None and not self._in_ci:
            return str(path)
        with suppress(OSError, ValueError):  # closed: there is no place left, and the run must end in order
            sys.stderr.write(text + "\n")
            sys.stderr.flush()
        return "stderr" if path is None else f"{path} and, as a line of JSON, in the log of this job"

    def found(self) -> tuple[tuple[str, JsonObject], ...]:
        """Return name and content of the recovery files in the folder, by name.

        Raises:
            LedgerError: one of them is too large, cannot be read or holds no JSON object.
        """
        return tuple((path.name, _read(path)) for path in sorted(self._folder.glob("recovery-*.json")))

    def drop(self, name: str) -> None:
        """Remove a recovery file for good.

        Raises:
            StorageError: it may still be there.
        """
        try:
            (self._folder / name).unlink(missing_ok=True)
            sync_folder(self._folder)
        except OSError as error:
            message = f"cannot remove {self._folder / name}: {error.strerror or error}"
            raise StorageError(message, hint="nothing was sent after this") from error

    def _write(self, name: str, content: bytes) -> Path | None:
        for folder in (self._folder, self._spare):
            with suppress(OSError):
                if self._makes_folder:
                    make_folder(folder)
                replace_file(folder / name, content)
                return folder / name
        return None


def _read(path: Path) -> JsonObject:
    try:
        content = read_whole(path, LIMIT)
    except OSError as error:
        raise LedgerError(f"the recovery file {path} cannot be read: {error}") from error
    if len(content) > LIMIT:
        raise LedgerError(
            f"the recovery file {path} is larger than the {LIMIT} bytes that a result can have",
            hint="nothing that large is written by volvenctl; look at it, and move it away",
        )
    try:
        document = read_json(content)
    except JsonFault as fault:
        raise LedgerError(f"the recovery file {path} cannot be read: {fault}") from fault
    if not isinstance(document, dict):
        raise LedgerError(f"the recovery file {path} holds no JSON object")
    return document
