"""What the records about a launched strategy's further life, and about halts, do to the state."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from volvenctl.core.folding import Folding, ids_of, name_of, text_of
from volvenctl.model.names import AccountId, Json, JsonObject, StrategyId, StrategyName
from volvenctl.model.record import Record
from volvenctl.model.state import Halt, Launched


def _adopted(folding: Folding, record: Record) -> None:
    """Put a strategy under a name, or take the settings over that changed of one that is there already."""
    name, strategy_id = name_of(record), StrategyId(text_of(record, "strategyId"))
    facts = cast("JsonObject", record.data.get("facts") or {})
    entry = folding.strategies.get(name)
    owners = {item.strategy_id for item in folding.strategies.values()}
    if entry is not None and entry.strategy_id == strategy_id:
        asked = None if "runState" in facts else entry.asked
        folding.strategies[name] = replace(entry, facts={**entry.facts, **facts}, asked=asked, seq=record.seq)
    elif entry is None and strategy_id not in owners:
        folding.strategies[name] = Launched(name, strategy_id, facts, record.time, record.seq)
        folding.released = {key: item for key, item in folding.released.items() if item != strategy_id}
        folding.doubles.pop(strategy_id, None)
        folding.known_ids.add(strategy_id)


def _released(folding: Folding, record: Record) -> None:
    entry = _entry(folding, record)
    if entry is not None:
        del folding.strategies[entry.name]
        folding.released[entry.name] = entry.strategy_id


def _renamed(folding: Folding, record: Record) -> None:
    name, was = name_of(record), StrategyName(text_of(record, "was"))
    entry = folding.strategies.pop(was, None)
    if entry is None:
        return
    folding.strategies[name] = replace(entry, name=name, seq=record.seq)
    for key, absent in folding.absent.items():
        folding.absent[key] = replace(absent, name=name) if absent.name == was else absent
    for identifier, double in folding.doubles.items():
        folding.doubles[identifier] = replace(double, name=name) if double.name == was else double
    folding.halts = [
        replace(
            item,
            names=_with_new_name(item.names, was, name),
            resumed_names=_with_new_name(item.resumed_names, was, name),
        )
        for item in folding.halts
    ]


def _with_new_name(names: frozenset[StrategyName], was: StrategyName, name: StrategyName) -> frozenset[StrategyName]:
    return names - {was} | {name} if was in names else names


def _archived(folding: Folding, record: Record) -> None:
    entry = _entry(folding, record)
    if entry is not None:
        del folding.strategies[entry.name]


def _entry(folding: Folding, record: Record) -> Launched | None:
    """Return the strategy that a record is about, if it is still the one under that name."""
    entry = folding.strategies.get(name_of(record))
    return entry if entry is not None and entry.strategy_id == record.data.get("strategyId") else None


def _halt(folding: Folding, record: Record) -> None:
    """Take in what is halted, or, by the record at the end of a halt, what was stopped by it."""
    stopped = ids_of(record.data.get("stopped"))
    for name, entry in folding.strategies.items():
        if entry.strategy_id in stopped:
            facts = {**entry.facts, "runState": "stopped"}
            folding.strategies[name] = replace(entry, facts=facts, asked=None, seq=record.seq)
    scope = record.data.get("scope")
    if isinstance(scope, Mapping):
        folding.halts.append(
            Halt(
                at=record.time,
                seq=record.seq,
                reason=str(record.data.get("reason", "")),
                everything=scope.get("all") is True,
                accounts=_accounts(scope.get("accounts")),
                names=_names(scope.get("names")),
                ids=ids_of(scope.get("ids")),
            )
        )


def _resume(folding: Folding, record: Record) -> None:
    scope = cast("JsonObject", record.data.get("scope") or {})
    if scope.get("all") is True:
        folding.halts = []
        return
    names, accounts = _names(scope.get("names")), _accounts(scope.get("accounts"))
    meant = (item for item in folding.strategies.values() if item.name in names or item.accounts & accounts)
    ids = frozenset(item.strategy_id for item in meant) | ids_of(scope.get("ids"))
    left = (_left_of(item, names, accounts, ids) for item in folding.halts)
    folding.halts = [item for item in left if _halts_anything(item)]


def _left_of(
    halt: Halt, names: frozenset[StrategyName], accounts: frozenset[AccountId], ids: frozenset[StrategyId]
) -> Halt:
    """Return the halt without what was resumed; what it covers as a part of more is noted as an exception."""
    is_exception = halt.everything or bool(halt.accounts)
    return replace(
        halt,
        names=halt.names - names,
        ids=halt.ids - ids,
        accounts=halt.accounts - accounts,
        resumed_names=halt.resumed_names | names if is_exception else halt.resumed_names,
        resumed_accounts=halt.resumed_accounts | accounts if halt.everything else halt.resumed_accounts,
    )


def _halts_anything(halt: Halt) -> bool:
    return bool(halt.everything or halt.accounts or halt.names or halt.ids)


def _names(value: Json) -> frozenset[StrategyName]:
    return frozenset(map(StrategyName, cast("list[str]", value or ())))


def _accounts(value: Json) -> frozenset[AccountId]:
    return frozenset(map(AccountId, cast("list[str]", value or ())))


LIFECYCLE_EFFECTS: Mapping[str, Callable[[Folding, Record], None]] = {
    "strategy.adopted": _adopted,
    "strategy.released": _released,
    "strategy.renamed": _renamed,
    "strategy.archived": _archived,
    "halt": _halt,
    "resume": _resume,
}
