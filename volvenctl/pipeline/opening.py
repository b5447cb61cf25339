"""How every command comes to the state: readers from the state file on, writers from the first record on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from volvenctl.core.fold import fold_all
from volvenctl.errors import LedgerError
from volvenctl.model.names import AttemptId, JsonObject
from volvenctl.model.record import EMPTY, FORMAT_VERSION, Draft, Record
from volvenctl.model.state import State
from volvenctl.pipeline.journal import Journal
from volvenctl.ports import World
from volvenctl.wire.state_v1 import read_state


@dataclass(frozen=True, slots=True)
class Opened:
    """The state, how it was come by, and what had to be mended on the way."""

    state: State
    records: tuple[Record, ...]
    """For writers all records; for readers those after the state file, or all if there is no sound one."""
    notices: tuple[str, ...]


def open_for_reading(world: World) -> Opened:
    """Return the state from the state file and the records after it; repair nothing on disk.

    Raises:
        LedgerError: the ledger is damaged, cut or foreign, or a live environment has none.
    """
    document = world.ledger.read_state()
    known = None if document is None else read_state(document)
    if known is None or known.head == EMPTY:
        return _checked(world, _refolded(world, document, known))
    newest = world.ledger.read(known.head.seq - 1)
    if not newest:
        raise _cut(known.head.seq - 1, known)
    if newest[0].hash != known.head.hash:
        raise _another_history(known)
    opened = Opened(fold_all(newest[1:], known), tuple(newest[1:]), ())
    return _checked(world, opened)


def open_for_writing(world: World) -> Opened:
    """Return the state folded from the whole ledger, torn end repaired, recovery files taken in. Needs the lock.

    A lock that had to be broken for this is recorded first.

    Raises:
        LedgerError: as for readers; nothing was written.
        StorageError: the repair could not be stored.
    """
    repaired = world.ledger.repair()
    document = world.ledger.read_state()
    known = None if document is None else read_state(document)
    opened = _checked(world, _refolded(world, document, known))
    notices = (repaired,) if repaired else ()
    return _with_recoveries(world, _with_broken_lock(world, replace(opened, notices=notices + opened.notices)))


def broken_lock_text(holder: JsonObject) -> str:
    """Return the sentence about a lock that was taken from `holder`."""
    actor = holder.get("actor")
    who = actor if isinstance(actor, Mapping) else {}
    person = f"{who.get('user', 'somebody')}@{who.get('host', 'an unknown host')}"
    return f"the lock of {person} ({holder.get('operation', 'a command')} since {holder.get('since', '?')}) was broken"


def creation_draft(world: World, common: JsonObject) -> Draft:
    """Return the first record of a new ledger; `common` is what all records of the run say."""
    environment = world.environment.name
    facts: JsonObject = {
        **common,
        "lineage": world.system.new_id(),
        "formatVersion": FORMAT_VERSION,
        "environment": environment,
    }
    return Draft("ledger.created", facts)


def refuse_cut_ledger(records: tuple[Record, ...], document: JsonObject, known: State | None) -> None:
    """Refuse a ledger that has less, or something else, than the state file was made from.

    `document` is the state file; `known` what it says, None if it is damaged.

    Raises:
        LedgerError: says what is missing.
    """
    if not records and document.get("serial") != 0:
        raise LedgerError(
            f"the ledger is missing, but the state file knows {document.get('serial')} records",
            hint="restore ledger.jsonl from a copy; without it volvenctl cannot know what it launched",
        )
    if known is None or known.head == EMPTY:
        return
    if known.head.seq > len(records):
        raise _cut(len(records), known)
    if records[known.head.seq - 1].hash != known.head.hash:
        raise _another_history(known)


def _refolded(world: World, document: JsonObject | None, known: State | None) -> Opened:
    records = tuple(world.ledger.read(0))
    if document is not None:
        refuse_cut_ledger(records, document, known)
    state = fold_all(records)
    if not records or known is not None:
        return Opened(state, records, ())
    what = "missing" if document is None else "damaged"
    return Opened(state, records, (f"the state file is {what}: the state was folded again from the ledger",))


def _checked(world: World, opened: Opened) -> Opened:
    state, environment = opened.state, world.environment
    if state.head == EMPTY:
        if environment.live:
            raise LedgerError(
                f"the live environment {environment.name!r} has no ledger at {environment.state_url}",
                hint=f"if this is its first use: volvenctl -e {environment.name} state init",
            )
        return opened
    if state.environment != environment.name:
        raise LedgerError(
            f"the ledger at {environment.state_url} belongs to environment {state.environment!r}, "
            f"not to {environment.name!r}",
            hint="give each environment a state of its own in volvenctl.yaml",
        )
    return opened


def _cut(length: int, known: State) -> LedgerError:
    return LedgerError(
        f"the ledger ends at seq {length}, but the state file knows seq {known.head.seq}: it was cut",
        hint="restore ledger.jsonl from a copy that has all records",
    )


def _another_history(known: State) -> LedgerError:
    return LedgerError(
        f"the state file and the ledger have different histories at seq {known.head.seq}",
        hint="restore both from copies of the same moment",
    )


def _with_broken_lock(world: World, opened: Opened) -> Opened:
    """Record whose lock was broken; a ledger that does not exist yet begins with something else."""
    holder = world.ledger.broken_lock()
    if holder is None or opened.state.head == EMPTY:
        return opened
    journal = Journal(world.ledger, world.system, opened.state)
    journal.report(Draft("lock.broken", {"holder": holder}))
    return Opened(journal.state, opened.records + journal.records, (*opened.notices, broken_lock_text(holder)))


def _with_recoveries(world: World, opened: Opened) -> Opened:
    """Append the results that could not be stored when they were learned, and drop their files."""
    found = world.ledger.recoveries()
    if not found:
        return opened
    journal = Journal(world.ledger, world.system, opened.state)
    notices = list(opened.notices)
    for name, document in found:
        draft = _recovered(document)
        if draft is None:
            raise LedgerError(f"the recovery file {name} is damaged", hint="repair it by hand, or move it away")
        if _is_news(journal.state, draft):
            journal.report(draft)
        world.ledger.drop_recovery(name)
        notices.append(f"{name}: its result ({draft.type}) is in the ledger now")
    return Opened(journal.state, opened.records + journal.records, tuple(notices))


def _is_news(state: State, draft: Draft) -> bool:
    """Whether the ledger does not know yet what a recovery file says."""
    attempt_id, strategy_id = AttemptId(str(draft.data["attemptId"])), draft.data.get("strategyId")
    is_asked = any(item.asked is not None and item.asked.id == attempt_id for item in state.strategies.values())
    is_open = attempt_id in state.attempts or attempt_id in state.absent or is_asked
    return is_open or (isinstance(strategy_id, str) and strategy_id not in {*state.known_ids, *state.doubles})


_RECOVERABLE = frozenset(
    {"attempt.succeeded", "attempt.refused", "attempt.not-sent", "attempt.unknown", "action.accepted"}
)
"""What an apply may have learned and not stored."""


def _recovered(document: JsonObject) -> Draft | None:
    kind, facts = document.get("type"), document.get("data")
    if not isinstance(kind, str) or kind not in _RECOVERABLE or not isinstance(facts, dict):
        return None
    is_whole = isinstance(facts.get("attemptId"), str) and isinstance(facts.get("name"), str)
    return Draft(kind, facts) if is_whole else None
