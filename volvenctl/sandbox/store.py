"""The sandbox between commands: every change a line of an append-only file, shared safely by processes and threads."""

import errno
import fcntl
import os
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from io import FileIO
from pathlib import Path
from threading import Lock

from volvenctl.model.names import Json, JsonObject, StrategyId
from volvenctl.model.outcome import Answered, Request
from volvenctl.ports import System
from volvenctl.sandbox.market import simulated_market
from volvenctl.sandbox.simulator import STATUSES, SimulatedStrategy, Simulator, error_answer
from volvenctl.wire.exact_json import JsonFault, json_text, read_json
from volvenctl.wire.moments import moment_text
from volvenctl.wire.platform_api import FIND_PATH

_FILE = "sandbox.jsonl"
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
            return self._broken(request, f"{_FILE} is damaged: reset the sandbox")

    def reset(self) -> None:
        """Forget all strategies, in this and all other processes.

        Raises:
            OSError: the folder cannot be written.
        """
        with self._lock, self._opened_to_append() as file:
            file.truncate(0)
            _append(file, {"reset": self._system.new_id()})

    def _read_only(self, request: Request) -> Answered:
        with suppress(FileNotFoundError), FileIO(self._file) as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            self._catch_up(file)
            return self._simulator.reply_to(request).answer
        self._forget()
        return self._simulator.reply_to(request).answer

    def _changing(self, request: Request) -> Answered:
        with self._opened_to_append() as file:
            self._catch_up(file)
            file.truncate(self._offset)
            reply = self._simulator.reply_to(request)
            if reply.changed is not None:
                self._offset += _append(file, _event(reply.changed))
                self._strategies[reply.changed.id] = reply.changed
            return reply.answer

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

    def _broken(self, request: Request, reason: str) -> Answered:
        at = moment_text(self._system.now())
        return error_answer(HTTPStatus.INTERNAL_SERVER_ERROR, at, request.path, f"sandbox: {reason}")


def _only_reads(request: Request) -> bool:
    return request.method == "GET" or request.path.startswith(FIND_PATH)


def _append(file: FileIO, event: JsonObject) -> int:
    """Write one line; return its length."""
    line = json_text(event).encode() + b"\n"
    if file.write(line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return len(line)


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
        } if status in STATUSES:
            return SimulatedStrategy(StrategyId(identifier), version, changed_at, status, request)
        case _:
            raise JsonFault("a line of the sandbox is no event")
