"""The file that a Prometheus node exporter reads (its textfile collector)."""

from pathlib import Path

from volvenctl.adapters.plain_files import replace_file
from volvenctl.errors import StorageError
from volvenctl.model.report import Status
from volvenctl.pipeline.measure import measure
from volvenctl.ports import World
from volvenctl.render.prometheus_text import metrics_text

_FOR_ALL_TO_READ = 0o644
"""The exporter runs as another user; counts by environment are no secret."""


def write_metrics(world: World, status: Status, file: str) -> None:
    """Replace `file` with the metrics of the environment, whole or not at all.

    Raises:
        StorageError: it could not be written; what was there is intact.
        LedgerError: the ledger cannot be read.
    """
    state, last_apply = measure(world)
    text = metrics_text(status, state, last_apply, world.system.now())
    try:
        replace_file(Path(file), text.encode("utf-8"), _FOR_ALL_TO_READ)
    except OSError as error:
        raise StorageError(f"the metrics could not be written to {file}: {error.strerror or error}") from error
