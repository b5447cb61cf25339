"""Spec, state and platform side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

from volvenctl.core.capital import money_of, read_notional_facts
from volvenctl.core.reconcile import Doubts, attempt_views, doubts, drift, unmanaged
from volvenctl.errors import UsageError
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.names import JsonObject, StrategyId, StrategyName
from volvenctl.model.number import number_text
from volvenctl.model.plan import Selection
from volvenctl.model.report import TWICE, Status, StatusRow
from volvenctl.model.spec import StrategySpec
from volvenctl.model.state import Launched, State
from volvenctl.pipeline.check import check
from volvenctl.pipeline.opening import open_for_reading
from volvenctl.pipeline.plan import look
from volvenctl.ports import World


@dataclass(frozen=True, slots=True)
class _Sight:
    """What a row is seen against."""

    state: State
    declared: frozenset[StrategyName]
    live: Mapping[StrategyId, LiveStrategy] | None
    doubts: Doubts

    def shown(self, strategy_id: StrategyId | None) -> LiveStrategy | None:
        return None if self.live is None or strategy_id is None else self.live.get(strategy_id)

    def is_gone(self, strategy_id: StrategyId) -> bool:
        return self.live is not None and strategy_id not in self.live


def status(world: World, names: tuple[str, ...]) -> Status:
    """Return every strategy that git, state or platform know of; only those in `names` if any are given.

    Invalid specs do not stop it: they are reported beside what the state and the platform say.

    Raises:
        UsageError: a name that neither git nor the state has.
        LedgerError, PlatformError, CredentialsError: state or platform cannot be read.
    """
    holder = world.ledger.holder()  # asked first: who ends in between has left nothing in flight
    opened = open_for_reading(world)
    state = opened.state
    checked = check(world, Selection())
    live, notices = look(world)
    specs = {item.name: item for item in checked.specs}
    doubt = doubts(state, live)
    sight = _Sight(state, checked.declared, None if live is None else {item.id: item for item in live}, doubt)
    chosen = _chosen(sight, names)
    views = attempt_views(state, live, in_flight=holder is not None)
    return Status(
        environment=world.environment.name,
        live=world.environment.live,
        commit=world.source.checkout().commit,
        rows=tuple(_row(name, specs.get(name), sight) for name in chosen),
        attempts=tuple(item for item in views if item.attempt.name in chosen),
        drift=tuple(item for item in drift(state, live) if item.name in chosen),
        unmanaged=unmanaged(state, live),
        holder=holder,
        problems=checked.problems,
        notices=opened.notices + notices + doubt.sentences,
        head=state.head,
    )


def _chosen(sight: _Sight, names: tuple[str, ...]) -> list[StrategyName]:
    known = sight.declared | set(sight.state.strategies) | {item.name for item in sight.state.attempts.values()}
    missing = sorted(set(names) - set(known))
    if missing:
        raise UsageError(f"there is no strategy {missing[0]!r} in git or in the state", hint="volvenctl status")
    return sorted(name for name in known if not names or name in names)


def _row(name: StrategyName, spec: StrategySpec | None, sight: _Sight) -> StatusRow:
    launched = sight.state.strategies.get(name)
    attempt = sight.state.open_attempt_of(name)
    strategy_id = None if launched is None else launched.strategy_id
    is_edited = spec is not None and launched is not None and launched.facts.get("specDigest") != spec.digest
    return StatusRow(
        name=name,
        place=None if spec is None else spec.place,
        wanted=None if spec is None else spec.run_state,
        strategy_id=strategy_id,
        launched_at=None if launched is None else launched.launched_at,
        edited=is_edited,
        open_attempt=None if attempt is None else attempt.id,
        live=sight.shown(strategy_id),
        notional=_notional(spec, launched),
        summary=_summary(name, spec, sight, is_edited=is_edited),
    )


def _notional(spec: StrategySpec | None, launched: Launched | None) -> JsonObject | None:
    if launched is not None:
        money = money_of(read_notional_facts(launched.facts))
    elif spec is not None:
        money = money_of(spec.notionals)
    else:
        return None
    return {"amount": None if money.amount is None else number_text(money.amount), "currency": money.currency}


def _summary(name: StrategyName, spec: StrategySpec | None, sight: _Sight, *, is_edited: bool) -> str:
    """Return the first thing that is not as it should be, else `live`."""
    launched = sight.state.strategies.get(name)
    is_unlaunched = "not launched" if spec is None or spec.run_state in {"running", "paused"} else "nothing to launch"
    findings = (
        (name in sight.doubts.twice, TWICE),
        (name in sight.doubts.unjudged, "may run already"),
        (sight.state.open_attempt_of(name) is not None, "unknown outcome"),
        (name not in sight.declared, "orphaned"),
        (spec is None, "invalid"),
        (launched is None, is_unlaunched),
        (launched is not None and sight.is_gone(launched.strategy_id), "gone"),
        (is_edited, "edited"),
    )
    return next((word for is_so, word in findings if is_so), "live")
