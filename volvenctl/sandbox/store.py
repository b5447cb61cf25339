"""The sandbox between commands: every change a line of an append-only file, shared safely by processes and threads."""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from io import FileIO
from pathlib import Path
from threading import Lock

from volvenctl.errors import StorageError
from volvenctl.model.names import Json, JsonObject, StrategyId
from volvenctl.model.outcome import Answered, Request
from volvenctl.ports import System
from volvenctl.sandbox.market import simulated_market
from volvenctl.sandbox.simulator import REMOVED, STATUSES, SimulatedStrategy, Simulator, error_answer
from volvenctl.wire.exact_json import JsonFault, json_text, read_json
from volvenctl.wire.moments import moment_text
from volvenctl.wire.platform_api import FIND_PATH

_FILE = "sandbox.jsonl"
_DAMAGED = f"{_FILE} is damaged: reset the sandbox"
_HEAD_BYTES = 64
"""As much of the first line as tells it from any other first line: each has a random id."""


class SandboxStore:
    """A simulated platform whose strategies are kept in a folder. Made for any number of callers at once."""

    def __init__(self, folder: Path, system: System) -> None:
        """Keep the strategies in `folder`, which is created by the first change."""
        self._file = folder / _FILE
        self._system = system
        self._strategies: dict[StrategyId, SimulatedStrategy] = {}
        self._head = b""
        self._offset = 0
        self._simulator = Simulator(simulated_market(), self._strategies, system.now, system.new_id)
        self._lock = Lock()

    def answer(self, request: Request) -> Answered:
        """Return the platform's answer to `request`; 500 if the folder cannot be used. What changed is stored."""
        try:
            with self._lock:
                return self._read_only(request) if _only_reads(request) else self._changing(request)
        except OSError as error:
            return self._broken(request, error.strerror or type(error).__name__)
        except JsonFault:
            return self._broken(request, _DAMAGED)

    def strategies(self) -> tuple[SimulatedStrategy, ...]:
        """Return every strategy, the oldest first, removed ones as well.

        Raises:
            StorageError: the folder cannot be read, or its file is damaged.
        """
        with self._lock, self._as_storage_errors():
            self._look()
            return tuple(self._strategies.values())

    def change(
        self, alter: Callable[[Mapping[StrategyId, SimulatedStrategy]], tuple[SimulatedStrategy, ...]]
    ) -> tuple[SimulatedStrategy, ...]:
        """Store what `alter` makes of the strategies, and return it; no other change comes between.

        Raises:
            StorageError: the folder cannot be written, or its file is damaged.
        """
        with self._lock, self._as_storage_errors(), self._opened_to_append() as file:
            self._catch_up(file)
            file.truncate(self._offset)
            changed = alter(self._strategies)
            self._keep(file, changed)
            return changed

    def reset(self) -> None:
        """Forget all strategies, in this and all other processes.

        Raises:
            OSError: the folder cannot be written.
        """
        with self._lock, self._opened_to_append() as file:
            file.truncate(0)
            _append(file, {"reset": self._system.new_id()})

    def _read_only(self, request: Request) -> Answered:
        self._look()
        return self._simulator.reply_to(request).answer

    def _look(self) -> None:
        """Know what is stored now."""
        with suppress(FileNotFoundError), FileIO(self._file) as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            self._catch_up(file)
            return
        self._forget()

    def _changing(self, request: Request) -> Answered:
        with self._opened_to_append() as file:
            self._catch_up(file)
            file.truncate(self._offset)
            reply = self._simulator.reply_to(request)
            if reply.changed is not None:
                self._keep(file, (reply.changed,))
            return reply.answer

    def _keep(self, file: FileIO, changed: tuple[SimulatedStrategy, ...]) -> None:
        self._offset += _append(file, *map(_event, changed))
        self._strategies.update({item.id: item for item in changed})

    def _opened_to_append(self) -> FileIO:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        file = FileIO(self._file, "a+")
        fcntl.flock(file, fcntl.LOCK_EX)
        return file

    def _catch_up(self, file: FileIO) -> None:
        """Take in the lines that others wrote; a torn last line is left out."""
        head = os.pread(file.fileno(), _HEAD_BYTES, 0)
        if head != self._head:
            self._forget()
            self._head = head if b"\n" in head or len(head) == _HEAD_BYTES else b""
        file.seek(self._offset)
        for line in file.read().split(b"\n")[:-1]:
            self._take(read_json(line))
            self._offset += len(line) + 1

    def _take(self, event: Json) -> None:
        strategy = _strategy(event)
        if strategy is not None:
            self._strategies[strategy.id] = strategy

    def _forget(self) -> None:
        self._strategies.clear()
        self._offset = 0

    @contextmanager
    def _as_storage_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(f"the sandbox at {self._file} cannot be used: {error.strerror}") from error
        except JsonFault as fault:
            raise StorageError(f"the sandbox at {self._file}: {_DAMAGED}", hint="volvenctl sandbox reset") from fault

    def _broken(self, request: Request, reason: str) -> Answered:
        at = moment_text(self._system.now())
        return error_answer(HTTPStatus.INTERNAL_SERVER_ERROR, at, request.path, f"sandbox: {reason}")


def _only_reads(request: Request) -> bool:
    return request.method == "GET" or request.path.startswith(FIND_PATH)


def _append(file: FileIO, *events: JsonObject) -> int:
    """Write a line for each event, in one go; return their length."""
    lines = b"".join(json_text(event).encode() + b"\n" for event in events)
    if file.write(lines) != len(lines):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return len(lines)


def _event(strategy: SimulatedStrategy) -> JsonObject:
    return {
        "id": strategy.id,
        "version": strategy.version,
        "changedAt": strategy.changed_at,
        "status": strategy.status,
        "request": strategy.request,
    }


def _strategy(event: Json) -> SimulatedStrategy | None:
    """Return the strategy of one line; None for the line that a reset leaves.

    Raises:
        JsonFault: the line is neither.
    """
    match event:
        case {"reset": str()}:
            return None
        case {
            "id": str(identifier),
            "version": int(version),
            "changedAt": str(changed_at),
            "status": str(status),
            "request": Mapping() as request,
        } if status in {*STATUSES, REMOVED}:
            return SimulatedStrategy(StrategyId(identifier), version, changed_at, status, request)
        case _:
            raise JsonFault("a line of the sandbox is no event")
