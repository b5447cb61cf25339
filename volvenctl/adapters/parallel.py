"""Several calls at once, on threads that never keep the program from ending."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TypeVar

from volvenctl.errors import VolvenctlError

_Value = TypeVar("_Value")


_IDLE_S = 5.0
"""How long a lane waits for more work before it ends."""


class Lanes:
    """Daemon threads for work that may hang: used again when it ends, left behind when it does not."""

    def __init__(self) -> None:
        """Start none yet."""
        self._idle: list[SimpleQueue[Callable[[], None]]] = []
        self._lock = Lock()

    def start(self, job: Callable[[], None]) -> None:
        """Run `job` at once, beside the caller.

        Raises:
            RuntimeError: the system has no thread left; `job` will not run.
        """
        with self._lock:
            lane = self._idle.pop() if self._idle else None
        if lane is None:
            lane = SimpleQueue()
            Thread(target=self._serve, args=(lane,), daemon=True).start()
        lane.put(job)

    def _serve(self, lane: SimpleQueue[Callable[[], None]]) -> None:
        while True:
            try:
                job = lane.get(timeout=_IDLE_S)
            except Empty:
                with self._lock:
                    if lane in self._idle:
                        self._idle.remove(lane)
                        return
                continue
            job()
            with self._lock:
                self._idle.append(lane)


LANES = Lanes()
"""Those of this process."""


def results_of(calls: Sequence[Callable[[], _Value]], most_threads: int) -> list[_Value]:
    """Return what each call returns, in their order.

    The threads are daemons: an interrupt ends the wait at once, whatever the calls are still waiting for.

    Raises:
        VolvenctlError: the first one, in the order of the calls; all calls have ended.
    """
    results: dict[int, _Value | VolvenctlError] = {}
    waiting: SimpleQueue[tuple[int, Callable[[], _Value]]] = SimpleQueue()
    for item in enumerate(calls):
        waiting.put(item)

    def work() -> None:
        with suppress(Empty):
            while True:
                number, call = waiting.get_nowait()
                try:
                    results[number] = call()
                except VolvenctlError as error:
                    results[number] = error

    threads = [Thread(target=work, daemon=True) for _ in range(min(most_threads, len(calls)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [_value(results[number]) for number in range(len(calls))]


def _value(result: _Value | VolvenctlError) -> _Value:
    if isinstance(result, VolvenctlError):
        raise result
    return result
