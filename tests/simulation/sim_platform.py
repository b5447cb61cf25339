"""The platform as one run sees it, with all that a request may come to."""

import json

from simulation.market import LATER, NEXT

from volvenctl.errors import PlatformError
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.outcome import Answered, NoAnswer

REFUSED = Answered(422, b'{"errors":[]}', complete=True)
NO_ANSWER = NoAnswer("ReadTimeout", "", sending_began=True)
ANSWERED = {
    "422": REFUSED,
    "401": Answered(401, b"{}", complete=True),
    "429": Answered(429, b"{}", complete=True, retry_after="1"),
    "500, nothing created": Answered(500, b"oops", complete=True),
    "time-out, nothing created": NO_ANSWER,
    "reset, nothing created": NoAnswer("ReadError", "", sending_began=True),
}
CREATED = {
    "500, created": Answered(500, b"oops", complete=True),
    "time-out, created": NO_ANSWER,
    "garbled 201, created": Answered(201, b'{"strategyId": "S-', complete=False),
    "reset, created": NoAnswer("ReadError", "", sending_began=True),
}
CREATED_LATE = {"time-out, created before the next run": NEXT, "time-out, created after the next run": LATER}
NOT_CONNECTED = "connection refused"
SEND_FAULTS = (*ANSWERED, *CREATED, *CREATED_LATE, NOT_CONNECTED)

IGNORED = {key: ANSWERED[key] for key in ("422", "401", "429")} | {"time-out, nothing done": NO_ANSWER}
ACCEPTED = Answered(202, b"", complete=True)
DONE = {
    "202, done later": ACCEPTED,
    "202, nothing done": ACCEPTED,
    "500, done": Answered(500, b"oops", complete=True),
    "time-out, done": NO_ANSWER,
    "time-out, done later": NO_ANSWER,
}
ACTION_FAULTS = (*IGNORED, *DONE, NOT_CONNECTED)
_ALIKE = {
    *("401", "500, nothing created", "reset, nothing created", "500, created", "reset, created", "500, done"),
    "time-out, created after the next run",
}
"""Outcomes that are taken like others, which the launches go through one by one."""
_MOST_FAULTY_LOOKS = 5
"""A run that waits for something looks often; later looks are all alike."""


class SimPlatform:
    """The platform as one run sees it."""

    def __init__(self, session):
        self.session = session
        self.market = session.scene.market
        self._looks = 0
        self._is_hurried = False

    def accounts(self):
        return ()

    def products(self, _exchanges):
        return ()

    def find(self):
        self.session.pause("find")
        event = self._fate_of_find()
        self._looks += 1
        self.session.looked = None
        if event == "error":
            raise PlatformError("find: no usable answer")
        if event == "a stranger launched before":
            self.market.launch()
        shown = self.market.before if event == "stale" else self.market.shown
        if event == "a stranger launches":
            self.market.launch()
        self.market.settle()
        self.session.looked = {item.id for item in shown}
        self.session.looked_at = self.session.view
        return tuple(map(self.live, shown))

    def live(self, item):
        """Return what `find` says of a strategy."""
        return LiveStrategy(item.id, None, {"status": item.state.upper()})

    def _fate_of_find(self):
        if self._looks >= _MOST_FAULTY_LOOKS:
            return "ok"
        stale = ("stale",) if self.market.before != self.market.shown else ()
        has_strangers = not self._is_brief
        before = ("a stranger launched before",) if has_strangers and not self._looks else ()
        stranger = ("a stranger launches",) if has_strangers else ()  # in later looks both are the same
        return self.session.draw("find", "ok", "error", *stale, *before, *stranger)

    @property
    def _is_brief(self):
        """Whether to leave out what the launches show already."""
        return self.session.scene.story.is_launched and not self.session.chance.is_thorough

    def _fate(self, normal, faults):
        chosen = tuple(item for item in faults if item not in _ALIKE) if self._is_brief else faults
        return self.session.draw("send", normal, *chosen)

    def send(self, request, attempt_id, not_after):
        self.session.pause("send")
        self.session.is_timed = False
        if self.session.scene.seconds > not_after:
            return NoAnswer("TooLate", "", sending_began=False)
        return self.exchange(request, attempt_id) if request.method == "POST" else self.ask(request, attempt_id)

    def exchange(self, request, attempt_id):
        """Send a create and return what comes back."""
        fate = self._fate("201", SEND_FAULTS)
        if fate == NOT_CONNECTED:
            return NoAnswer("ConnectError", "", sending_began=False)
        strategy_id = self._receive(json.loads(request.body), attempt_id, fate)
        if not self._waits_for_answer():
            return NO_ANSWER
        if fate != "201":
            return ANSWERED.get(fate) or CREATED.get(fate) or NO_ANSWER
        self.session.received[attempt_id] = strategy_id
        return Answered(201, json.dumps({"strategyId": strategy_id}).encode(), complete=True)

    def _receive(self, body, attempt_id, fate):
        self.session.has_sent()
        self.session.scene.invariants.at_arrival(body["tag"], attempt_id)
        self.session.scene.invariants.is_wanted(self.session, body)
        if fate in ANSWERED:
            return None
        state = "running" if body.get("autoRun", True) else "paused"
        return self.market.launch(
            body["tag"], attempt_id, CREATED_LATE.get(fate, 0), state=state, size=body.get("size")
        )

    def ask(self, request, attempt_id):
        """Send a start, pause or stop and return what comes back."""
        fate = self._fate("202", ACTION_FAULTS)
        if fate == NOT_CONNECTED:
            return NoAnswer("ConnectError", "", sending_began=False)
        *_, strategy_id, _, action = request.path.split("/")
        self.session.has_sent()
        self.session.scene.invariants.at_action(self.session, strategy_id, action, attempt_id)
        # without words for what it says the platform has to take repetitions, or no doubt about them would ever end
        is_possible = not self.session.scene.story.words or self.market.is_possible(strategy_id, action)
        if fate not in IGNORED and is_possible:
            is_late, is_forgotten = fate.endswith("done later"), fate == "202, nothing done"
            self.market.act(strategy_id, action, is_late=is_late, is_forgotten=is_forgotten)
        if not self._waits_for_answer():
            return NO_ANSWER
        if not is_possible and fate in {"202", "202, done later", "202, nothing done"}:
            return REFUSED
        return IGNORED.get(fate) or DONE.get(fate, ACCEPTED)

    def _waits_for_answer(self):
        """Return whether the run is still there for the answer, and has not been hurried too much to take it."""
        self.session.pause("the answer")
        events = ("given up after the signal",) if self._is_hurried else ()
        return not events or self.session.draw("the answer", "in time", *events) == "in time"

    def hurry(self, _within_s):
        self._is_hurried = True
