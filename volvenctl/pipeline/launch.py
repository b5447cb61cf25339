"""Carries launches out, at most N at a time: record durable, request, outcome durable, next."""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from volvenctl.core.capital import notional_facts
from volvenctl.core.classify import classify
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
        while (create := self._next()) is not None:
            try:
                result = self._launch(create)
            except VolvenctlError as error:
                self._is_stopped = True
                self.failure = self.failure or error
                return
            with self._guard:
                self._results[create.name] = result
            self._audience.finished(result)

    def _next(self) -> Create | None:
        with self._guard:
            return None if self._is_stopped else next(self._queue, None)

    def _launch(self, create: Create) -> ActionResult:
        result = self._attempt(create)
        sends = 1
        while isinstance(result.outcome, NotSent) and result.outcome.retry_after_s is not None:
            if sends == _MOST_SENDS or not self._wait(result.outcome.retry_after_s):
                break
            result = self._attempt(create)
            sends += 1
        return result

    def _attempt(self, create: Create) -> ActionResult:
        """Send once. What was learned is durable when this returns, or kept in a recovery file."""
        attempt_id = AttemptId(self._world.system.new_id())
        not_after = self._world.system.clock() + SEND_WITHIN_S
        self._journal.announce(self._announcement(create, attempt_id))
        self._audience.started(create.name)
        answer = self._world.platform.send(create.request, attempt_id, not_after)
        with self._guard:
            outcome = classify(answer, self._known)
            if isinstance(outcome, Succeeded):
                self._known.add(outcome.strategy_id)
        if isinstance(outcome, Unknown) and not self._orders.keep_going:
            self._is_stopped = True
        if isinstance(outcome, Refused) and outcome.stops_run:
            self._is_stopped = True
        stored = self._report(create, attempt_id, outcome)
        return ActionResult(create.name, "create", stored, attempt_id, self._located(create, outcome))

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

    def _report(self, create: Create, attempt_id: AttemptId, outcome: Outcome) -> Outcome:
        draft = outcome_draft(create.name, attempt_id, self._orders.common, outcome)
        try:
            self._journal.report(draft)
        except VolvenctlError as error:
            where = self._world.ledger.save_recovery(attempt_id, {"type": draft.type, "data": draft.data})
            self._is_stopped = True
            self._audience.notice(f"{create.name}: the result could not be stored ({error.message}); it is in {where}")
            return Unknown(f"its result could not be stored in the ledger; it was written to {where}")
        return outcome

    def _wait(self, seconds: float) -> bool:
        """Wait, and return whether the run still goes on."""
        until = self._world.system.clock() + seconds
        while not self._is_stopped and (left := until - self._world.system.clock()) > 0:
            self._world.system.sleep(min(left, _SLICE_S))
        return not self._is_stopped

    def _located(self, create: Create, outcome: Outcome) -> tuple[LocatedFault, ...]:
        if not isinstance(outcome, Refused):
            return ()
        return tuple(_locate(self._orders.specs[create.name], fault) for fault in outcome.faults)


def outcome_draft(name: StrategyName, attempt_id: AttemptId, common: JsonObject, outcome: Outcome) -> Draft:
    """Return the record that keeps `outcome`."""
    who: JsonObject = {"name": name, "attemptId": attempt_id, **common}
    match outcome:
        case Succeeded(strategy_id):
            return Draft("attempt.succeeded", {**who, "strategyId": strategy_id})
        case Refused(status, faults):
            errors = [{"field": item.field, "description": item.description} for item in faults]
            return Draft("attempt.refused", {**who, "status": status, "errors": errors})
        case NotSent(reason):
            return Draft("attempt.not-sent", {**who, "reason": reason})
        case Unknown(reason):
            return Draft("attempt.unknown", {**who, "reason": reason})


def _locate(spec: StrategySpec, fault: FieldFault) -> LocatedFault:
    """Return the fault at the line of its field; at the start of the spec where the field is not in it."""
    path: JsonPath = ("spec", *fault.field.split(".")) if fault.field else ("spec",)
    return LocatedFault(spec.document.place_of(path), path_text(path), fault)
