"""One request on its way: when it has to end, whether a first byte may have left, and how to cut it short.

The exchange runs on a thread of its own while the caller waits with a total deadline. That is needed because an
HTTP client's time-outs are per read (an answer that drips one byte a second never ends) and because nothing
can interrupt a name lookup. To cut an exchange short, its sockets are shut down through duplicates: wrapping
a connection in TLS detaches the original socket object, a duplicate stays valid.
"""

import math
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from socket import SHUT_RDWR, socket
from typing import Any

from volvenctl.adapters.parallel import LANES, Lanes
from volvenctl.model.outcome import Answer, NoAnswer

_GRACE_S = 0.5
"""How long an exchange that was cut short may take to notice."""
_CONNECT = frozenset({b"CONNECT", "CONNECT"})


class TooLateError(Exception):
    """Nothing was sent, and nothing may be sent any more."""


class Flight:
    """A request that is sent at most once, under a total deadline. All methods may be called from any thread."""

    def __init__(
        self, clock: Callable[[], float], timeout_s: float, not_after: float = math.inf, lanes: Lanes = LANES
    ) -> None:
        """Start the total deadline now; allow the first byte to leave until `not_after` by `clock`."""
        self._lanes = lanes
        self.sending_began = False
        """Whether a first byte of the request may have left."""
        self._clock = clock
        self._why_ended = f"no complete answer within {timeout_s:.3g} s"
        self._deadline = clock() + timeout_s
        self._not_after = not_after
        self._answer: Answer | None = None
        self._sockets: list[socket] = []
        self._why_cut = ""
        self._why_held = ""
        self._changed = threading.Condition()

    @property
    def left_s(self) -> float:
        """Seconds until the deadline; at least a millisecond."""
        return max(self._deadline - self._clock(), 0.001)

    def run(self, exchange: Callable[[], Answer]) -> Answer:
        """Return what `exchange` returns, or at the deadline that there was no answer.

        When this returns or raises, `exchange` can no longer send a first byte.
        """
        try:
            self._lanes.start(partial(self._work, exchange))
            with self._changed:
                while self._answer is None and self._clock() < self._deadline:
                    self._changed.wait(self.left_s)
                self._cut(self._why_ended)
                self._changed.wait_for(lambda: self._answer is not None, _GRACE_S)
                return self._answer or self.no_answer("DeadlineExceeded", "")
        except RuntimeError as error:  # the system has no thread left
            return NoAnswer("NotStarted", str(error), self.sending_began)
        finally:
            self.cut("the request was given up")

    def trace(self, event: str, details: Mapping[str, Any]) -> None:
        """Follow the exchange: called by the HTTP client at each of its steps.

        Raises:
            TooLateError: the step may not be taken; the request was not sent.
        """
        if event.endswith(".connect_tcp.complete"):
            self._hold(details["return_value"].get_extra_info("socket"))
        elif event == "http11.send_request_headers.started" and details["request"].method not in _CONNECT:
            self._begin_sending()

    def hurry(self, within_s: float) -> None:
        """Move the deadline to at most `within_s` from now; nothing begins to be sent any more."""
        with self._changed:
            self._deadline = min(self._deadline, self._clock() + within_s)
            self._why_held = self._why_ended = "the run is being ended"
            self._changed.notify_all()

    def cut(self, why: str) -> None:
        """Shut the connection down; what has not begun to be sent will not be."""
        with self._changed:
            self._cut(why)

    def no_answer(self, error: str, detail: str) -> NoAnswer:
        """Return that there was no answer, with our own reason where it was we who ended it."""
        if not self._why_cut:
            return NoAnswer(error, detail, self.sending_began)
        return NoAnswer("DeadlineExceeded" if self.sending_began else "TooLate", self._why_cut, self.sending_began)

    def _work(self, exchange: Callable[[], Answer]) -> None:
        try:
            answer = exchange()
        finally:
            with self._changed:
                while self._sockets:
                    self._sockets.pop().close()
        with self._changed:
            self._answer = answer
            self._changed.notify_all()

    def _hold(self, connected: socket) -> None:
        with self._changed:
            if not self._why_cut:
                self._sockets.append(connected.dup())
                return
        connected.close()
        raise TooLateError(self._why_cut)

    def _begin_sending(self) -> None:
        with self._changed:
            if why := self._why_cut or self._why_held:
                raise TooLateError(why)
            if self._clock() > min(self._not_after, self._deadline):
                raise TooLateError("the time in which it may be sent is over")
            self.sending_began = True

    def _cut(self, why: str) -> None:
        self._why_cut = self._why_cut or why
        for connection in self._sockets:
            with suppress(OSError):  # already closed by the other side
                connection.shutdown(SHUT_RDWR)
