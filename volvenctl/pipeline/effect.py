"""Whether what the platform accepted took effect: `find` is looked at for a bounded time."""

from collections.abc import Callable, Mapping

from volvenctl.core.sight import Sight
from volvenctl.errors import VolvenctlError
from volvenctl.model.names import StrategyId
from volvenctl.model.outcome import RUN_STATE_AFTER, Accepted
from volvenctl.model.project import Environment
from volvenctl.model.report import ActionResult
from volvenctl.ports import Platform, System, World

_LOOK_EVERY_S = 1.0
_CONFIRM_S = 10.0
"""How long an apply waits at its end for what it asked for to show."""


def is_shown(
    look: Callable[[], Sight],
    system: System,
    wanted: Mapping[StrategyId, str],
    within_s: float,
    is_given_up: Callable[[], bool] = lambda: False,
) -> bool:
    """Return whether `look` shows every strategy in its wanted run state within `within_s`.

    A look that fails shows nothing and is tried again. That a strategy is gone shows nothing either.
    """
    until = system.clock() + within_s
    while not is_given_up():
        if not _missing(look, wanted):
            return True
        if system.clock() >= until:
            return False
        system.sleep(min(_LOOK_EVERY_S, max(until - system.clock(), 0)))
    return False


def looking(platform: Platform, environment: Environment) -> Callable[[], Sight]:
    """Return how to look at the platform once."""
    return lambda: Sight.of(platform.find(), environment)


def effect_notices(world: World, results: tuple[ActionResult, ...], is_given_up: Callable[[], bool]) -> tuple[str, ...]:
    """Return a sentence for each accepted action that `find` does not show; waits a bounded time for them."""
    accepted = {item.name: item.outcome for item in results if isinstance(item.outcome, Accepted)}
    wanted = {item.strategy_id: str(RUN_STATE_AFTER[item.action]) for item in accepted.values()}
    if not wanted:
        return ()
    said = set(world.environment.states.values()) if world.environment.state_key is not None else set[str]()
    if not set(wanted.values()) <= said or world.environment.api.find == "none":
        return ("the actions were accepted; find does not say here whether they took effect",)
    look = looking(world.platform, world.environment)
    if is_shown(look, world.system, wanted, _CONFIRM_S, is_given_up):
        return ()
    missing = _missing(look, wanted)
    return tuple(
        f"{name}: the {item.action} was accepted, and find does not show it {wanted[item.strategy_id]} yet; "
        "the next plan tells"
        for name, item in accepted.items()
        if item.strategy_id in missing
    )


def _missing(look: Callable[[], Sight], wanted: Mapping[StrategyId, str]) -> frozenset[StrategyId]:
    try:
        sight = look()
    except VolvenctlError:
        return frozenset(wanted)
    return frozenset(item for item, state in wanted.items() if sight.of_strategy(item) != state)
