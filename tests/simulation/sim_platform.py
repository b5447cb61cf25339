"""The platform as one run sees it, with all that a request may come to."""

import json

from simulation.market import LATER, NEXT

from volvenctl.errors import PlatformError
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.outcome import Answered, NoAnswer

ANSWERED = {
    "422": Answered(422, b'{"errors":[]}', complete=True),
    "401": Answered(401, b"{}", complete=True),
    "429": Answered(429, b"{}", complete=True, retry_after="1"),
    "500, nothing created": Answered(500, b"oops", complete=True),
    "time-out, nothing created": NoAnswer("ReadTimeout", "", sending_began=True),
    "reset, nothing created": NoAnswer("ReadError", "", sending_began=True),
}
CREATED = {
    "500, created": Answered(500, b"oops", complete=True),
    "time-out, created": NoAnswer("ReadTimeout", "", sending_began=True),
    "garbled 201, created": Answered(201, b'{"strategyId": "S-', complete=False),
    "reset, created": NoAnswer("ReadError", "", sending_began=True),
}
CREATED_LATE = {"time-out, created before the next run": NEXT, "time-out, created after the next run": LATER}
NOT_CONNECTED = "connection refused"
SEND_FAULTS = (*ANSWERED, *CREATED, *CREATED_LATE, NOT_CONNECTED)


class SimPlatform:
    """The platform as one run sees it."""

    def __init__(self, session):
        self.session = session
        self.market = session.scene.market
        self._has_looked = False

    def accounts(self):
        return ()

    def products(self, _exchanges):
        return ()

    def find(self):
        self.session.pause("find")
        stale = ("stale",) if self.market.before != self.market.shown else ()
        before = () if self._has_looked else ("a stranger launched before",)  # later that is the same as launches
        self._has_looked = True
        event = self.session.draw("find", "ok", "error", *stale, *before, "a stranger launches")
        self.session.looked = None
        if event == "error":
            raise PlatformError("find: no usable answer")
        if event == "a stranger launched before":
            self.market.launch()
        shown = self.market.before if event == "stale" else self.market.shown
        if event == "a stranger launches":
            self.market.launch()
        self.session.looked = {item.id for item in shown}
        self.session.looked_at = self.session.view
        return tuple(LiveStrategy(item.id, None, {}) for item in shown)

    def send(self, request, attempt_id, not_after):
        self.session.pause("send")
        self.session.is_timed = False
        if self.session.scene.seconds > not_after:
            return NoAnswer("TooLate", "", sending_began=False)
        return self.exchange(request, attempt_id)

    def exchange(self, request, attempt_id):
        """Send the request and return what comes back."""
        fate = self.session.draw("send", "201", *SEND_FAULTS)
        if fate == NOT_CONNECTED:
            return NoAnswer("ConnectError", "", sending_began=False)
        strategy_id = self._receive(json.loads(request.body)["tag"], attempt_id, fate)
        self.session.pause("the answer")
        if fate != "201":
            return ANSWERED.get(fate) or CREATED.get(fate) or NoAnswer("ReadTimeout", "", sending_began=True)
        self.session.received[attempt_id] = strategy_id
        return Answered(201, json.dumps({"strategyId": strategy_id}).encode(), complete=True)

    def _receive(self, name, attempt_id, fate):
        self.session.sent += 1
        self.session.scene.version += 1
        self.session.scene.invariants.at_arrival(name, attempt_id)
        if fate not in ANSWERED:
            return self.market.launch(name, attempt_id, CREATED_LATE.get(fate, 0))
        return None

    def hurry(self, _within_s):
        raise AssertionError("nobody sent a signal")
