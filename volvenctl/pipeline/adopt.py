"""Taking a strategy that runs already under a spec, and letting one go: recorded, nothing is sent."""

from dataclasses import dataclass

from volvenctl.core.case import Ground, why_not_adopted
from volvenctl.core.reconcile import claims
from volvenctl.core.sight import Sight
from volvenctl.errors import RefusedError, UsageError
from volvenctl.model.names import STRATEGY_ID_PATTERN, JsonObject, StrategyId, StrategyName
from volvenctl.model.plan import Selection
from volvenctl.model.record import EMPTY, Draft
from volvenctl.model.report import Checked
from volvenctl.model.spec import StrategySpec
from volvenctl.model.state import State
from volvenctl.pipeline.check import check
from volvenctl.pipeline.ending import store_state
from volvenctl.pipeline.journal import Journal
from volvenctl.pipeline.noting import adopted_facts, adoption_draft
from volvenctl.pipeline.opening import creation_draft, open_for_writing
from volvenctl.pipeline.plan import look
from volvenctl.ports import World


@dataclass(frozen=True, slots=True)
class Noting:
    """What was recorded of one strategy."""

    name: StrategyName
    strategy_id: StrategyId
    is_news: bool
    """The ledger did not say so before."""
    notices: tuple[str, ...]


def adopt(world: World, name: str, strategy_id: str, reason: str | None) -> Noting | Checked:
    """Manage the strategy `strategy_id` under the spec `name` from now on; the findings if that spec is invalid.

    Raises:
        UsageError: the id is not well formed, or there is no such spec.
        RefusedError: the spec or the id is managed already, is in doubt, or `find` does not show the id.
    """
    if not STRATEGY_ID_PATTERN.fullmatch(strategy_id):
        raise UsageError("a strategy id is 1-128 printable ASCII characters without spaces")
    wanted = StrategyId(strategy_id)
    with world.ledger.lock("adopt", world.system.actor()):
        state = open_for_writing(world).state
        checked = check(world, Selection(only=(name,)))
        if not checked.valid:
            return checked
        spec = next((item for item in checked.specs if item.name == name), None)
        if spec is None:
            raise UsageError(f"there is no spec {name!r} in git", hint="write the spec first, then adopt")
        entry = state.strategies.get(spec.name)
        if entry is not None and entry.strategy_id == wanted:
            return Noting(spec.name, wanted, is_news=False, notices=())
        live, notices = look(world)
        ground = Ground(state, Sight.of(live, world.environment), checked.declared, claims(state, live))
        _refuse_adoption(ground, spec, wanted)
        draft = adoption_draft(name, wanted, adopted_facts(wanted, spec, ground.sight))
        return _noted(world, state, draft, reason, notices)


def release(world: World, name: str, reason: str | None) -> Noting:
    """Manage the strategy of `name` no longer, and leave it as it is.

    Raises:
        UsageError: nothing is managed under that name.
        RefusedError: an attempt of it is open: what it launched would be lost.
    """
    with world.ledger.lock("release", world.system.actor()):
        state = open_for_writing(world).state
        spec_name = StrategyName(name)
        entry = state.strategies.get(spec_name)
        if entry is None and spec_name in state.released:
            return Noting(spec_name, state.released[spec_name], is_news=False, notices=())
        if entry is None:
            raise UsageError(f"nothing is managed as {name!r}", hint="see `volvenctl state list`")
        if state.open_attempt_of(spec_name) is not None:
            raise RefusedError(
                f"{name} has an attempt whose outcome is unknown", hint=f"first: volvenctl resolve {name}"
            )
        draft = Draft("strategy.released", {"name": name, "strategyId": entry.strategy_id})
        return _noted(world, state, draft, reason, ())


def _refuse_adoption(ground: Ground, spec: StrategySpec, wanted: StrategyId) -> None:
    state, names = ground.state, [spec.name] if spec.was is None else [spec.name, spec.was]
    for name in names:
        if state.open_attempt_of(name) is not None:
            raise RefusedError(
                f"{name} has an attempt whose outcome is unknown",
                hint=f"if it launched {wanted}: volvenctl resolve {name} --adopt {wanted} --reason TEXT",
            )
        if name in state.strategies:
            raise RefusedError(
                f"{name} is launched as {state.strategies[name].strategy_id}, and a spec has one strategy",
                hint=f"volvenctl release {name}, or write a spec of another name",
            )
    refusal = why_not_adopted(ground, spec, wanted)
    if refusal:
        raise RefusedError(refusal, hint="see what runs with `volvenctl status`")


def _noted(world: World, state: State, draft: Draft, reason: str | None, notices: tuple[str, ...]) -> Noting:
    commit = world.source.checkout().commit
    common: JsonObject = {} if commit is None else {"commit": commit}
    journal = Journal(world.ledger, world.system, state)
    if state.head == EMPTY:
        journal.report(creation_draft(world, common))
    why: JsonObject = {} if reason is None else {"reason": reason}
    journal.report(Draft(draft.type, {**draft.data, **common, **why}))
    notices += store_state(world, journal.state)
    name, strategy_id = StrategyName(str(draft.data["name"])), StrategyId(str(draft.data["strategyId"]))
    return Noting(name, strategy_id, is_news=True, notices=notices)
