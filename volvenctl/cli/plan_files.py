"""Saved plans on disk."""

from pathlib import Path

from volvenctl.adapters.plain_files import replace_file
from volvenctl.errors import StalePlanError, StorageError, VolvenctlError
from volvenctl.model.plan import Plan
from volvenctl.wire.plan_v1 import plan_text
from volvenctl.wire.plan_v1_reader import read_plan

_MAX_BYTES = 64 * 1024 * 1024


def save_plan(plan: Plan, file: str) -> None:
    """Write the plan to `file`, whole or not at all.

    Raises:
        StorageError: it could not be written; what was there is intact.
    """
    try:
        replace_file(Path(file), plan_text(plan).encode("utf-8"))
    except OSError as error:
        raise StorageError(f"the plan could not be written to {file}: {error.strerror or error}") from error


def read_plan_file(file: str) -> Plan:
    """Return the plan that `file` holds.

    Raises:
        VolvenctlError: the file cannot be read.
        StalePlanError: it holds no plan, or one that was changed after it was made.
    """
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        hint = f"make it with: volvenctl plan --out {file}"
        raise VolvenctlError(f"the plan {file} cannot be read: {error.strerror}", hint=hint) from error
    if len(content) > _MAX_BYTES:
        raise StalePlanError(f"{file} is no plan: it is larger than {_MAX_BYTES} bytes")
    return read_plan(content)
