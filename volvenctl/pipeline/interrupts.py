"""SIGINT and SIGTERM while requests may be in flight: finish those, record them, start nothing new."""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

from volvenctl.errors import Exit

GRACE_S = 5.0
"""Requests in flight end within this long after the first signal."""

_SIGNALS = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED}


class Interrupts:
    """A guarded stretch of a run; the first signal asks it to stop, the second one ends the process."""

    def __init__(self, on_first: Callable[[float], None]) -> None:
        """Call `on_first` with the seconds that are left, once, when the first signal arrives."""
        self._on_first = on_first
        self._previous: dict[signal.Signals, object] = {}
        self.exits: set[Exit] = set()

    def __enter__(self) -> Self:
        """Take the signals over; only a main thread can."""
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back."""
        for number, previous in self._previous.items():
            signal.signal(number, previous)  # type: ignore[arg-type]

    def _stop(self, number: int, _: FrameType | None) -> None:
        self.exits = {_SIGNALS[signal.Signals(number)]}
        for other in _SIGNALS:
            signal.signal(other, signal.SIG_DFL)
        self._on_first(GRACE_S)
