"""Carries a plan's requests out, at most N steps at a time: record durable, request, outcome durable, next."""

import gc
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from volvenctl.core.decide_managed import REPLACE_WAIT_S
from volvenctl.core.record import outcome_draft
from volvenctl.errors import VolvenctlError
from volvenctl.model.names import JsonObject, JsonPath, StrategyId, StrategyName, path_text
from volvenctl.model.outcome import Accepted, FieldFault, NotSent, Outcome, Refused, Succeeded, Unknown
from volvenctl.model.plan import Create, Pause, Replace, RunStateChange, Start, Stop, action_word
from volvenctl.model.record import Draft
from volvenctl.model.report import ActionResult, LocatedFault
from volvenctl.model.spec import StrategySpec
from volvenctl.pipeline.effect import is_shown, looking
from volvenctl.pipeline.intent import (
    SEND_WITHIN_S,
    Intent,
    Letter,
    action_letter,
    launch_letter,
    make_intent,
    stop_letter,
)
from volvenctl.pipeline.journal import Journal
from volvenctl.ports import Audience, World

_MOST_SENDS = 5
"""How often a request that is put off with 429 is sent in all."""

_MOST_ASKS = 3
"""How often an action whose outcome is unknown is sent in all: by its id it is the same every time."""

_ASK_AGAIN_S = 1.0
_SLICE_S = 0.5

Sent: TypeAlias = Create | RunStateChange | Replace
"""A step that sends something."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What is to be sent, and how."""

    steps: tuple[Sent, ...]
    specs: Mapping[StrategyName, StrategySpec]
    known_ids: frozenset[StrategyId]
    """Ids that cannot be new: of the ledger and of the snapshot."""
    common: JsonObject
    """What every record of this apply says: `planHash`, `apply`, `commit`."""
    parallelism: int
    keep_going: bool


@dataclass(frozen=True, slots=True)
class _Learned:
    """What became of a request."""

    step: Sent
    intent: Intent
    outcome: Outcome
    draft: Draft
    is_stored: bool = False
    """The draft is in the ledger, or in a recovery file."""


class Launcher:
    """One apply's requests. Thread-safe where workers meet: the next order, and the ids that were given out."""

    def __init__(self, world: World, journal: Journal, audience: Audience, orders: Orders) -> None:
        """Prepare; nothing is sent before `run`."""
        self._world = world
        self._journal = journal
        self._audience = audience
        self._orders = orders
        self._guard = threading.Lock()
        self._queue: Iterator[Sent] = iter(orders.steps)
        self._known = set(orders.known_ids)
        self._results: dict[StrategyName, ActionResult] = {}
        self._is_stopped = False
        self.failure: VolvenctlError | None = None
        """Why the run could not go on, if that was no outcome."""

    def run(self) -> tuple[ActionResult, ...]:
        """Carry all out; return one result for each, in the order of the plan."""
        workers = max(1, min(self._orders.parallelism, len(self._orders.steps)))
        gc.freeze()  # the plan outlives the launches: looking for garbage in it took a tenth of the time
        try:
            with ThreadPoolExecutor(workers, thread_name_prefix="launch") as pool:
                running = [pool.submit(self._work) for _ in range(workers)]
                for worker in running:
                    worker.result()
        finally:
            gc.unfreeze()
        return tuple(
            self._results.get(item.name, ActionResult(item.name, action_word(item), None))
            for item in self._orders.steps
        )

    def stop(self, within_s: float) -> None:
        """Start nothing new, and give what is in flight this much longer."""
        self._is_stopped = True
        self._world.platform.hurry(within_s)

    def _work(self) -> None:
        """Carry one step out after the other; each outcome is stored together with the start of the next."""
        learned: _Learned | None = None
        is_ended = False
        try:
            while (step := self._next()) is not None:
                learned = self._carry_out(step, learned)
            if learned is not None:
                self._finish(self._stored(learned))
            is_ended = True
        except VolvenctlError as error:
            self.failure = self.failure or error
        finally:
            if not is_ended:  # whatever it was, bugs included: the others start nothing new
                self._is_stopped = True

    def _next(self) -> Sent | None:
        with self._guard:
            return None if self._is_stopped else next(self._queue, None)

    def _carry_out(self, step: Sent, before: _Learned | None) -> _Learned | None:
        """Return what became of `step`, None if nothing was sent for it any more.

        `before` is what was learned last, and is stored with the start of this step.
        """
        match step:
            case Create():
                return self._deliver(step, launch_letter(step, self._orders.specs[step.name]), before)
            case Start() | Pause() | Stop():
                return self._deliver(step, action_letter(step), before)
            case Replace():
                return self._replace(step, before)
            case _:
                assert_never(step)

    def _replace(self, step: Replace, before: _Learned | None) -> _Learned | None:
        """Stop the old strategy, wait until `find` shows it stopped, and only then launch the new one.

        After an interruption the old one may be shown stopped already: then there is nothing to stop.
        """
        if before is not None:  # looking takes time, and what was learned is stored before anything else happens
            self._finish(self._stored(before))
        launch = launch_letter(step, self._orders.specs[step.name])
        is_over = self._shows_stopped(step, 0)
        if self._has_stopped():
            return None
        if is_over:
            return self._deliver(step, launch, None)
        stopped = self._deliver(step, stop_letter(step), None)
        if not isinstance(stopped.outcome, Accepted):
            return stopped
        stopped = self._stored(stopped)
        if not isinstance(stopped.outcome, Accepted):
            return stopped
        self._remember(replace(stopped, outcome=NotSent(f"{step.strategy_id} was stopped, and nothing was launched")))
        if not self._shows_stopped(step, REPLACE_WAIT_S):
            ended = "before this run ended" if self._has_stopped() else f"within {REPLACE_WAIT_S} s"
            reason = f"find did not show {step.strategy_id} stopped {ended}, so nothing was launched"
            return replace(stopped, outcome=NotSent(reason))
        return self._deliver(step, launch, None)

    def _shows_stopped(self, step: Replace, within_s: float) -> bool:
        look = looking(self._world.platform, self._world.environment)
        wanted = {step.strategy_id: "stopped"}
        return is_shown(look, self._world.system, wanted, within_s, self._has_stopped)

    def _deliver(self, step: Sent, letter: Letter, before: _Learned | None) -> _Learned:
        """Announce and send; send again, as a new attempt, what is put off and what may be asked again."""
        intent = self._intent(letter)
        learned = self._sent(step, intent, self._begin(intent, before))
        for number in range(1, _MOST_SENDS):
            wait_s = _again_after_s(learned, number)
            if wait_s is None:
                break
            learned = self._stored(learned)
            self._remember(learned)
            if not self._wait(wait_s):
                break
            intent = self._intent(letter)
            learned = self._sent(step, intent, self._begin(intent, None))
        self._heed(learned.outcome)
        return learned

    def _intent(self, letter: Letter) -> Intent:
        return make_intent(letter, self._orders.common, self._world.environment.api.timeout_s, self._world.system)

    def _begin(self, intent: Intent, before: _Learned | None) -> float:
        """Make `intent` durable, and with it what was learned last; return by when its request has to leave.

        Raises:
            VolvenctlError: the intent may not be durable and may not be sent. What was learned is kept all the same.
        """
        is_new = before is not None and not before.is_stored
        turn = self._journal.turn(before.draft if before is not None and is_new else None, intent.draft)
        if before is not None:
            self._finish(self._kept(before, turn.lost) if is_new else before)
        if turn.refused is not None:
            raise turn.refused
        return turn.stamped_at + SEND_WITHIN_S

    def _sent(self, step: Sent, intent: Intent, not_after: float) -> _Learned:
        """Send once, until `not_after` by `System.clock()`, and return what that proved."""
        letter = intent.letter
        self._audience.started(letter.name)
        answer = self._world.platform.send(letter.request, intent.attempt_id, not_after)
        with self._guard:
            outcome = letter.judge(answer, self._known)
            if isinstance(outcome, Succeeded):
                self._known.add(outcome.strategy_id)
        draft = outcome_draft(letter.name, intent.attempt_id, self._orders.common, outcome)
        return _Learned(step, intent, outcome, draft)

    def _heed(self, outcome: Outcome) -> None:
        """Stop the run if an outcome says so."""
        is_doubt = isinstance(outcome, Unknown) and not self._orders.keep_going
        if is_doubt or (isinstance(outcome, Refused) and outcome.stops_run):
            self._is_stopped = True

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
        name = learned.step.name
        self._audience.notice(f"{name}: the result could not be stored ({error.message}); it is in {where}")
        outcome = Unknown(f"its result could not be stored in the ledger; it was written to {where}")
        return replace(learned, outcome=outcome, is_stored=True)

    def _finish(self, learned: _Learned) -> None:
        """Keep the result for the report and tell the audience; it is durable already."""
        self._audience.finished(self._remember(learned))

    def _remember(self, learned: _Learned) -> ActionResult:
        """Keep the result for the report, even if the run cannot go on from here."""
        step, outcome = learned.step, learned.outcome
        faults = outcome.faults if isinstance(outcome, Refused) else ()
        located = tuple(_locate(self._orders.specs[step.name], fault) for fault in faults)
        result = ActionResult(step.name, action_word(step), outcome, learned.intent.attempt_id, located)
        with self._guard:
            self._results[step.name] = result
        return result

    def _has_stopped(self) -> bool:
        return self._is_stopped

    def _wait(self, seconds: float) -> bool:
        """Wait, and return whether the run still goes on."""
        until = self._world.system.clock() + seconds
        while not self._is_stopped and (left := until - self._world.system.clock()) > 0:
            self._world.system.sleep(min(left, _SLICE_S))
        return not self._is_stopped


def _again_after_s(learned: _Learned, times_sent: int) -> float | None:
    """Return how long to wait before the same is sent again; None: it is not."""
    match learned.outcome:
        case NotSent(retry_after_s=wait_s):
            return wait_s
        case Unknown() if learned.intent.letter.action is not None and times_sent < _MOST_ASKS:
            return _ASK_AGAIN_S
        case _:
            return None


def _locate(spec: StrategySpec, fault: FieldFault) -> LocatedFault:
    """Return the fault at the line of its field; at the start of the spec where the field is not in it."""
    path: JsonPath = ("spec", *fault.field.split(".")) if fault.field else ("spec",)
    return LocatedFault(spec.document.place_of(path), path_text(path), fault)
