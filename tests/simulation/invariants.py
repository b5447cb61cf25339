"""What must hold whatever happens, judged by the simulated platform's own truth."""

from collections import Counter
from datetime import timedelta

from volvenctl.core.fold import fold
from volvenctl.errors import Exit
from volvenctl.model.outcome import Accepted, Noted, Succeeded
from volvenctl.model.state import State
from volvenctl.wire.exact_json import digest_of
from volvenctl.wire.ledger_v1 import record_document
from volvenctl.wire.moments import read_moment
from volvenctl.wire.state_v1 import read_state

SEND_WITHIN = timedelta(seconds=5)


class Violation(AssertionError):  # noqa: N818 - a finding of the simulation
    """An invariant does not hold."""


class _Cache(dict):
    """Results by digest. What was looked at is kept with them: only the very same object is not looked at again."""

    def of(self, digest, thing, make):
        if len(self) > 100_000:
            self.clear()
        known = self.get(digest)
        if known is None or known[0] is not thing:
            known = self[digest] = (thing, make())
        return known[1]


_FOLDED = _Cache()
_READ = _Cache()


def _is_sound(record):
    """Check the record's own hash."""
    content = {key: item for key, item in record_document(record).items() if key != "hash"}
    return digest_of(content) == record.hash


def folded(records):
    """Return the state after all records, whose chain is checked on the way."""
    if not records:
        return State()
    last = records[-1]
    return _FOLDED.of(last.hash, last, lambda: fold(folded(records[:-1]), last))


def state_of(document):
    """Return what the state file says; None if it is damaged."""
    return _READ.of(document["digest"], document, lambda: read_state(document)) if "digest" in document else None


class Invariants:
    """The checks of one scene; each names the invariant that is broken."""

    def __init__(self, scene):
        self._scene = scene
        self._was_durable = tuple(scene.disk.durable)
        self._was_serial = _serial(scene.disk.state)

    def require(self, rule, holds, sentence):
        if not holds:
            raise Violation(f"{rule}: {sentence}")

    def open_attempts(self):
        """Return the open attempts of the ledger as everybody sees it."""
        return folded(self._scene.disk.records).attempts

    def at_arrival(self, name, attempt_id):
        """A request reached the platform: check what a power loss at this instant would leave."""
        durable = self._scene.disk.durable
        state = folded(durable)
        mine = state.attempts.get(attempt_id)
        self.require("I10", mine is not None and mine.name == name, f"{name} is sent without a durable open attempt")
        age = self._scene.now() - read_moment(mine.started_at)
        self.require("B3", age <= SEND_WITHIN, f"{name} is sent {age} after its record")
        others = [item.id for item in state.attempts.values() if item.name == name and item.id != attempt_id]
        self.require("I5", not others, f"{name} is sent while its attempt {others} is open")
        known = state.strategies.get(name)
        replaced = None if known is None else self._scene.market.get(known.strategy_id)
        is_free = known is None or (known.strategy_id == mine.facts.get("replaces") and not replaced.is_live)
        self.require("I5", is_free, f"{name} is sent though it is launched")

    def is_wanted(self, session, body):
        """A create reached the platform: the run was told to launch just that, and saw nothing that it may be."""
        name = body["tag"]
        spec = next((item for item in session.git if item.name == name), None)
        wanted = spec is not None and spec.run_state in {"running", "paused"} and spec.size == body.get("size")
        self.require("G1", wanted, f"{name} is launched and git does not want that")
        state = folded(self._scene.disk.durable)
        judged = {item for absent in state.absent.values() for item in absent.seen} | state.known_ids
        seen = [item.id for item in self._scene.market.of_spec(name) if item.id in (session.looked or ())]
        unjudged = set(seen) - judged
        self.require("I1", not unjudged, f"{name} is launched beside {unjudged}, which were in sight")
        self._require_heeded(session)

    def at_action(self, session, strategy_id, action, attempt_id):
        """A start, pause or stop reached the platform: check what a power loss at this instant would leave."""
        item = self._scene.market.get(strategy_id)
        durable = self._scene.disk.durable
        state = folded(durable)
        mine = next((one for one in durable if one.data.get("attemptId") == attempt_id), None)
        self.require("I10", mine is not None, f"{action} of {item.spec} is sent without a durable record")
        announced = (mine.data["name"], mine.data["strategyId"], mine.data["action"])
        self.require("I7", announced == (item.spec, strategy_id, action), f"{announced} is sent to {strategy_id}")
        age = self._scene.now() - read_moment(mine.time)
        self.require("B3", age <= SEND_WITHIN, f"{action} of {item.spec} is sent {age} after its record")
        self.require("I5", state.open_attempt_of(item.spec) is None, f"{action} of {item.spec} beside an open attempt")
        spec = next((one for one in session.git if one.name == item.spec), None)
        self.require("G2", spec is not None and self._is_asked(spec, item, action), f"nobody asked to {action} {item}")
        self._require_heeded(session)

    def _is_asked(self, spec, item, action):
        """Return whether git asks for it: what is edited is stopped for its successor."""
        if action == "stop":
            return spec.run_state == "stopped" or spec.size != item.size
        return spec.run_state == {"start": "running", "pause": "paused"}[action] and spec.size == item.size

    def _require_heeded(self, session):
        late = session.sent_after_signal or 0  # what was on its way to be announced may still go out
        self.require("B4", late <= 1, f"{late} requests were sent after a signal")

    def at_rest(self):
        """No run is going on."""
        disk = self._scene.disk
        self._check_history(disk)
        state = folded(disk.records)
        self._check_one_per_spec(disk.records)
        self._check_known(state)
        self._check_owners(state)
        self._check_printed(disk.records)
        self._check_run_states(state)

    def _check_history(self, disk):
        same = tuple(disk.records[: len(self._was_durable)]) == self._was_durable
        self.require("I3", same, "records that were durable are gone")
        created = [item for item in disk.records if item.type == "ledger.created"]
        self.require("I3", len(created) <= 1 and disk.records[:1] == created, "the ledger began more than once")
        if disk.state is None:
            return
        known = state_of(disk.state)
        self.require("I4", known is not None, "the state file is damaged")
        serial = known.head.seq
        self.require("I3", self._was_serial <= serial <= len(disk.records), "the serial of the state file went back")
        self.require(
            "I6", serial == 0 or disk.records[serial - 1].hash == known.head.hash, "state is of another ledger"
        )

    def at_rest_once(self):
        """The checks that need to be made only once for states that are equal to later runs."""
        for record in self._scene.disk.records:
            self.require("I6", _is_sound(record), f"record {record.seq} does not match its hash")

    def _check_one_per_spec(self, records):
        """More than one only where a person declared the others absent, and the ledger says so."""
        absent = {item.data["attemptId"] for item in records if item.data.get("resolution") == "absent"}
        running = [item for item in self._scene.market.running if item.is_live and item.spec]
        live = Counter(item.spec for item in running if item.attempt not in absent)
        twice = sorted(name for name, count in live.items() if count > 1)
        self.require("I1", not twice, f"{twice} run twice")

    def _check_known(self, state):
        for item in self._scene.market.running:
            if item.spec is None or not item.is_live:
                continue
            launched = state.strategies.get(item.spec)
            is_known = launched is not None and launched.strategy_id == item.id
            is_open = item.attempt in state.attempts or item.attempt in state.absent
            self.require("I2", is_known or is_open, f"{item.id} of {item.spec} runs and nothing tells of it")

    def _check_owners(self, state):
        owners = {item.id: item.spec for item in self._scene.market.running}
        wrong = [name for name, item in state.strategies.items() if owners.get(item.strategy_id) != name]
        self.require("I7", not wrong, f"{wrong} have the id of something else")

    def _check_run_states(self, state):
        """What the ledger says to be certain is what the platform took last."""
        for entry in state.strategies.values():
            told = self._scene.market.get(entry.strategy_id).told
            certain = entry.run_state
            self.require("L1", certain in {None, told}, f"{entry.name} is {certain} in the ledger and was told {told}")

    def _check_printed(self, records):
        kept = {(item.data["name"], item.data["strategyId"]) for item in records if item.type == "attempt.succeeded"}
        lost = set(self._scene.printed) - kept
        self.require("I9", not lost, f"{lost} were printed as created and are not in the ledger")

    def after_error(self, session, error):
        """A run that ends with an error has sent nothing."""
        self.require("I8", not session.sent, f"a run that sent something ended with {error!r}")

    def after_report(self, session, report):
        """A run came to its end by itself."""
        state = folded(self._scene.disk.records[: session.view])
        self._check_exit(state, report)
        self._check_duplicates(session, report)
        stored = {item.data.get("strategyId") for item in self._scene.disk.records if item.type == "attempt.succeeded"}
        saved = [*self._scene.disk.recoveries.values(), *self._scene.stderr]
        stored |= {item["data"].get("strategyId") for item in saved}
        lost = set(session.received.values()) - stored
        self.require("R7", not lost, f"{lost} were received, and are kept nowhere")

    def _check_duplicates(self, session, report):
        """Where an attempt was declared absent, its spec launched again, and `find` shows both: exit 8."""
        state = folded(self._scene.disk.records[: session.looked_at])
        twice = {
            item.spec
            for item in self._scene.market.running
            if item.is_live and item.attempt in state.absent and item.spec in state.strategies
            if item.id in (session.looked or ())
        }
        self.require("I1", not twice or report.exit is Exit.DUPLICATE, f"{twice} run twice, exit {int(report.exit)}")

    def _check_exit(self, state, report):
        if report.exit is Exit.OK:
            done = all(self._is_done(state, item) for item in report.results)
            self.require("I8", done, "exit 0, and a planned action is not recorded as done")
        if state.attempts:
            codes = {Exit.UNKNOWN, Exit.DUPLICATE}
            self.require("I8", report.exit in codes, f"exit {int(report.exit)}, and an attempt is open")

    def _is_done(self, state, result):
        if isinstance(result.outcome, Accepted):
            accepted = (item for item in self._scene.disk.records if item.type == "action.accepted")
            return any(item.data["attemptId"] == result.attempt_id for item in accepted)
        if isinstance(result.outcome, Noted):
            noted = (item for item in self._scene.disk.records if item.type.startswith("strategy."))
            return any(item.data["strategyId"] == result.outcome.strategy_id for item in noted)
        if not isinstance(result.outcome, Succeeded) or result.name not in state.strategies:
            return False
        new, known = result.outcome.strategy_id, state.strategies[result.name].strategy_id
        is_replaced = new in state.known_ids and not self._scene.market.get(new).is_live
        return known == new or is_replaced


def _serial(document):
    known = None if document is None else state_of(document)
    return 0 if known is None else known.head.seq
