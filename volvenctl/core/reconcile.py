"""What `find` shows beside what the ledger says: candidates, strangers, and what is not managed."""

from collections.abc import Iterable
from dataclasses import dataclass

from volvenctl.core.sight import Sight
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.names import StrategyId, StrategyName
from volvenctl.model.report import AttemptView
from volvenctl.model.state import AbsentAttempt, OpenAttempt, State


def candidates(
    state: State, live: tuple[LiveStrategy, ...] | None, attempt: OpenAttempt | AbsentAttempt
) -> tuple[LiveStrategy, ...] | None:
    """Return the strategies that may be the one `attempt` launched, by id.

    They are those that `find` shows now, less those it showed before that apply, less those the ledger knows.
    None where either list cannot be had: then nothing can be told, and nothing is proved.
    """
    before = state.snapshots.get(attempt.apply_seq)
    if live is None or before is None:
        return None
    return tuple(item for item in _by_id(live) if item.id not in before and item.id not in state.known_ids)


def attempt_views(state: State, live: tuple[LiveStrategy, ...] | None, *, in_flight: bool) -> tuple[AttemptView, ...]:
    """Return the open attempts by name, each with its candidates and with those it cannot be told apart from."""
    attempts = sorted(state.attempts.values(), key=lambda item: item.name)
    found = {item.name: candidates(state, live, item) for item in attempts}
    claimants: dict[StrategyId, set[StrategyName]] = {}
    for name, ids in found.items():
        for one in ids or ():
            claimants.setdefault(one.id, set()).add(name)
    return tuple(
        AttemptView(item, in_flight, found[item.name], _rivals(item.name, found, claimants)) for item in attempts
    )


def claims(state: State, live: tuple[LiveStrategy, ...] | None) -> dict[StrategyId, StrategyName]:
    """Return the names whose launch may have made each id: candidates of open and absent attempts, and doubles."""
    found = {item.strategy_id: item.name for item in state.doubles.values()}
    attempts: list[OpenAttempt | AbsentAttempt] = [*state.absent.values(), *state.attempts.values()]
    for attempt in attempts:
        found |= {item.id: attempt.name for item in candidates(state, live, attempt) or ()}
    return found


def late_candidates(
    state: State, live: tuple[LiveStrategy, ...] | None
) -> dict[StrategyName, tuple[LiveStrategy, ...]]:
    """Return, for each spec with an attempt declared absent, the ids that may be its strategy all the same, by id."""
    found: dict[StrategyName, tuple[LiveStrategy, ...]] = {}
    for item in state.absent.values():
        known = {one.id for one in found.get(item.name, ())}
        more = tuple(one for one in candidates(state, live, item) or () if one.id not in known)
        if more:
            found[item.name] = (*found.get(item.name, ()), *more)
    return found


def unjudged_candidates(
    state: State, live: tuple[LiveStrategy, ...] | None
) -> dict[StrategyName, tuple[LiveStrategy, ...]]:
    """Return the late candidates that nobody was shown when the attempts were declared absent, of specs not launched.

    Launching such a spec might launch it twice without anybody having agreed to that. A spec whose strategy was to
    be replaced by that attempt is not launched again by having the old one.
    """
    judged = {name: set[StrategyId]() for name in late_candidates(state, live)}
    for item in state.absent.values():
        judged.setdefault(item.name, set()).update(item.seen)
    found = {
        name: tuple(one for one in ids if one.id not in judged[name])
        for name, ids in late_candidates(state, live).items()
        if not was_launched_again(state, name)
    }
    return {name: ids for name, ids in found.items() if ids}


def was_launched_again(state: State, name: StrategyName) -> bool:
    """Return whether a spec has a strategy beside the one that an attempt declared absent may have launched."""
    entry = state.strategies.get(name)
    replaced = {item.facts.get("replaces") for item in state.absent.values() if item.name == name}
    return entry is not None and entry.strategy_id not in replaced


@dataclass(frozen=True, slots=True)
class Doubts:
    """Specs that may run twice, or already, by what turned up after a person had decided."""

    twice: tuple[StrategyName, ...]
    """They were launched, and another strategy may be theirs too."""
    unjudged: tuple[StrategyName, ...]
    """They were not launched again, and an id that nobody has judged may be theirs."""
    sentences: tuple[str, ...]


def doubts(state: State, live: tuple[LiveStrategy, ...] | None) -> Doubts:
    """Return what late answers and late candidates say, by name."""
    late = {name: ids for name, ids in late_candidates(state, live).items() if was_launched_again(state, name)}
    unjudged = unjudged_candidates(state, live)
    sentences = [
        *(
            f"{name} may run twice: {_ids_text(late[name])} turned up after an attempt was declared absent, and it "
            f"was launched again as {state.strategies[name].strategy_id}"
            for name in sorted(late)
        ),
        *(
            f"{item.name} runs twice: {item.strategy_id} was launched by attempt {item.id}, whose answer came late"
            for item in state.doubles.values()
        ),
        *(f"{name} may run already, as {_ids_text(unjudged[name])}: judge it" for name in sorted(unjudged)),
    ]
    twice = {*late, *(item.name for item in state.doubles.values())}
    return Doubts(tuple(sorted(twice)), tuple(sorted(unjudged)), tuple(sentences))


def _ids_text(found: tuple[LiveStrategy, ...]) -> str:
    return ", ".join(item.id for item in found)


def strangers(state: State, live: tuple[LiveStrategy, ...] | None) -> tuple[LiveStrategy, ...] | None:
    """Return the strategies at the platform that the ledger does not know, by id."""
    return None if live is None else tuple(item for item in _by_id(live) if item.id not in state.known_ids)


def unmanaged(state: State, sight: Sight) -> tuple[LiveStrategy, ...] | None:
    """Return the strategies at the platform that nobody here manages, by id.

    Strangers, what we released or let go of, and what was declared foreign; not what we knew and shows stopped.
    """
    if sight.live is None:
        return None
    ours = {entry.strategy_id for entry in state.strategies.values()} | set(state.doubles)
    return tuple(
        item
        for item in _by_id(sight.live.values())
        if item.id not in ours and not (item.id in state.known_ids and sight.of_strategy(item.id) == "stopped")
    )


def _by_id(live: Iterable[LiveStrategy]) -> list[LiveStrategy]:
    return sorted({item.id: item for item in live}.values(), key=lambda item: item.id)


def _rivals(
    name: StrategyName,
    found: dict[StrategyName, tuple[LiveStrategy, ...] | None],
    claimants: dict[StrategyId, set[StrategyName]],
) -> tuple[StrategyName, ...]:
    others = set().union(*(claimants[one.id] for one in found[name] or ()))
    return tuple(sorted(others - {name}))
