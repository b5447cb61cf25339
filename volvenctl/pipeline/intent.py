"""A request that is about to be announced and sent: what the ledger says of it before anything leaves."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from volvenctl.core.capital import notional_facts
from volvenctl.core.classify import classify, classify_action
from volvenctl.model.names import AttemptId, Json, JsonObject, StrategyId, StrategyName
from volvenctl.model.outcome import Action, Answer, Outcome, Request
from volvenctl.model.plan import Create, Pause, Replace, RunStateChange, Source, Start, Stop
from volvenctl.model.record import Draft
from volvenctl.model.spec import StrategySpec
from volvenctl.ports import System
from volvenctl.wire.exact_json import digest_of_text, json_text

SEND_WITHIN_S = 5.0
"""A request leaves within this long after its record, by a clock that counts suspension."""

_ACTIONS: Mapping[type[RunStateChange], Action] = {Start: "start", Pause: "pause", Stop: "stop"}


@dataclass(frozen=True, slots=True)
class Letter:
    """One request of a step, before it has an attempt."""

    name: StrategyName
    source: Source
    request: Request
    action: Action | None
    """None: a launch."""
    facts: JsonObject
    """What its record says beside what every attempt's says."""

    def judge(self, answer: Answer, known_ids: Collection[StrategyId]) -> Outcome:
        """Return what `answer` proves; a launch's new id is none of `known_ids`."""
        if self.action is None:
            return classify(answer, known_ids)
        return classify_action(answer, self.action, StrategyId(str(self.facts["strategyId"])))


@dataclass(frozen=True, slots=True)
class Intent:
    """A letter with its attempt."""

    letter: Letter
    attempt_id: AttemptId
    draft: Draft


def launch_letter(step: Create | Replace, spec: StrategySpec) -> Letter:
    """Return the request that launches a spec."""
    facts: dict[str, Json] = launch_facts(spec)
    if isinstance(step, Replace):
        facts["replaces"] = step.strategy_id
    return Letter(step.name, step.source, step.request, None, facts)


def launch_facts(spec: StrategySpec) -> dict[str, Json]:
    """Return what the ledger keeps of a spec that is launched or adopted."""
    return {
        "strategyType": spec.strategy_type,
        "accountIds": list(spec.account_ids),
        "specDigest": spec.digest,
        "notional": notional_facts(spec.notionals),
        "runState": spec.run_state,
        "protect": spec.protect,
        "labels": dict(spec.labels),
    }


def adoption_facts(spec: StrategySpec, run_state: str) -> dict[str, Json]:
    """Return what the ledger keeps of a spec whose strategy was launched by somebody else."""
    return {**launch_facts(spec), "body": json_text(spec.request), "runState": run_state}


def action_letter(step: RunStateChange) -> Letter:
    """Return the request that starts, pauses or stops a strategy."""
    return Letter(step.name, step.source, step.request, _ACTIONS[type(step)], {"strategyId": step.strategy_id})


def stop_letter(step: Replace) -> Letter:
    """Return the request that stops what is to be replaced."""
    return Letter(step.name, step.source, step.stop, "stop", {"strategyId": step.strategy_id})


def make_intent(letter: Letter, common: JsonObject, timeout_s: int, system: System) -> Intent:
    """Return the letter with a new attempt; `common` is what every record of the run says."""
    attempt_id = AttemptId(system.new_id())
    request = letter.request
    facts: JsonObject = {
        "name": letter.name,
        "attemptId": attempt_id,
        **common,
        "action": letter.action or "create",
        "method": request.method,
        "path": request.path,
        "body": request.body,
        "bodyDigest": digest_of_text(request.body),
        **letter.facts,
        "source": {"file": letter.source.file, "line": letter.source.line},
        "timeoutSeconds": timeout_s,
    }
    return Intent(letter, attempt_id, Draft("attempt.started", facts))
