"""Every change of the state there is: the ledger's records, folded one by one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias, cast

from volvenctl.errors import LedgerError
from volvenctl.model.names import AttemptId, Json, JsonObject, StrategyId, StrategyName
from volvenctl.model.record import FORMAT_VERSION, Head, Record
from volvenctl.model.state import AbsentAttempt, Double, Launched, OpenAttempt, State

FACTS = ("strategyType", "accountIds", "specDigest", "body", "notional", "runState")
"""What `attempt.started` says of the strategy and the state keeps."""


def fold(state: State, record: Record) -> State:
    """Return the state after `record`.

    Certain outcomes close their attempt; an unknown one keeps it open, with the reason, until a person resolves
    it. Repeated reports change nothing, so a report may be stored twice.

    Raises:
        LedgerError: the record does not continue the chain, or its type is not known to this version.
    """
    if (record.seq, record.prev) != (state.head.seq + 1, state.head.hash):
        raise LedgerError(
            f"the ledger is damaged at seq {record.seq}: it does not continue record {state.head.seq}",
            hint="restore ledger.jsonl from a copy; `volvenctl audit verify` shows how far it is sound",
        )
    effect = _EFFECTS.get(record.type)
    if effect is None:
        raise LedgerError(
            f"the ledger has a record of type {record.type!r} at seq {record.seq}, unknown to this version",
            hint="use the version of volvenctl that wrote it, or a newer one",
        )
    return replace(effect(state, record), head=Head(record.seq, record.hash))


def fold_all(records: Iterable[Record], state: State | None = None) -> State:
    """Return the state after all `records`, from the empty state or from `state`."""
    folded = State() if state is None else state
    for record in records:
        folded = fold(folded, record)
    return folded


def _created(state: State, record: Record) -> State:
    version = record.data.get("formatVersion")
    if version != FORMAT_VERSION:
        raise LedgerError(
            f"the ledger has format version {version!r}; this version reads {FORMAT_VERSION}",
            hint="use the version of volvenctl that wrote it, or a newer one",
        )
    return replace(state, lineage=_text(record, "lineage"), environment=_text(record, "environment"))


def _apply_started(state: State, record: Record) -> State:
    ids = record.data.get("snapshot")
    shown = None if ids is None else frozenset(map(StrategyId, cast("list[str]", ids)))
    return _pruned(replace(state, snapshots={**state.snapshots, record.seq: shown}), newest=record.seq)


def _apply_finished(state: State, record: Record) -> State:
    commit = record.data.get("commit")
    return replace(state, applied_commit=commit) if isinstance(commit, str) else state


def _attempt_started(state: State, record: Record) -> State:
    attempt = OpenAttempt(
        id=_attempt_id(record),
        name=_name(record),
        started_at=record.time,
        seq=record.seq,
        apply_seq=cast("int", record.data.get("apply", 0)),
        facts=record.data,
        reason=None,
    )
    return replace(state, attempts={**state.attempts, attempt.id: attempt})


def _attempt_succeeded(state: State, record: Record) -> State:
    return _launched(state, record, StrategyId(_text(record, "strategyId")))


def _attempt_closed(state: State, record: Record) -> State:
    attempt_id = _attempt_id(record)
    absent = {key: item for key, item in state.absent.items() if key != attempt_id}
    return _without_attempt(replace(state, absent=absent), attempt_id)


def _attempt_unknown(state: State, record: Record) -> State:
    attempt = state.attempts.get(_attempt_id(record))
    if attempt is None:
        return state
    noted = replace(attempt, reason=str(record.data.get("reason", "")))
    return replace(state, attempts={**state.attempts, attempt.id: noted})


def _attempt_resolved(state: State, record: Record) -> State:
    attempt_id = _attempt_id(record)
    match record.data.get("resolution"):
        case "adopted":
            return _launched(state, record, StrategyId(_text(record, "strategyId")))
        case "foreign":
            foreign = StrategyId(_text(record, "strategyId"))
            doubles = {key: item for key, item in state.doubles.items() if key != foreign}
            return replace(state, known_ids=state.known_ids | {foreign}, doubles=doubles)
        case _:
            attempt = state.attempts.get(attempt_id)
            if attempt is None:
                return state
            seen = frozenset(map(StrategyId, cast("list[str]", record.data.get("seen") or ())))
            gone = AbsentAttempt(attempt.id, attempt.name, attempt.apply_seq, attempt.facts, seen)
            return _without_attempt(replace(state, absent={**state.absent, gone.id: gone}), attempt_id)


def _launched(state: State, record: Record, strategy_id: StrategyId) -> State:
    """Put the strategy under the spec of its attempt, unless the spec has another one already.

    That can be if the attempt had been resolved otherwise before its answer was recorded: then two strategies of
    one spec are proved, and stay reported until a person decides about the second one.
    """
    attempt_id, name = _attempt_id(record), _name(record)
    attempt = state.attempts.get(attempt_id) or state.absent.get(attempt_id)
    absent = {key: item for key, item in state.absent.items() if key != attempt_id}
    state = _without_attempt(replace(state, absent=absent), attempt_id)
    if strategy_id in state.known_ids:
        return state
    if attempt is None or name in state.strategies:
        double = Double(attempt_id, name, strategy_id)
        return replace(state, doubles={**state.doubles, strategy_id: double})
    facts: JsonObject = {key: attempt.facts[key] for key in FACTS if key in attempt.facts}
    launched = Launched(name, strategy_id, facts, record.time, record.seq)
    return replace(state, strategies={**state.strategies, name: launched}, known_ids=state.known_ids | {strategy_id})


def _without_attempt(state: State, attempt_id: AttemptId) -> State:
    others = {key: item for key, item in state.attempts.items() if key != attempt_id}
    return _pruned(replace(state, attempts=others), newest=max(state.snapshots, default=0))


def _pruned(state: State, newest: int) -> State:
    """Forget the snapshots that no open or absent attempt and no running apply needs."""
    open_runs = {item.apply_seq for item in state.attempts.values()}
    needed = open_runs | {item.apply_seq for item in state.absent.values()} | {newest}
    kept = {seq: ids for seq, ids in state.snapshots.items() if seq in needed}
    return replace(state, snapshots=kept)


def _unchanged(state: State, _: Record) -> State:
    return state


def _text(record: Record, key: str) -> str:
    value: Json = record.data.get(key)
    if not isinstance(value, str):
        raise LedgerError(f"the ledger is damaged at seq {record.seq}: {record.type} has no {key}")
    return value


def _name(record: Record) -> StrategyName:
    return StrategyName(_text(record, "name"))


def _attempt_id(record: Record) -> AttemptId:
    return AttemptId(_text(record, "attemptId"))


_Effect: TypeAlias = Callable[[State, Record], State]

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
    "plan.approved": _unchanged,
    "lock.broken": _unchanged,
}
