"""Ports with a fuse: at one chosen call the process dies, or the disk is full."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from volvenctl.errors import StorageError
from volvenctl.model.catalog import Account, LiveStrategy, Product
from volvenctl.model.names import AttemptId, ExchangeCode, JsonObject
from volvenctl.model.outcome import Answer, Request
from volvenctl.model.record import Record
from volvenctl.ports import LedgerStore, Platform, World
from volvenctl.wire.ledger_v1 import record_line

Blow = Literal["cut", "kill", "tear", "full"]
"""`cut`: nothing of this run happens any more, as if the process were gone; `kill`: SIGKILL to this process; `tear`:
half of an append reaches the disk, then as `cut`; `full`: from here on the disk takes nothing more."""


class PowerCutError(BaseException):
    """The run is over, in the middle of things."""


@dataclass(slots=True)
class Fuse:
    """Counts the calls of all ports and blows at the call with the number `at`; 0 for never."""

    at: int = 0
    blow: Blow = "cut"
    steps: list[str] = field(default_factory=list)
    """What was called, in order, up to where it blew."""
    is_blown: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self, what: str, tear: Callable[[], None] = lambda: None, *, writes: bool = False) -> None:
        """Count a call; raise if it does not come to happen. `tear` does the first half of it.

        Raises:
            PowerCutError: this run is over.
            StorageError: the call `writes`, and the disk is full.
        """
        if not self._burns(what, tear):
            return
        match self.blow:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "full" if writes:
                raise StorageError("the disk is full, says the self-test")
            case "cut" | "tear":
                raise PowerCutError
            case _:
                return  # a full disk can be read

    def _burns(self, what: str, tear: Callable[[], None]) -> bool:
        with self._lock:
            if self.is_blown:
                return True
            self.steps.append(what)
            self.is_blown = len(self.steps) == self.at
            if self.is_blown and self.blow == "tear":
                tear()
            return self.is_blown


class FusedLedger:
    """A ledger (`ports.LedgerStore`) behind a fuse."""

    def __init__(self, inner: LedgerStore, file: Path, fuse: Fuse) -> None:
        """Pass calls on to `inner`, which appends to `file`."""
        self._inner = inner
        self._file = file
        self._step = fuse.step

    def read(self, after: int) -> list[Record]:
        """Return the records after seq `after`."""
        self._step("ledger.read")
        return self._inner.read(after)

    def append(self, expected: int, records: Sequence[Record]) -> None:
        """Append, or as much of it as the fuse lets through."""
        types = "+".join(record.type for record in records)
        self._step(f"ledger.append {types}", lambda: self._append_half(records), writes=True)
        self._inner.append(expected, records)

    def torn_end(self) -> str | None:
        """Return what stands behind the last record."""
        return self._inner.torn_end()

    def repair(self) -> str | None:
        """Cut a torn last line off."""
        self._step("ledger.repair")
        return self._inner.repair()

    def read_state(self) -> JsonObject | None:
        """Return the stored state document."""
        self._step("ledger.read_state")
        return self._inner.read_state()

    def write_state(self, document: JsonObject) -> None:
        """Replace the stored state document."""
        self._step("ledger.write_state", writes=True)
        self._inner.write_state(document)

    @contextmanager
    def lock(self, operation: str, actor: JsonObject) -> Iterator[None]:
        """Hold the writers' lock."""
        self._step("ledger.lock")
        with self._inner.lock(operation, actor):
            yield
            self._step("ledger.unlock")

    def holder(self) -> JsonObject | None:
        """Return who holds the lock."""
        self._step("ledger.holder")
        return self._inner.holder()

    def seal(self, expected: int, moved_to: str) -> None:
        """Close the ledger."""
        self._step("ledger.seal")
        self._inner.seal(expected, moved_to)

    def broken_lock(self) -> JsonObject | None:
        """Return whose lock was broken."""
        return self._inner.broken_lock()

    def break_lock(self) -> None:
        """Take the lock from its holder."""
        self._inner.break_lock()

    def save_recovery(self, attempt_id: AttemptId, document: JsonObject) -> str:
        """Keep a result that could not be appended; a full disk takes this little file."""
        self._step("ledger.save_recovery")
        return self._inner.save_recovery(attempt_id, document)

    def recoveries(self) -> tuple[tuple[str, JsonObject], ...]:
        """Return the recovery files."""
        self._step("ledger.recoveries")
        return self._inner.recoveries()

    def drop_recovery(self, name: str) -> None:
        """Remove a recovery file."""
        self._step("ledger.drop_recovery")
        self._inner.drop_recovery(name)

    def _append_half(self, records: Sequence[Record]) -> None:
        content = b"".join(map(record_line, records))
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as file:
            file.write(content[: len(content) // 2])


class FusedPlatform:
    """A platform (`ports.Platform`) behind a fuse."""

    def __init__(self, inner: Platform, fuse: Fuse) -> None:
        """Pass calls on to `inner`."""
        self._inner = inner
        self._step = fuse.step

    def accounts(self) -> tuple[Account, ...]:
        """Return the user's exchange accounts."""
        self._step("platform.accounts")
        return self._inner.accounts()

    def products(self, exchanges: Sequence[ExchangeCode]) -> tuple[Product, ...]:
        """Return the products of these exchanges."""
        self._step("platform.products")
        return self._inner.products(exchanges)

    def find(self) -> tuple[LiveStrategy, ...]:
        """Return the user's root strategies."""
        self._step("platform.find")
        return self._inner.find()

    def send(self, request: Request, attempt_id: AttemptId, not_after: float) -> Answer:
        """Send `request` once; the fuse may blow before, or when the answer is here."""
        self._step("platform.send")
        answer = self._inner.send(request, attempt_id, not_after)
        self._step("platform.send answered")
        return answer

    def hurry(self, within_s: float) -> None:
        """Give requests in flight at most this much longer."""
        self._inner.hurry(within_s)


def fused(world: World, ledger_file: Path, fuse: Fuse) -> World:
    """Return `world` with its platform and its ledger, which appends to `ledger_file`, behind `fuse`."""
    return replace(
        world,
        platform=FusedPlatform(world.platform, fuse),
        ledger=FusedLedger(world.ledger, ledger_file, fuse),
    )


class UnlockedLedger(FusedLedger):
    """A ledger whose lock keeps nobody out: safety must not rest on it."""

    @contextmanager
    def lock(self, operation: str, actor: JsonObject) -> Iterator[None]:  # noqa: ARG002 - as the port has it
        """Hold nothing."""
        yield


def unlocked(world: World) -> World:
    """Return `world` without the writers' lock."""
    return replace(world, ledger=UnlockedLedger(world.ledger, Path(), Fuse()))
