"""Carries launches out, at most N at a time: record durable, request, outcome durable, next."""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from volvenctl.core.capital import notional_facts
from volvenctl.core.classify import classify
from volvenctl.core.record import outcome_draft
from volvenctl.errors import VolvenctlError
from volvenctl.model.names import AttemptId, Json, JsonObject, JsonPath, StrategyId, StrategyName, path_text
from volvenctl.model.outcome import FieldFault, NotSent, Outcome, Refused, Succeeded, Unknown
from volvenctl.model.plan import Create
from volvenctl.model.record import Draft
from volvenctl.model.report import ActionResult, LocatedFault
from volvenctl.model.spec import StrategySpec
from volvenctl.pipeline.journal import Journal
from volvenctl.ports import Audience, World
from volvenctl.wire.exact_json import digest_of_text

SEND_WITHIN_S = 5.0
"""A request leaves within this long after its record, by a clock that counts suspension."""

_MOST_SENDS = 5
"""How often a launch that is put off with 429 is sent in all."""

_SLICE_S = 0.5


@dataclass(frozen=True, slots=True)
class Orders:
    """What is to be launched, and how."""

    creates: tuple[Create, ...]
    specs: Mapping[StrategyName, StrategySpec]
    known_ids: frozenset[StrategyId]
    """Ids that cannot be new: of the ledger and of the snapshot."""
    common: JsonObject
    """What every record of this apply says: `planHash`, `apply`, `commit`."""
    parallelism: int
    keep_going: bool


@dataclass(frozen=True, slots=True)
class _Intent:
    """A request that is about to be announced and sent."""

    create: Create
    attempt_id: AttemptId
    draft: Draft
    not_after: float
    """By `System.clock()`; counted from before the record is stored, so that a suspension is never missed."""


@dataclass(frozen=True, slots=True)
class _Learned:
    """What became of a request."""

    intent: _Intent
    outcome: Outcome
    draft: Draft
    is_stored: bool = False
    """The draft is in the ledger, or in a recovery file."""


class Launcher:
    """One apply's launches. Thread-safe where workers meet: the next order, and the ids that were given out."""

    def __init__(self, world: World, journal: Journal, audience: Audience, orders: Orders) -> None:
        """Prepare; nothing is sent before `run`."""
        self._world = world
        self._journal = journal
        self._audience = audience
        self._orders = orders
        self._guard = threading.Lock()
        self._queue: Iterator[Create] = iter(orders.creates)
        self._known = set(orders.known_ids)
        self._results: dict[StrategyName, ActionResult] = {}
        self._is_stopped = False
        self.failure: VolvenctlError | None = None
        """Why the run could not go on, if that was no outcome."""

    def run(self) -> tuple[ActionResult, ...]:
        """Launch all; return one result for each, in the order of the plan."""
        workers = max(1, min(self._orders.parallelism, len(self._orders.creates)))
        with ThreadPoolExecutor(workers, thread_name_prefix="launch") as pool:
            running = [pool.submit(self._work) for _ in range(workers)]
            for worker in running:
                worker.result()
        return tuple(
            self._results.get(item.name, ActionResult(item.name, "create", None)) for item in self._orders.creates
        )

    def stop(self, within_s: float) -> None:
        """Start nothing new, and give what is in flight this much longer."""
        self._is_stopped = True
        self._world.platform.hurry(within_s)

    def _work(self) -> None:
        """Send one order after the other; each outcome is stored together with the start of the next."""
        learned: _Learned | None = None
        is_ended = False
        try:
            while (create := self._next()) is not None:
                intent = self._intent(create)
                self._begin(intent, learned)
                learned = self._send(intent)
            if learned is not None:
                self._finish(self._stored(learned))
            is_ended = True
        except VolvenctlError as error:
            self.failure = self.failure or error
        finally:
            if not is_ended:  # whatever it was, bugs included: the others start nothing new
                self._is_stopped = True

    def _next(self) -> Create | None:
        with self._guard:
            return None if self._is_stopped else next(self._queue, None)

    def _intent(self, create: Create) -> _Intent:
        attempt_id = AttemptId(self._world.system.new_id())
        not_after = self._world.system.clock() + SEND_WITHIN_S
        return _Intent(create, attempt_id, self._announcement(create, attempt_id), not_after)

    def _begin(self, intent: _Intent, learned: _Learned | None) -> None:
        """Make `intent` durable, and with it what was learned last.

        Raises:
            VolvenctlError: the intent may not be durable and may not be sent. What was learned is kept all the same.
        """
        if learned is None or learned.is_stored:
            self._journal.announce(intent.draft)
            refused = None
        else:
            lost, refused = self._journal.turn(learned.draft, intent.draft)
            learned = self._kept(learned, lost)
        if learned is not None:
            self._finish(learned)
        if refused is not None:
            raise refused

    def _send(self, intent: _Intent) -> _Learned:
        """Send; what is put off with 429 is waited for and sent again, as a new attempt, a few times."""
        learned = self._sent(intent)
        for _ in range(_MOST_SENDS - 1):
            if not isinstance(learned.outcome, NotSent) or learned.outcome.retry_after_s is None:
                break
            learned = self._stored(learned)
            if not self._wait(learned.outcome.retry_after_s if isinstance(learned.outcome, NotSent) else None):
                break
            intent = self._intent(intent.create)
            self._journal.announce(intent.draft)
            learned = self._sent(intent)
        return learned

    def _sent(self, intent: _Intent) -> _Learned:
        """Send once, and stop the run if what came back says so."""
        self._audience.started(intent.create.name)
        answer = self._world.platform.send(intent.create.request, intent.attempt_id, intent.not_after)
        with self._guard:
            outcome = classify(answer, self._known)
            if isinstance(outcome, Succeeded):
                self._known.add(outcome.strategy_id)
        if isinstance(outcome, Unknown) and not self._orders.keep_going:
            self._is_stopped = True
        if isinstance(outcome, Refused) and outcome.stops_run:
            self._is_stopped = True
        draft = outcome_draft(intent.create.name, intent.attempt_id, self._orders.common, outcome)
        return _Learned(intent, outcome, draft)

    def _stored(self, learned: _Learned) -> _Learned:
        if learned.is_stored:
            return learned
        try:
            self._journal.report(learned.draft)
        except VolvenctlError as error:
            return self._kept(learned, error)
        return self._kept(learned, None)

    def _kept(self, learned: _Learned, error: VolvenctlError | None) -> _Learned:
        """Return what was learned as stored; in a recovery file if the ledger did not take it, and then unknown."""
        if error is None:
            return replace(learned, is_stored=True)
        self._is_stopped = True
        document: JsonObject = {"type": learned.draft.type, "data": learned.draft.data}
        where = self._world.ledger.save_recovery(learned.intent.attempt_id, document)
        name = learned.intent.create.name
        self._audience.notice(f"{name}: the result could not be stored ({error.message}); it is in {where}")
        outcome = Unknown(f"its result could not be stored in the ledger; it was written to {where}")
        return replace(learned, outcome=outcome, is_stored=True)

    def _finish(self, learned: _Learned) -> None:
        """Keep the result for the report and tell the audience; it is durable already."""
        create, outcome = learned.intent.create, learned.outcome
        faults = outcome.faults if isinstance(outcome, Refused) else ()
        located = tuple(_locate(self._orders.specs[create.name], fault) for fault in faults)
        result = ActionResult(create.name, "create", outcome, learned.intent.attempt_id, located)
        with self._guard:
            self._results[create.name] = result
        self._audience.finished(result)

    def _announcement(self, create: Create, attempt_id: AttemptId) -> Draft:
        spec = self._orders.specs[create.name]
        facts: dict[str, Json] = {
            "name": create.name,
            "attemptId": attempt_id,
            **self._orders.common,
            "action": "create",
            "method": create.request.method,
            "path": create.request.path,
            "body": create.request.body,
            "bodyDigest": digest_of_text(create.request.body),
            "strategyType": spec.strategy_type,
            "accountIds": list(spec.account_ids),
            "specDigest": spec.digest,
            "notional": notional_facts(spec.notionals),
            "runState": spec.run_state,
            "source": {"file": create.source.file, "line": create.source.line},
            "timeoutSeconds": self._world.environment.api.timeout_s,
        }
        return Draft("attempt.started", facts)

    def _wait(self, seconds: float | None) -> bool:
        """Wait, and return whether the run still goes on; None: it does not."""
        if seconds is None:
            return False
        until = self._world.system.clock() + seconds
        while not self._is_stopped and (left := until - self._world.system.clock()) > 0:
            self._world.system.sleep(min(left, _SLICE_S))
        return not self._is_stopped


def _locate(spec: StrategySpec, fault: FieldFault) -> LocatedFault:
    """Return the fault at the line of its field; at the start of the spec where the field is not in it."""
    path: JsonPath = ("spec", *fault.field.split(".")) if fault.field else ("spec",)
    return LocatedFault(spec.document.place_of(path), path_text(path), fault)
