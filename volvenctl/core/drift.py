"""What changed without us: the platform against the state, apart from what the specs intend."""

from collections.abc import Iterable

from volvenctl.core.decide_managed import was_told_to_stop
from volvenctl.core.sight import Sight
from volvenctl.model.names import StrategyName
from volvenctl.model.plan import Drift
from volvenctl.model.spec import StrategySpec
from volvenctl.model.state import Launched, State


def drift(state: State, sight: Sight) -> tuple[Drift, ...]:
    """Return what changed by itself or by hand, by name.

    A strategy whose run state is not certain, or whose word at the platform has no meaning here, is no drift.
    """
    entries = sorted(state.strategies.values(), key=lambda item: item.name)
    return tuple(item for entry in entries if (item := _drifted(entry, state, sight)) is not None)


def twin_sentences(state: State, sight: Sight, wanted: Iterable[StrategySpec] = ()) -> tuple[str, ...]:
    """Return a sentence for each request that is live, or is going to be, under more than one name.

    `wanted` are the specs that are going to be launched. That may be meant, and is for people to judge.
    """
    names: dict[object, set[StrategyName]] = {}
    for entry in state.strategies.values():
        if entry.run_state != "stopped" and sight.of_strategy(entry.strategy_id) not in {"stopped", "gone"}:
            names.setdefault(entry.facts.get("specDigest"), set()).add(entry.name)
    for spec in wanted:
        names.setdefault(spec.digest, set()).add(spec.name)
    groups = sorted(sorted(group) for group in names.values() if len(group) > 1)
    return tuple(f"twins: {', '.join(group)} ask for exactly the same" for group in groups)


def _drifted(entry: Launched, state: State, sight: Sight) -> Drift | None:
    seen, known = sight.of_strategy(entry.strategy_id), entry.run_state
    is_halted = state.halt_of(entry.name, entry.accounts, entry.strategy_id) is not None
    if is_halted and seen in {"running", "paused"}:
        detail = f"it is halted, and find shows it {seen} all the same: volvenctl halt {entry.name}"
        return Drift(entry.name, entry.strategy_id, seen, detail)
    if seen in {"unsaid", known} or (seen == "gone" and known == "stopped"):
        return None
    if known is None and seen != "gone" and not (seen == "stopped" and not was_told_to_stop(entry)):
        return None
    return Drift(entry.name, entry.strategy_id, seen, _detail(entry, seen, sight))


def _detail(entry: Launched, seen: str, sight: Sight) -> str:
    shown = f"find shows it {seen} ({sight.word_of(entry.strategy_id)})"
    match seen:
        case "gone":
            return (
                "find does not show it any more; it is not launched again by itself: to launch it anew give it a "
                f"new name, to forget this one: volvenctl release {entry.name}"
            )
        case "stopped":
            return (
                f"{shown}: it ended by itself or was stopped outside, and is not launched again by itself; to agree "
                "write runState: stopped, to launch it anew give it a new name"
            )
        case _:
            return f"{shown}, and was last told to be {entry.run_state}"
