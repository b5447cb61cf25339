"""Saved plans, read back: exactly what was written, or a refusal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from volvenctl.errors import StalePlanError
from volvenctl.model.names import AccountId, AttemptId, Digest, Json, JsonObject, StrategyId, StrategyName
from volvenctl.model.outcome import Request
from volvenctl.model.plan import (
    Adopt,
    Author,
    Blocked,
    Capital,
    Change,
    Checkout,
    Create,
    Digests,
    Drift,
    Keep,
    Money,
    Orphan,
    Pause,
    Plan,
    Release,
    Rename,
    Replace,
    RunStateChange,
    Selection,
    Source,
    Start,
    Stop,
    ValueChange,
)
from volvenctl.model.record import EMPTY, FORMAT_VERSION, Head
from volvenctl.wire.exact_json import JsonFault, canonical_text, read_json
from volvenctl.wire.moments import read_moment
from volvenctl.wire.plan_v1 import plan_document, plan_hash

_LONGEST_AMOUNT = 300
"""Characters and decimal places; sums of products of the longest numbers that a spec may hold are far shorter."""

_LIMIT = 64 * 1024 * 1024


def read_plan(content: bytes) -> Plan:
    """Return the plan of a saved file.

    Raises:
        StalePlanError: it is no plan, was made by another version's format, or one byte of it was changed.
    """
    document = _read_document(content)
    try:
        plan = _plan(document)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise _not_a_plan("a field is missing or has the wrong form") from error
    canonical = canonical_text(plan_document(plan)).encode("utf-8")
    if content not in {canonical, canonical + b"\n"}:
        raise _not_a_plan("it is not written the way volvenctl writes plans")
    if plan_hash(plan) != plan.hash:
        raise StalePlanError(
            f"the plan was changed after it was made: its hash is {plan_hash(plan)}, and it says {plan.hash}",
            hint="make and review a new plan: volvenctl plan --out FILE",
        )
    return plan


def _read_document(content: bytes) -> JsonObject:
    if len(content) > _LIMIT:
        raise _not_a_plan(f"it is larger than {_LIMIT // 1024**2} MiB")
    try:
        document = read_json(content)
    except JsonFault as fault:
        raise _not_a_plan(str(fault)) from fault
    if not isinstance(document, Mapping):
        raise _not_a_plan("it is no JSON object")
    if document.get("formatVersion") != FORMAT_VERSION:
        raise _not_a_plan(f"its formatVersion is not {FORMAT_VERSION}, the one that this version reads")
    return document


def _not_a_plan(reason: str) -> StalePlanError:
    return StalePlanError(f"the plan file cannot be used: {reason}", hint="make a new plan: volvenctl plan --out FILE")


def _plan(document: JsonObject) -> Plan:
    selection, author, source, base, digests, summary = (
        cast("Mapping[str, Json]", document[key])
        for key in ("selection", "author", "source", "base", "digests", "summary")
    )
    return Plan(
        version=_str(document["volvenctlVersion"]),
        environment=_str(document["environment"]),
        live=cast("bool", document["live"]),
        selection=Selection(_texts(selection["only"]), _texts(selection["exclude"]), _texts(selection["labels"])),
        author=Author(_texts(author["gitAuthors"]), cast("str | None", author["ciActor"])),
        created_at=read_moment(_str(document["createdAt"])),
        expires_at=read_moment(_str(document["expiresAt"])),
        checkout=Checkout(
            cast("str | None", source["commit"]),
            cast("str | None", source["branch"]),
            cast("bool | None", source["dirty"]),
        ),
        lineage=cast("str | None", base["lineage"]),
        base=_head(base),
        digests=Digests(
            Digest(_str(digests["specs"])), Digest(_str(digests["metadata"])), Digest(_str(digests["policy"]))
        ),
        actions=tuple(map(_action, _objects(document["actions"]))),
        orphaned=tuple(map(_orphan, _objects(document["orphaned"]))),
        drift=tuple(map(_drift, _objects(document["drift"]))),
        warnings=_texts(document["warnings"]),
        unmanaged=cast("int | None", summary["unmanaged"]),
        capital=tuple(map(_capital, _objects(document["capital"]))),
        hash=Digest(_str(document["planHash"])),
    )


def _action(item: JsonObject) -> Change:
    where, notional = cast("JsonObject", item["source"]), cast("JsonObject", item["notional"])
    said = _Said(
        name=StrategyName(_str(item["name"])),
        reason=_str(item["reason"]),
        source=Source(_str(where["file"]), cast("int", where["line"])),
        changes=tuple(
            ValueChange(_str(row["path"]), cast("str | None", row["before"]), cast("str | None", row["after"]))
            for row in _objects(item["changes"])
        ),
        money=Money(_amount(notional["amount"]), cast("str | None", notional["currency"])),
    )
    word = _str(item["action"])
    if word in _READERS:
        return _READERS[word](said, item)
    raise ValueError("action")


@dataclass(frozen=True, slots=True)
class _Said:
    """What every action says."""

    name: StrategyName
    reason: str
    source: Source
    changes: tuple[ValueChange, ...]
    money: Money


def _create(said: _Said, item: JsonObject) -> Change:
    return Create(said.name, said.reason, said.source, said.changes, _request(item["request"]), said.money)


def _run_state_change(kind: type[RunStateChange]) -> Callable[[_Said, JsonObject], Change]:
    def read(said: _Said, item: JsonObject) -> Change:
        request = _request(item["request"])
        return kind(said.name, said.reason, said.source, said.changes, _id(item), request, said.money)

    return read


def _replace(said: _Said, item: JsonObject) -> Change:
    return Replace(
        said.name,
        said.reason,
        said.source,
        said.changes,
        _id(item),
        _request(item["stop"]),
        _request(item["request"]),
        said.money,
    )


def _adopt(said: _Said, item: JsonObject) -> Change:
    return Adopt(said.name, said.reason, said.source, said.changes, _id(item), said.money)


def _rename(said: _Said, item: JsonObject) -> Change:
    was = StrategyName(_str(item["was"]))
    return Rename(said.name, said.reason, said.source, said.changes, _id(item), was, said.money)


def _release(said: _Said, item: JsonObject) -> Change:
    return Release(said.name, said.reason, said.source, said.changes, _id(item), said.money)


def _keep(said: _Said, _item: JsonObject) -> Change:
    return Keep(said.name, said.reason, said.source, said.money)


def _blocked(said: _Said, item: JsonObject) -> Change:
    attempt, is_in_doubt = cast("AttemptId | None", item["openAttempt"]), cast("bool", item["inDoubt"])
    return Blocked(said.name, said.reason, said.source, said.changes, said.money, attempt, is_in_doubt=is_in_doubt)


_READERS: Mapping[str, Callable[[_Said, JsonObject], Change]] = {
    "create": _create,
    "start": _run_state_change(Start),
    "pause": _run_state_change(Pause),
    "stop": _run_state_change(Stop),
    "replace": _replace,
    "adopt": _adopt,
    "rename": _rename,
    "release": _release,
    "keep": _keep,
    "blocked": _blocked,
}


def _request(value: Json) -> Request:
    sent = cast("JsonObject", value)
    return Request(_str(sent["method"]), _str(sent["path"]), _str(sent["body"]))


def _id(item: JsonObject) -> StrategyId:
    return StrategyId(_str(item["strategyId"]))


def _head(base: JsonObject) -> Head:
    """Return the head that the plan was made on; no head, no serial and no lineage go together."""
    serial, head = base["serial"], base["head"]
    is_empty = serial == 0
    if not isinstance(serial, int) or serial < 0 or is_empty != (head is None) or is_empty != (base["lineage"] is None):
        raise ValueError("base")
    return EMPTY if head is None else Head(serial, Digest(_str(head)))


def _orphan(item: JsonObject) -> Orphan:
    return Orphan(StrategyName(_str(item["name"])), StrategyId(_str(item["strategyId"])))


def _drift(item: JsonObject) -> Drift:
    name, strategy_id = StrategyName(_str(item["name"])), StrategyId(_str(item["strategyId"]))
    return Drift(name, strategy_id, _str(item["kind"]), _str(item["detail"]))


def _capital(item: JsonObject) -> Capital:
    return Capital(
        AccountId(_str(item["accountId"])),
        cast("str | None", item["currency"]),
        _amount(item["before"]),
        _amount(item["after"]),
    )


def _amount(value: Json) -> Decimal | None:
    if value is None:
        return None
    text = _str(value)
    amount = Decimal(text)
    if len(text) > _LONGEST_AMOUNT or not amount.is_finite() or abs(amount.adjusted()) > _LONGEST_AMOUNT:
        raise ValueError("amount")
    return amount


def _str(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(_str(item) for item in cast("list[Json]", value))


def _objects(value: Json) -> list[JsonObject]:
    return cast("list[JsonObject]", value)
