"""Files that the audit trail is held against, or that it is written to."""

from collections.abc import Mapping
from pathlib import Path

from volvenctl.adapters.plain_files import make_folder, read_whole, replace_file
from volvenctl.adapters.ssh_keygen import CHECKPOINT, SignedFile
from volvenctl.adapters.system import environment_variables
from volvenctl.cli.plan_files import read_plan_file
from volvenctl.cli.world import project_file
from volvenctl.errors import ConfigError, StorageError, UsageError
from volvenctl.pipeline.audit import CheckpointFile
from volvenctl.wire.checkpoint_v1 import MAX_BYTES
from volvenctl.wire.plan_v1 import plan_text

_MAX_SIGNERS_BYTES = 1024 * 1024
_MAX_SIGNATURE_BYTES = 64 * 1024


def checkpoint_folder(environment: str) -> Path:
    """Return where the checkpoints of an environment are committed: `checkpoints/NAME` in the project."""
    return project_file().parent / "checkpoints" / environment


def read_checkpoints(folder: Path, signers: str | None) -> tuple[CheckpointFile, ...]:
    """Return every `*.json` of the folder, in the order of their names; none if there is no such folder.

    `signers` is the name of an allowed_signers file; without one no signature is looked at.

    Raises:
        ConfigError: a file cannot be read, or is too large for what it should be.
    """
    allowed = None if signers is None else _limited(Path(signers), _MAX_SIGNERS_BYTES).decode("utf-8", "replace")
    variables = environment_variables()
    return tuple(
        CheckpointFile(
            file=shown_path(path),
            content=_limited(path, MAX_BYTES),
            signatures=None if allowed is None else SignedFile(path, allowed, variables, CHECKPOINT),
        )
        for path in sorted(folder.glob("*.json"), key=lambda path: (len(path.name), path.name))
    )


def write_checkpoint(file: Path, text: str, signature: str) -> None:
    """Write the signature to `FILE.sig`, then the checkpoint to `FILE`.

    Raises:
        StorageError: they could not be written.
    """
    try:
        make_folder(file.absolute().parent)
        replace_file(file.with_name(file.name + ".sig"), signature.encode("ascii"))
        replace_file(file, text.encode("utf-8"))
    except OSError as error:
        raise StorageError(f"the checkpoint could not be written to {file}: {error.strerror or error}") from error


def shown_path(path: Path) -> str:
    """Return a path as a person would type it: from the current folder on, if it is in there."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def write_page(file: str, text: str) -> None:
    """Write a page to a file.

    Raises:
        StorageError: it could not be written; what was there is intact.
    """
    try:
        replace_file(Path(file), text.encode("utf-8"))
    except OSError as error:
        raise StorageError(f"the report could not be written to {file}: {error.strerror or error}") from error


def checkpoint_members(found: tuple[CheckpointFile, ...]) -> Mapping[str, bytes]:
    """Return checkpoints and the signatures beside them by their names in an archive."""
    members: dict[str, bytes] = {}
    for item in found:
        path = Path(item.file).absolute()
        members[f"checkpoints/{path.name}"] = item.content
        for beside in sorted(path.parent.glob(f"{path.name}*.sig")):
            members[f"checkpoints/{beside.name}"] = _limited(beside, _MAX_SIGNATURE_BYTES)
    return members


def plan_members(files: tuple[str, ...]) -> Mapping[str, bytes]:
    """Return saved plans, each verified against its hash, by their names in an archive.

    Raises:
        UsageError: two of them have the same name.
        StalePlanError: one is no plan, or was changed after it was made.
    """
    members: dict[str, bytes] = {}
    for file in files:
        name = f"plans/{Path(file).stem}.json"
        if name in members:
            raise UsageError(f"two plans would be {name} in the archive", hint="rename one of the files")
        members[name] = plan_text(read_plan_file(file)).encode("utf-8")
    return members


def _limited(path: Path, limit: int) -> bytes:
    try:
        content = read_whole(path, limit)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > limit:
        raise ConfigError(f"{path} is larger than {limit} bytes")
    return content
