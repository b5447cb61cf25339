"""Spec, state and platform side by side."""

from dataclasses import dataclass
from typing import cast

from volvenctl.core.capital import money_of, read_notional_facts
from volvenctl.core.case import Ground
from volvenctl.core.decide import decide
from volvenctl.core.drift import drift, twin_sentences
from volvenctl.core.reconcile import Doubts, attempt_views, doubts, unmanaged
from volvenctl.core.sight import Sight
from volvenctl.errors import UsageError
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.names import JsonObject, StrategyId, StrategyName
from volvenctl.model.number import number_text
from volvenctl.model.plan import Blocked, Create, Keep, Replace, Selection, action_word
from volvenctl.model.report import TWICE, Status, StatusRow
from volvenctl.model.spec import StrategySpec
from volvenctl.model.state import Launched, State
from volvenctl.pipeline.check import check
from volvenctl.pipeline.opening import open_for_reading
from volvenctl.pipeline.plan import look
from volvenctl.ports import World


@dataclass(frozen=True, slots=True)
class _View:
    """What a row is seen against."""

    ground: Ground
    doubts: Doubts

    @property
    def state(self) -> State:
        return self.ground.state

    def shown(self, strategy_id: StrategyId | None) -> LiveStrategy | None:
        live = self.ground.sight.live
        return None if live is None or strategy_id is None else live.get(strategy_id)


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
    ground = Ground(state, Sight.of(live, world.environment), checked.declared)
    view = _View(ground, doubt)
    chosen = _chosen(ground, names)
    views = attempt_views(state, live, in_flight=holder is not None)
    return Status(
        environment=world.environment.name,
        live=world.environment.live,
        commit=world.source.checkout().commit,
        rows=tuple(_row(name, specs.get(name), view) for name in chosen),
        attempts=tuple(item for item in views if item.attempt.name in chosen),
        drift=tuple(item for item in drift(state, ground.sight) if item.name in chosen),
        unmanaged=unmanaged(state, ground.sight),
        holder=holder,
        problems=checked.problems,
        notices=opened.notices + notices + doubt.sentences + twin_sentences(state, ground.sight),
        head=state.head,
    )


def _chosen(ground: Ground, names: tuple[str, ...]) -> list[StrategyName]:
    state = ground.state
    known = ground.declared | set(state.strategies) | {item.name for item in state.attempts.values()}
    missing = sorted(set(names) - set(known))
    if missing:
        raise UsageError(f"there is no strategy {missing[0]!r} in git or in the state", hint="volvenctl status")
    return sorted(name for name in known if not names or name in names)


def _row(name: StrategyName, spec: StrategySpec | None, view: _View) -> StatusRow:
    launched = view.state.strategies.get(name)
    attempt = view.state.open_attempt_of(name)
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
        live=view.shown(strategy_id),
        notional=_notional(spec, launched),
        summary=_summary(name, spec, view),
    )


def _notional(spec: StrategySpec | None, launched: Launched | None) -> JsonObject | None:
    if launched is not None:
        money = money_of(read_notional_facts(launched.facts))
    elif spec is not None:
        money = money_of(spec.notionals)
    else:
        return None
    return {"amount": None if money.amount is None else number_text(money.amount), "currency": money.currency}


def _summary(name: StrategyName, spec: StrategySpec | None, view: _View) -> str:
    """Return the first thing that is not as it should be, else how it is."""
    launched = view.state.strategies.get(name)
    findings = (
        (name in view.doubts.twice, TWICE),
        (name in view.doubts.unjudged, "may run already"),
        (view.state.open_attempt_of(name) is not None, "unknown outcome"),
        (name not in view.ground.declared, _without_spec(launched, view.ground)),
        (spec is None, "invalid"),
    )
    first = next((word for is_so, word in findings if is_so), None)
    return first or _decided(cast("StrategySpec", spec), launched, view.ground)


def _without_spec(launched: Launched | None, ground: Ground) -> str:
    if launched is None or launched.run_state != "stopped":
        return "orphaned"
    return "stopped" if ground.sight.of_strategy(launched.strategy_id) in {"stopped", "gone"} else "orphaned"


def _decided(spec: StrategySpec, launched: Launched | None, ground: Ground) -> str:
    """Return what the plan's decision about a spec means in a few words."""
    change = decide(spec, ground)
    match change:
        case Create():
            return "not launched"
        case Keep():
            return "nothing to launch" if launched is None else _kept(spec, launched, ground)
        case Replace():
            return "edited"
        case Blocked():
            return _blocked(spec, launched, ground)
        case _:
            return f"to {action_word(change)}"


def _kept(spec: StrategySpec, launched: Launched, ground: Ground) -> str:
    seen = ground.sight.of_strategy(launched.strategy_id)
    if ground.sight.is_unclear(launched.strategy_id):
        return "unclear"
    if spec.run_state == "stopped":
        return "stopped"
    if seen in {"gone", "stopped"}:
        return "gone" if seen == "gone" else "ended"
    return "live" if spec.run_state == "running" else spec.run_state


def _blocked(spec: StrategySpec, launched: Launched | None, ground: Ground) -> str:
    accounts = frozenset(spec.account_ids) if launched is None else launched.accounts
    strategy_id = None if launched is None else launched.strategy_id
    if ground.state.halt_of(spec.name, accounts, strategy_id) is not None:
        is_at_work = strategy_id is not None and ground.sight.of_strategy(strategy_id) in {"running", "paused"}
        return "halted, but runs" if is_at_work else "halted"
    is_edited = launched is not None and launched.facts.get("specDigest") != spec.digest
    return "edited" if is_edited else "blocked"
