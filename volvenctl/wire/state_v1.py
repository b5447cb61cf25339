"""The state file: the folded ledger as JSON, with a digest of its own so that damage is seen."""

from collections.abc import Mapping
from typing import cast

from volvenctl.errors import LedgerError
from volvenctl.model.names import AccountId, AttemptId, Digest, JsonObject, StrategyId, StrategyName
from volvenctl.model.record import FORMAT_VERSION, Head
from volvenctl.model.state import AbsentAttempt, Asked, Double, Halt, Launched, OpenAttempt, State
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
        "released": {name: state.released[name] for name in sorted(state.released)},
        "halts": [_halt_document(item) for item in state.halts],
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
        released={
            StrategyName(name): StrategyId(item)
            for name, item in cast("Mapping[str, str]", document.get("released", {})).items()
        },
        halts=tuple(map(_halt, cast("list[JsonObject]", document.get("halts", [])))),
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


_OWN_KEYS = frozenset({"strategyId", "launchedAt", "seq", "asked"})
"""Keys of a strategy's entry that are no facts of its launch."""


def _launched_document(item: Launched) -> JsonObject:
    asked = None if item.asked is None else _asked_document(item.asked)
    own: JsonObject = {"launchedAt": item.launched_at, "seq": item.seq, "asked": asked}
    return {"strategyId": item.strategy_id, **item.facts, **own}


def _launched(name: str, entry: JsonObject) -> Launched:
    return Launched(
        name=StrategyName(name),
        strategy_id=StrategyId(cast("str", entry["strategyId"])),
        facts={key: value for key, value in entry.items() if key not in _OWN_KEYS},
        launched_at=cast("str", entry["launchedAt"]),
        seq=cast("int", entry["seq"]),
        asked=None if entry.get("asked") is None else _asked(cast("JsonObject", entry["asked"])),
    )


def _asked_document(item: Asked) -> JsonObject:
    return {
        "attemptId": item.id,
        "action": item.action,
        "since": item.since,
        "reason": item.reason,
        "inDoubtBefore": item.in_doubt_before,
    }


def _asked(entry: JsonObject) -> Asked:
    return Asked(
        AttemptId(cast("str", entry["attemptId"])),
        cast("str", entry["action"]),
        cast("str", entry["since"]),
        cast("str | None", entry["reason"]),
        in_doubt_before=cast("bool", entry["inDoubtBefore"]),
    )


def _halt_document(item: Halt) -> JsonObject:
    return {
        "at": item.at,
        "seq": item.seq,
        "reason": item.reason,
        "all": item.everything,
        "accounts": sorted(item.accounts),
        "names": sorted(item.names),
        "ids": sorted(item.ids),
        "resumedAccounts": sorted(item.resumed_accounts),
        "resumedNames": sorted(item.resumed_names),
    }


def _halt(entry: JsonObject) -> Halt:
    def texts(key: str) -> list[str]:
        return cast("list[str]", entry[key])

    return Halt(
        at=cast("str", entry["at"]),
        seq=cast("int", entry["seq"]),
        reason=cast("str", entry["reason"]),
        everything=cast("bool", entry["all"]),
        accounts=frozenset(map(AccountId, texts("accounts"))),
        names=frozenset(map(StrategyName, texts("names"))),
        ids=_ids(texts("ids")),
        resumed_accounts=frozenset(map(AccountId, texts("resumedAccounts"))),
        resumed_names=frozenset(map(StrategyName, texts("resumedNames"))),
    )


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
