"""SIGINT and SIGTERM while requests may be in flight: finish those, record them, start nothing new."""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

from volvenctl.errors import Exit

GRACE_S = 5.0
"""Requests in flight end within this long after the first signal."""

_ECHO_S = 1.0
"""Wrappers pass a signal on that the whole group got anyway: a second one this soon is the first one again."""

_SIGNALS = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED}


class Interrupts:
    """A guarded stretch of a run; the first signal asks it to stop, a later one ends the process."""

    def __init__(self, on_first: Callable[[float], None], clock: Callable[[], float]) -> None:
        """Call `on_first` with the seconds that are left, once, when the first signal arrives."""
        self._on_first = on_first
        self._clock = clock
        self._first_at: float | None = None
        self._previous: dict[signal.Signals, object] = {}
        self.exits: set[Exit] = set()
        """What the signal says of the exit code; empty while none has come."""

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
        now = self._clock()
        if self._first_at is None:
            self._first_at = now
            self.exits = {_SIGNALS[signal.Signals(number)]}
            self._on_first(GRACE_S)
        elif now - self._first_at >= _ECHO_S:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
