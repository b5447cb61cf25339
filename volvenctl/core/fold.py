"""Every change of the state there is: the ledger's records, folded one by one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias, cast

from volvenctl.core.folding import Folding, attempt_id_of, ids_of, name_of, text_of
from volvenctl.core.folding_lifecycle import LIFECYCLE_EFFECTS
from volvenctl.errors import LedgerError
from volvenctl.model.names import JsonObject, StrategyId, StrategyName
from volvenctl.model.record import FORMAT_VERSION, Head, Record
from volvenctl.model.state import AbsentAttempt, Asked, Double, Launched, OpenAttempt, State

FACTS = ("strategyType", "accountIds", "specDigest", "body", "notional", "runState", "protect", "labels")
"""What `attempt.started` says of the strategy and the state keeps."""


class Fold:
    """The state as the records so far leave it. Not for several threads."""

    def __init__(self, state: State | None = None) -> None:
        """Start at `state`; without one, before the first record."""
        self._folding = Folding(State() if state is None else state)

    @property
    def head(self) -> Head:
        """The last record."""
        return self._folding.head

    @property
    def state(self) -> State:
        """The state now; costs a copy."""
        return self._folding.state()

    @property
    def strategies(self) -> Mapping[StrategyName, Launched]:
        """What is managed now; no copy, so the next record may change it."""
        return self._folding.strategies

    def add(self, record: Record) -> None:
        """Take the next record in.

        Certain outcomes close their attempt; an unknown one keeps it open, with the reason, until a person resolves
        it. Repeated reports change nothing, so a report may be stored twice.

        Raises:
            LedgerError: the record does not continue the chain, or its type is not known to this version.
        """
        head = self._folding.head
        if (record.seq, record.prev) != (head.seq + 1, head.hash):
            raise LedgerError(
                f"the ledger is damaged at seq {record.seq}: it does not continue record {head.seq}",
                hint="restore ledger.jsonl from a copy; `volvenctl audit verify` shows how far it is sound",
            )
        effect = _EFFECTS.get(record.type)
        if effect is None:
            raise LedgerError(
                f"the ledger has a record of type {record.type!r} at seq {record.seq}, unknown to this version",
                hint="use the version of volvenctl that wrote it, or a newer one",
            )
        effect(self._folding, record)
        self._folding.head = Head(record.seq, record.hash)


def fold(state: State, record: Record) -> State:
    """Return the state after `record`; as `Fold.add`."""
    return fold_all((record,), state)


def fold_all(records: Iterable[Record], state: State | None = None) -> State:
    """Return the state after all `records`, from the empty state or from `state`; as `Fold.add`."""
    folded = Fold(state)
    for record in records:
        folded.add(record)
    return folded.state


def _created(folding: Folding, record: Record) -> None:
    version = record.data.get("formatVersion")
    if version != FORMAT_VERSION:
        raise LedgerError(
            f"the ledger has format version {version!r}; this version reads {FORMAT_VERSION}",
            hint="use the version of volvenctl that wrote it, or a newer one",
        )
    folding.lineage, folding.environment = text_of(record, "lineage"), text_of(record, "environment")


def _apply_started(folding: Folding, record: Record) -> None:
    ids = record.data.get("snapshot")
    folding.snapshots[record.seq] = None if ids is None else ids_of(ids)
    folding.prune(newest=record.seq)


def _apply_finished(folding: Folding, record: Record) -> None:
    commit = record.data.get("commit")
    if isinstance(commit, str) and record.data.get("exit") == 0 and record.data.get("whole") is True:
        folding.applied_commit = commit


def _attempt_started(folding: Folding, record: Record) -> None:
    if record.data.get("action", "create") != "create":
        _asked(folding, record)
        return
    attempt = OpenAttempt(
        id=attempt_id_of(record),
        name=name_of(record),
        started_at=record.time,
        seq=record.seq,
        apply_seq=cast("int", record.data.get("apply", 0)),
        facts=record.data,
        reason=None,
    )
    folding.attempts[attempt.id] = attempt


def _asked(folding: Folding, record: Record) -> None:
    entry = _asked_entry(folding, record)
    if entry is not None:
        action = text_of(record, "action")
        asked = Asked(attempt_id_of(record), action, record.time, None, in_doubt_before=entry.asked is not None)
        folding.strategies[entry.name] = replace(entry, asked=asked, seq=record.seq)


def _asked_entry(folding: Folding, record: Record) -> Launched | None:
    """Return the strategy that an action's record is about, if we still manage that very one."""
    entry = folding.strategies.get(name_of(record))
    return entry if entry is not None and entry.strategy_id == record.data.get("strategyId") else None


def _action_accepted(folding: Folding, record: Record) -> None:
    """Take over what was accepted; of an earlier request that is answered after a later one, only that it is in doubt.

    Which of the two the platform carried out last is not known then.
    """
    entry = _asked_entry(folding, record)
    if entry is None:
        return
    run_state, attempt_id = text_of(record, "runState"), attempt_id_of(record)
    if entry.asked is None and entry.run_state != run_state:
        reason = "it was accepted, but its answer came after that of a later request"
        asked = Asked(attempt_id, text_of(record, "action"), record.time, reason, in_doubt_before=True)
        folding.strategies[entry.name] = replace(entry, asked=asked, seq=record.seq)
        return
    is_answer = entry.asked is not None and entry.asked.id == attempt_id
    facts = {**entry.facts, "runState": run_state}
    folding.strategies[entry.name] = replace(
        entry, facts=facts, asked=None if is_answer else entry.asked, seq=record.seq
    )


def _attempt_succeeded(folding: Folding, record: Record) -> None:
    _launched(folding, record, StrategyId(text_of(record, "strategyId")))


def _attempt_closed(folding: Folding, record: Record) -> None:
    attempt_id = attempt_id_of(record)
    folding.absent.pop(attempt_id, None)
    folding.close(attempt_id)
    entry = folding.strategies.get(name_of(record))
    if (
        entry is not None
        and entry.asked is not None
        and entry.asked.id == attempt_id
        and not entry.asked.in_doubt_before
    ):
        folding.strategies[entry.name] = replace(entry, asked=None, seq=record.seq)


def _attempt_unknown(folding: Folding, record: Record) -> None:
    attempt_id, reason = attempt_id_of(record), str(record.data.get("reason", ""))
    attempt, entry = folding.attempts.get(attempt_id), folding.strategies.get(name_of(record))
    if attempt is not None:
        folding.attempts[attempt_id] = replace(attempt, reason=reason)
    elif entry is not None and entry.asked is not None and entry.asked.id == attempt_id:
        folding.strategies[entry.name] = replace(entry, asked=replace(entry.asked, reason=reason))


def _attempt_resolved(folding: Folding, record: Record) -> None:
    attempt_id = attempt_id_of(record)
    match record.data.get("resolution"):
        case "adopted":
            _launched(folding, record, StrategyId(text_of(record, "strategyId")))
        case "foreign":
            foreign = StrategyId(text_of(record, "strategyId"))
            folding.doubles.pop(foreign, None)
            folding.known_ids.add(foreign)
        case _:
            attempt = folding.attempts.get(attempt_id)
            if attempt is not None:
                seen = ids_of(record.data.get("seen"))
                absent = AbsentAttempt(attempt.id, attempt.name, attempt.apply_seq, attempt.facts, seen)
                folding.absent[attempt_id] = absent
                folding.close(attempt_id)


def _launched(folding: Folding, record: Record, strategy_id: StrategyId) -> None:
    """Put the strategy under the spec of its attempt, unless the spec has another one already.

    That can be if the attempt had been resolved otherwise before its answer was recorded: then two strategies of
    one spec are proved, and stay reported until a person decides about the second one. The strategy that the attempt
    was announced to replace is no other one: it was stopped before.
    """
    attempt_id = attempt_id_of(record)
    attempt = folding.attempts.get(attempt_id) or folding.absent.get(attempt_id)
    said = name_of(record)
    name = said if attempt is None else attempt.name  # it may have been renamed since
    folding.absent.pop(attempt_id, None)
    folding.close(attempt_id)
    if strategy_id in folding.known_ids:
        return
    if attempt is None or not _is_free(folding, attempt.facts, name):
        folding.doubles[strategy_id] = Double(attempt_id, name, strategy_id)
        return
    facts: JsonObject = {key: attempt.facts[key] for key in FACTS if key in attempt.facts}
    folding.strategies[name] = Launched(name, strategy_id, facts, record.time, record.seq)
    folding.released.pop(name, None)
    folding.known_ids.add(strategy_id)


def _is_free(folding: Folding, facts: JsonObject, name: StrategyName) -> bool:
    entry = folding.strategies.get(name)
    return entry is None or entry.strategy_id == facts.get("replaces")


def _nothing(_folding: Folding, _record: Record) -> None:
    """Say what happened, and leave the state as it is."""


_Effect: TypeAlias = Callable[[Folding, Record], None]

_EFFECTS: Mapping[str, _Effect] = {
    "ledger.created": _created,
    "apply.started": _apply_started,
    "apply.finished": _apply_finished,
    "attempt.started": _attempt_started,
    "attempt.succeeded": _attempt_succeeded,
    "attempt.refused": _attempt_closed,
    "attempt.not-sent": _attempt_closed,
    "attempt.unknown": _attempt_unknown,
    "attempt.resolved": _attempt_resolved,
    "action.accepted": _action_accepted,
    **LIFECYCLE_EFFECTS,
    "plan.approved": _nothing,
    "lock.broken": _nothing,
}
