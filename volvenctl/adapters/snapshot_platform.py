"""The platform as a committed file tells of it: for plans that are made without a token and without a network."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from volvenctl.adapters.plain_files import read_whole
from volvenctl.errors import ConfigError, OfflineError
from volvenctl.model.catalog import Account, LiveStrategy, Product, Snapshot
from volvenctl.model.names import AttemptId, ExchangeCode
from volvenctl.model.outcome import Answer, NoAnswer, Request
from volvenctl.ports import System
from volvenctl.render.text import moment_text
from volvenctl.wire.snapshot_v1 import MAX_SNAPSHOT_BYTES, read_snapshot

_DAY_S = 86_400


class SnapshotPlatform:
    """A platform (`ports.Platform`) that knows accounts and products, and nothing of what runs."""

    def __init__(self, file: Path, environment: str, system: System) -> None:
        """Answer from `file`, which must be a snapshot of `environment`; it is read when it is first needed."""
        self._file = file
        self._environment = environment
        self._system = system

    @cached_property
    def _snapshot(self) -> Snapshot:
        take = f"take it with: volvenctl -e {self._environment} snapshot"
        try:
            content = read_whole(self._file, MAX_SNAPSHOT_BYTES)
        except OSError as error:
            raise ConfigError(f"the snapshot {self._file} cannot be read: {error.strerror}", hint=take) from error
        if len(content) > MAX_SNAPSHOT_BYTES:
            raise ConfigError(f"the snapshot {self._file} is larger than {MAX_SNAPSHOT_BYTES} bytes", hint=take)
        snapshot = read_snapshot(content)
        if snapshot.environment != self._environment:
            raise ConfigError(
                f"the snapshot {self._file} is of environment {snapshot.environment!r}, not of {self._environment!r}",
                hint=take,
            )
        return snapshot

    @property
    def age(self) -> str:
        """How old the snapshot is, as `taken 2026-01-02 03:04 UTC, 3 days ago`."""
        days = int((self._system.now() - self._snapshot.taken_at).total_seconds() // _DAY_S)
        ago = {0: "today", 1: "1 day ago"}.get(days, f"{days} days ago" if days > 0 else "in the future")
        return f"taken {moment_text(self._snapshot.taken_at)}, {ago}"

    def accounts(self) -> tuple[Account, ...]:
        """Return the accounts of the snapshot."""
        return self._snapshot.accounts

    def products(self, exchanges: Sequence[ExchangeCode]) -> tuple[Product, ...]:
        """Return the snapshot's products of these exchanges, in their order; all for an empty sequence."""
        every = self._snapshot.products
        wanted = dict.fromkeys(exchanges)
        return tuple(item for code in wanted for item in every if item.exchange == code) if wanted else every

    def find(self) -> tuple[LiveStrategy, ...]:
        """Refuse: a snapshot does not say what runs.

        Raises:
            OfflineError: always, with the snapshot's age.
        """
        raise OfflineError(
            f"made offline, from a snapshot of the platform {self.age}: what runs there is not compared, "
            "and apply checks everything again"
        )

    def send(self, _request: Request, _attempt_id: AttemptId, _not_after: float) -> Answer:
        """Send nothing."""
        return NoAnswer("Offline", "this run works offline", sending_began=False)

    def hurry(self, within_s: float) -> None:
        """Do nothing: no request is ever in flight."""
