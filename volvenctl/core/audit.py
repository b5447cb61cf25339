"""Which records of the ledger somebody wants to see, and what the ledger knew at a moment."""

from collections.abc import Iterable, Mapping, Sequence

from volvenctl.errors import LedgerError
from volvenctl.model.audit import RecordFilter
from volvenctl.model.names import Json, JsonObject
from volvenctl.model.record import Record


def wanted_records(records: Sequence[Record], wanted: RecordFilter) -> tuple[Record, ...]:
    """Return the records that every condition of the filter holds for, in their order."""
    about = _seqs_about(records, wanted.strategies)
    return tuple(record for record in records if (about is None or record.seq in about) and _is_wanted(record, wanted))


def records_until(records: Sequence[Record], at: str) -> tuple[Sequence[Record], tuple[str, ...]]:
    """Return the records before the first that is later than the moment `at`, and what is doubtful about that.

    Records are in the order of their seq; their times are those of different machines. Where these disagree, the
    seq decides, and it is said.

    Raises:
        LedgerError: the ledger begins later.
    """
    count = next((number for number, record in enumerate(records) if record.time > at), len(records))
    if not count:
        raise LedgerError(
            f"the ledger begins at {records[0].time}, after {at}", hint="see the times with: volvenctl audit log"
        )
    early = next((record for record in records[count:] if record.time <= at), None)
    if early is None:
        return records[:count], ()
    doubt = (
        f"the clocks of the writers disagreed: record {early.seq} says {early.time}, but record {count + 1}, before "
        f"it, says {records[count].time}; shown is what the ledger knew at record {count}"
    )
    return records[:count], (doubt,)


def texts_of_actor(record: Record) -> tuple[str, ...]:
    """Return every text in which a record says who: its actor, and who approved a plan."""
    return (*_texts(record.actor), *_texts(record.data.get("principal")))


def _is_wanted(record: Record, wanted: RecordFilter) -> bool:
    """Whether all conditions hold but the one about the strategies, which needs the other records."""
    return (
        _is_by(record, wanted.actor)
        and (wanted.since or "") <= record.time
        and (wanted.until is None or record.time <= wanted.until)
        and _begins(record.data.get("commit"), wanted.commit)
        and _begins(record.data.get("planHash"), wanted.plan, "sha256:")
        and (not wanted.types or not {record.type, record.type.partition(".")[0]}.isdisjoint(wanted.types))
    )


def _seqs_about(records: Sequence[Record], asked: Sequence[str]) -> set[int] | None:
    """Return the seqs of the records about any of the names and ids; None if nothing was asked for."""
    if not asked:
        return None
    return {seq for text in asked for seq in _seqs_of_name(records, text) | _seqs_of_id(records, text)}


def _seqs_of_name(records: Sequence[Record], name: str) -> set[int]:
    """Return the seqs of what happened under `name`, before under its former names, and later under its new ones.

    A former name counts until the rename only: another strategy may have it since.
    """
    later = _followed(records, name, "was", "name")
    earlier = _followed(records[::-1], name, "name", "was")
    return later | earlier


def _followed(records: Iterable[Record], name: str, here: str, there: str) -> set[int]:
    found: set[int] = set()
    followed: set[str] = set()
    for record in records:
        names = {name, *followed}
        if names & _names_in(record):
            found.add(record.seq)
        if record.type == "strategy.renamed" and record.data.get(here) in names:
            followed = followed - {str(record.data.get(here))} | {str(record.data.get(there))}
    return found


def _names_in(record: Record) -> set[str]:
    scope = record.data.get("scope")
    halted = scope.get("names") if isinstance(scope, Mapping) else None
    return {*_texts(record.data.get("name")), *_texts(record.data.get("was")), *_texts(halted)}


def _seqs_of_id(records: Sequence[Record], identifier: str) -> set[int]:
    """Return the seqs of the records about a strategy's or an attempt's id, with all of its attempts."""
    direct = [record for record in records if identifier in _ids_in(record.data)]
    attempts = {record.data.get("attemptId") for record in direct} - {None}
    return {record.seq for record in direct} | {
        record.seq for record in records if record.data.get("attemptId") in attempts
    }


def _ids_in(data: JsonObject) -> set[str]:
    scope = data.get("scope")
    halted = scope.get("ids") if isinstance(scope, Mapping) else None
    lists = (data.get("stopped"), data.get("failed"), halted)
    return {text for value in (data.get("strategyId"), data.get("attemptId"), *lists) for text in _texts(value)}


def _is_by(record: Record, actor: str | None) -> bool:
    return actor is None or any(actor.casefold() in text.casefold() for text in texts_of_actor(record))


def _begins(value: Json, wanted: str | None, prefix: str = "") -> bool:
    if wanted is None:
        return True
    return isinstance(value, str) and value.removeprefix(prefix).startswith(wanted.removeprefix(prefix))


def _texts(value: Json) -> tuple[str, ...]:
    """Return every text in a value, however deep."""
    match value:
        case str():
            return (value,)
        case Mapping():
            return tuple(text for item in value.values() for text in _texts(item))
        case list() | tuple():
            return tuple(text for item in value for text in _texts(item))
        case _:
            return ()
