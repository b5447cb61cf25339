"""The story of a check-up: everything is looked at, and it goes on whatever fails. Nothing is changed anywhere."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from volvenctl.core.checkup import (
    attempts_finding,
    clock_finding,
    failure,
    git_finding,
    ledger_finding,
    lock_finding,
    recovery_finding,
    words_finding,
)
from volvenctl.errors import Exit, NoFindError, VolvenctlError
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.checkup import Finding
from volvenctl.model.names import JsonObject
from volvenctl.pipeline.opening import open_for_reading
from volvenctl.ports import World
from volvenctl.render.text import count_text

_Item = TypeVar("_Item")


def look_at_state(world: World) -> Iterator[Finding]:
    """Look at ledger, lock, open attempts, recovery files and git, one finding after the other."""
    holder: JsonObject | None = None
    try:
        holder = world.ledger.holder()  # asked first: who ends in between has left nothing in flight
        lock = lock_finding(holder)
    except VolvenctlError as error:
        lock = failure("lock", error)
    try:
        world.ledger.read(0)  # every hash and link; a reader verifies from the state file's head on
        opened = open_for_reading(world)
    except VolvenctlError as error:
        yield failure("state", error)
        yield lock
    else:
        yield ledger_finding(world.environment, opened.state, opened.notices)
        yield lock
        yield attempts_finding(world.environment, opened.state, in_flight=holder is not None)
    try:
        yield recovery_finding(world.environment, [name for name, _ in world.ledger.recoveries()])
    except VolvenctlError as error:
        yield failure("recovery", error)
    yield git_finding(world.source.checkout())


def look_at_platform(world: World, clock_skew_s: Callable[[], float | None]) -> Iterator[Finding]:
    """Ask the platform what every command asks it, one finding after the other. Only reads are sent."""
    platform, find = world.platform, world.environment.api.find
    accounts = _timed(world, platform.accounts)
    skew_s = clock_skew_s()
    yield accounts.finding("accounts", f"{len(accounts.answer)} found")
    exchanges = tuple(dict.fromkeys(account.exchange for account in accounts.answer))
    products = _timed(world, lambda: platform.products(exchanges))
    yield products.finding("products", f"{len(products.answer)} found on {', '.join(exchanges) or 'all exchanges'}")
    if find == "none":
        yield Finding("find", "ok", "not asked: api.find is none")
    else:
        strategies = _timed(world, platform.find)
        yield _found(world, strategies)
        if strategies.error is None:
            yield words_finding(world.environment, strategies.answer)
    if world.environment.api.is_sandbox:
        yield Finding("clock", "ok", "the sandbox goes by this machine's clock")
    else:
        yield clock_finding(skew_s, accounts.waited_s)


@dataclass(frozen=True, slots=True)
class _Timed(Generic[_Item]):
    """A call of the platform: its answer, empty if it failed, and how long that took."""

    answer: tuple[_Item, ...]
    error: VolvenctlError | None
    waited_s: float

    def finding(self, check: str, seen: str) -> Finding:
        """Return the finding; `seen` is for an answer."""
        latency_ms = round(self.waited_s * 1000)
        if self.error is not None:
            return failure(check, self.error, latency_ms)
        return Finding(check, "ok", seen, latency_ms=latency_ms)


def _timed(world: World, call: Callable[[], tuple[_Item, ...]]) -> _Timed[_Item]:
    began = world.system.clock()
    answer: tuple[_Item, ...] = ()
    failed: VolvenctlError | None = None
    try:
        answer = call()
    except VolvenctlError as error:
        failed = error
    return _Timed(answer, failed, world.system.clock() - began)


def _found(world: World, strategies: _Timed[LiveStrategy]) -> Finding:
    """Return how `find` answered; a platform without it is in the way of a live environment only."""
    finding = strategies.finding("find", f"{count_text(len(strategies.answer), 'strategy', 'strategies')}")
    if isinstance(strategies.error, NoFindError) and not world.environment.live:
        return replace(finding, verdict="warn", exit=Exit.OK)
    return finding
