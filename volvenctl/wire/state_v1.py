"""The state file: the folded ledger as JSON, with a digest of its own so that damage is seen."""

from collections.abc import Mapping
from typing import cast

from volvenctl.errors import LedgerError
from volvenctl.model.names import AttemptId, Digest, JsonObject, StrategyId, StrategyName
from volvenctl.model.record import FORMAT_VERSION, Head
from volvenctl.model.state import AbsentAttempt, Double, Launched, OpenAttempt, State
from volvenctl.wire.exact_json import digest_of


def state_document(state: State) -> JsonObject:
    """Return the state as it is stored; schema: schemas/state.schema.json."""
    document: JsonObject = {
        "formatVersion": FORMAT_VERSION,
        "lineage": state.lineage,
        "environment": state.environment,
        "serial": state.head.seq,
        "head": state.head.hash,
        "strategies": {name: _launched_document(state.strategies[name]) for name in sorted(state.strategies)},
        "openAttempts": {item.name: _attempt_document(item) for item in state.attempts.values()},
        "absentAttempts": [_absent_document(item) for item in state.absent.values()],
        "doubles": {item.strategy_id: {"attemptId": item.id, "name": item.name} for item in state.doubles.values()},
        "snapshots": {str(seq): None if ids is None else sorted(ids) for seq, ids in state.snapshots.items()},
        "knownIds": sorted(state.known_ids),
        "appliedCommit": state.applied_commit,
    }
    return {**document, "digest": digest_of(document)}


def read_state(document: JsonObject) -> State | None:
    """Return the state that `document` holds; None if it is damaged.

    Raises:
        LedgerError: it was written by a newer version, whose meaning is not known here.
    """
    version = document.get("formatVersion")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise LedgerError(
            f"the state file has format version {version}; this version reads {FORMAT_VERSION}",
            hint="use the version of volvenctl that wrote it, or a newer one",
        )
    try:
        if digest_of({key: item for key, item in document.items() if key != "digest"}) != document["digest"]:
            return None
        return _state(document)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _state(document: JsonObject) -> State:
    launched = map(_launched, *_columns(document, "strategies"))
    attempts = map(_attempt, *_columns(document, "openAttempts"))
    absent = map(_absent, cast("list[JsonObject]", document["absentAttempts"]))
    return State(
        lineage=cast("str | None", document["lineage"]),
        environment=cast("str | None", document["environment"]),
        head=Head(cast("int", document["serial"]), Digest(cast("str", document["head"]))),
        strategies={item.name: item for item in launched},
        attempts={item.id: item for item in attempts},
        absent={item.id: item for item in absent},
        doubles={item.strategy_id: item for item in map(_double, *_columns(document, "doubles"))},
        snapshots=_snapshots(cast("Mapping[str, list[str] | None]", document["snapshots"])),
        known_ids=_ids(cast("list[str]", document["knownIds"])),
        applied_commit=cast("str | None", document["appliedCommit"]),
    )


def _double(strategy_id: str, entry: JsonObject) -> Double:
    attempt_id, name = cast("str", entry["attemptId"]), cast("str", entry["name"])
    return Double(AttemptId(attempt_id), StrategyName(name), StrategyId(strategy_id))


def _snapshots(entries: Mapping[str, list[str] | None]) -> dict[int, frozenset[StrategyId] | None]:
    return {int(seq): None if ids is None else _ids(ids) for seq, ids in entries.items()}


def _ids(texts: list[str]) -> frozenset[StrategyId]:
    return frozenset(map(StrategyId, texts))


def _columns(document: JsonObject, key: str) -> tuple[list[str], list[JsonObject]]:
    entries = cast("Mapping[str, JsonObject]", document[key])
    return list(entries), list(entries.values())


def _launched_document(item: Launched) -> JsonObject:
    return {"strategyId": item.strategy_id, **item.facts, "launchedAt": item.launched_at, "seq": item.seq}


def _launched(name: str, entry: JsonObject) -> Launched:
    facts = {key: value for key, value in entry.items() if key not in {"strategyId", "launchedAt", "seq"}}
    strategy_id = StrategyId(cast("str", entry["strategyId"]))
    return Launched(StrategyName(name), strategy_id, facts, cast("str", entry["launchedAt"]), cast("int", entry["seq"]))


def _attempt_document(item: OpenAttempt) -> JsonObject:
    return {
        "attemptId": item.id,
        "startedAt": item.started_at,
        "reason": item.reason,
        "seq": item.seq,
        "applySeq": item.apply_seq,
        "facts": item.facts,
    }


def _attempt(name: str, entry: JsonObject) -> OpenAttempt:
    return OpenAttempt(
        id=AttemptId(cast("str", entry["attemptId"])),
        name=StrategyName(name),
        started_at=cast("str", entry["startedAt"]),
        seq=cast("int", entry["seq"]),
        apply_seq=cast("int", entry["applySeq"]),
        facts=cast("JsonObject", entry["facts"]),
        reason=cast("str | None", entry["reason"]),
    )


def _absent_document(item: AbsentAttempt) -> JsonObject:
    return {
        "attemptId": item.id,
        "name": item.name,
        "applySeq": item.apply_seq,
        "facts": item.facts,
        "seen": sorted(item.seen),
    }


def _absent(entry: JsonObject) -> AbsentAttempt:
    return AbsentAttempt(
        AttemptId(cast("str", entry["attemptId"])),
        StrategyName(cast("str", entry["name"])),
        cast("int", entry["applySeq"]),
        cast("JsonObject", entry["facts"]),
        _ids(cast("list[str]", entry["seen"])),
    )
