"""Every interleaving of two runs of the tool, one port call at a time.

A run is deterministic: what it asks next depends only on the answers it got so far. So the search walks over pairs
of such histories; where it meets a history for the first time, it carries a run out with these answers, lets it
go on alone to its end, and remembers all its questions.
"""

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from fakes import FakeAudience, FakeSource
from simulation.disk import Disk
from simulation.invariants import folded
from simulation.market import Market
from simulation.scene import START, Scene, Wiring
from simulation.story import SimSpecs, launches

from volvenctl.errors import Conflict, LockHeldError, VolvenctlError
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.outcome import Answered
from volvenctl.model.record import GENESIS
from volvenctl.pipeline.apply import ApplyOptions, apply
from volvenctl.ports import World
from volvenctl.wire.exact_json import read_json

WRITERS = ("A", "B")


@dataclass(frozen=True)
class Reply:
    """What a call gave; equal keys stand for equal values."""

    key: object
    value: object = None
    error: VolvenctlError | None = None


class Moment:
    """A run after the answers so far: what it asks next, or its exit code."""

    __slots__ = ("after", "question", "replies")

    def __init__(self, replies=()):
        self.replies = replies
        self.question = None
        self.after = {}

    def then(self, reply):
        if reply.key not in self.after:
            self.after[reply.key] = Moment((*self.replies, reply))
        return self.after[reply.key]


class Script:
    """The ports of one run: first the answers of its history, then those of the world it is alone with."""

    def __init__(self, writer, moment, alone):
        self._writer = writer
        self._given = iter(moment.replies)
        self._alone = alone
        self._ids = 0
        self.moment = moment

    def ask(self, *question):
        reply = next(self._given, None)
        if reply is None:
            self.moment.question = question
            reply = self._alone(question)
            self.moment = self.moment.then(reply)
        if reply.error is not None:
            raise reply.error
        return reply.value

    def now(self):
        return START

    def clock(self):
        return 0.0

    def sleep(self, _seconds):
        raise AssertionError("there is nothing to wait for")

    def new_id(self):
        self._ids += 1
        return f"{self._writer}-{self._ids}"

    def actor(self):
        return {"user": self._writer}

    def accounts(self):
        return ()

    def products(self, _exchanges):
        return ()

    def find(self):
        return self.ask("find")

    def send(self, request, attempt_id, _not_after):
        self.ask("send", str(read_json(request.body)["tag"]), attempt_id)
        return self.ask("answer_of", attempt_id)

    def repair(self):
        return None

    def broken_lock(self):
        return None

    def recoveries(self):
        return ()

    def read(self, after):
        return self.ask("read", after)

    def append(self, expected, records):
        self.ask("append", expected, tuple(records))

    def read_state(self):
        return self.ask("read_state")

    def write_state(self, document):
        self.ask("write_state", document)

    @contextmanager
    def lock(self, _operation, _actor):
        self.ask("lock")
        yield
        self.ask("unlock")


@dataclass(frozen=True)
class Shared:
    """What both runs work on."""

    records: tuple = ()
    state: dict | None = None
    running: tuple = ()
    holder: str | None = None

    @cached_property
    def key(self):
        state = None if self.state is None else self.state["head"]
        return (self.head, state, tuple(item.attempt for item in self.running), self.holder)

    @property
    def head(self):
        return self.records[-1].hash if self.records else GENESIS


class Interleavings:
    """All ways in which two runs can get in each other's way."""

    def __init__(self, names, *, is_lock_broken):
        self.names = names
        self.is_lock_broken = is_lock_broken
        self.ends = Counter()
        """Exit codes of A and B, for each different pair of histories."""
        self.runs = 0
        """Runs of the tool that were carried out."""
        self._story = launches(*names)
        self._specs = SimSpecs(self._story.at(0))
        self._counts = {}
        self._ended = {}

    def count(self):
        """Return how many interleavings there are; each was followed to its end."""
        return self._count(Moment(), Moment(), Shared())

    @property
    def steps(self):
        return len(self._counts)

    def _count(self, first, second, shared):
        key = (first, second, shared.key)
        if key not in self._counts:
            codes = tuple(self._question(*item, shared) for item in zip(WRITERS, (first, second), strict=True))
            count = 0
            if isinstance(codes[0], tuple):
                reply, after = self._answer(WRITERS[0], codes[0], shared)
                count += self._count(first.then(reply), second, after)
            if isinstance(codes[1], tuple):
                reply, after = self._answer(WRITERS[1], codes[1], shared)
                count += self._count(first, second.then(reply), after)
            if not count:
                self._check_end(codes, shared)
            self._counts[key] = count or 1
        return self._counts[key]

    def _question(self, writer, moment, shared):
        """Return what the writer asks at this moment, or its exit code."""
        if moment.question is None:
            self._run(writer, moment, shared)
        return moment.question

    def _run(self, writer, moment, shared):
        """Let the writer go on alone from this moment to its end; return what both share then."""
        places = [shared]

        def alone(question):
            reply, after = self._answer(writer, question, places[-1])
            places.append(after)
            return reply

        self.runs += 1
        script = Script(writer, moment, alone)
        world = World(self._story.project, self._story.environment, self._specs, FakeSource(), script, script, script)
        try:
            code = int(apply(world, ApplyOptions(parallelism=1), FakeAudience()).exit)
        except VolvenctlError as error:
            code = int(error.exit)
        script.moment.question = code
        return places[-1]

    def _answer(self, writer, question, shared):
        """Return the reply to a port call, and what both share after it."""
        call, *facts = question
        if call in {"lock", "unlock"}:
            return self._lock(writer, call, shared)
        return getattr(self, f"_{call}")(shared, *facts)

    def _lock(self, writer, call, shared):
        if self.is_lock_broken:
            return Reply("ok"), shared
        if call == "unlock":
            return Reply("ok"), replace(shared, holder=None)
        if shared.holder is not None:
            return Reply("held", error=LockHeldError("the state is locked")), shared
        return Reply("ok"), replace(shared, holder=writer)

    def _read(self, shared, after):
        return Reply(("read", shared.head), list(shared.records[after:])), shared

    def _read_state(self, shared):
        return Reply(("state", shared.key[1]), shared.state), shared

    def _write_state(self, shared, document):
        return Reply("ok"), replace(shared, state=document)

    def _find(self, shared):
        ids = tuple(item.id for item in shared.running)
        return Reply(("find", ids), tuple(LiveStrategy(item, None, {}) for item in ids)), shared

    def _send(self, shared, name, attempt_id):
        market = Market(shared.running)
        self._scene(shared).invariants.at_arrival(name, attempt_id)
        market.launch(name, attempt_id)
        return Reply("ok"), replace(shared, running=tuple(market.running))

    def _answer_of(self, shared, attempt_id):
        strategy_id = Market(shared.running).of_attempt(attempt_id).id
        body = f'{{"strategyId": "{strategy_id}"}}'.encode()
        return Reply(strategy_id, Answered(201, body, complete=True)), shared

    def _append(self, shared, expected, records):
        if len(shared.records) != expected or records[0].prev != shared.head:
            return Reply("conflict", error=Conflict("another writer was here")), shared
        return Reply("ok"), replace(shared, records=(*shared.records, *records))

    def _scene(self, shared):
        disk = Disk()
        disk.records, disk.synced, disk.state = list(shared.records), len(shared.records), shared.state
        return Scene(self._story, Wiring(), disk, Market(shared.running))

    def _check_end(self, codes, shared):
        """Both runs have ended: nothing was done twice, nothing is lost, and the next run does what is left."""
        self.ends[codes] += 1
        if shared.key in self._ended:
            return
        self._ended[shared.key] = True
        self._scene(shared).invariants.at_rest()
        self._check_one_each(shared)
        moment = Moment()
        after = self._run("C", moment, replace(shared, holder=None))
        self._check_one_each(after)
        assert sorted(item.spec for item in after.running) == sorted(self.names)

    def _check_one_each(self, shared):
        """What runs is what the ledger says, one strategy for each spec, and nothing is open."""
        state = folded(list(shared.records))
        running = {item.spec: item.id for item in shared.running}
        assert len(running) == len(shared.running)
        assert {name: item.strategy_id for name, item in state.strategies.items()} == running
        assert not state.attempts
