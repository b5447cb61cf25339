"""The emergency stop: by the platform's own list, through every failure, to an exact list of what did not stop.

It asks nothing, waits for no lock and needs neither specs nor state. What it is about is recorded first, which
also keeps a running apply from announcing anything more; then everything is told to stop, and looked at again
until nothing that was announced before can arrive any more.
"""

from dataclasses import dataclass, replace

from volvenctl.core.halting import Aim, Picture, halt_scope, is_launch_arriving, starts_arriving, take_aim
from volvenctl.core.sight import Sight
from volvenctl.errors import VolvenctlError
from volvenctl.model.names import AccountId, JsonObject, StrategyId, StrategyName
from volvenctl.model.outcome import Accepted, Refused
from volvenctl.model.project import Environment
from volvenctl.model.record import Draft
from volvenctl.model.report import HaltReport, HaltResult, HaltScope
from volvenctl.model.state import State
from volvenctl.pipeline.effect import is_shown, looking
from volvenctl.pipeline.halt_memory import HaltMemory, Late, Memories
from volvenctl.pipeline.intent import SEND_WITHIN_S
from volvenctl.pipeline.stopping import Stopper, result_of, untold
from volvenctl.ports import Audience, Platform, System, World

_LOOK_EVERY_S = 1.0
_CONFIRM_S = 10.0

_NO_PROJECT = Memories(None, unread="there is no project here: nothing is recorded, and names are not known")


@dataclass(frozen=True, slots=True)
class Emergency:
    """What a halt works with; a project is no condition."""

    platform: Platform
    system: System
    environment: Environment
    world: World | None
    """None: there is no project here, and so no ledger."""
    first_wait_s: float = 2.0
    """How long the first stop waits for the ledger to be read, and once more for the halt to be recorded."""
    last_wait_s: float = 30.0
    """How long what follows waits for the ledger."""


def halt(emergency: Emergency, scope: HaltScope, reason: str, audience: Audience, *, dry_run: bool) -> HaltReport:
    """Stop everything in `scope`; return what became of each strategy, those that did not stop included.

    Raises:
        PlatformError, CredentialsError: neither the platform nor the ledger says what there is to stop.
    """
    accounts = tuple(account_of(item, emergency.environment) for item in scope.accounts)
    return _Halt(emergency, replace(scope, accounts=accounts), reason, audience).carry_out(dry_run=dry_run)


def account_of(said: AccountId, environment: Environment) -> AccountId:
    """Return the account that an alias of the environment stands for, written with or without its @."""
    return environment.accounts.get(said.removeprefix("@"), said)


class _Halt:
    """One halt. What it told and what came of that is collected by strategy; the last word counts."""

    def __init__(self, emergency: Emergency, scope: HaltScope, reason: str, audience: Audience) -> None:
        self._emergency = emergency
        self._scope = scope
        self._reason = reason
        self._stopper = Stopper(emergency.platform, emergency.system, audience)
        self._memory = None if emergency.world is None else HaltMemory(emergency.world)
        self._results: dict[StrategyId, HaltResult] = {}
        self._accepted: set[StrategyId] = set()
        self._begun: Late[None] | None = None
        self._names: frozenset[StrategyName] = frozenset()
        """Are recorded as halted."""
        self._starting: set[StrategyId] = set()
        """A start of these was under way while they were told to stop."""

    def carry_out(self, *, dry_run: bool) -> HaltReport:
        """Do all of it, or, with `dry_run`, only look."""
        picture = self._look(self._emergency.last_wait_s if dry_run else self._emergency.first_wait_s)
        aim = take_aim(self._scope, picture)
        if dry_run:
            self._results = {item.strategy_id: untold(item) for item in aim.targets}
            return self._report(picture, aim, dry_run=True)
        self._begin(picture, self._emergency.first_wait_s)
        self._tell(aim)
        picture, aim = self._keep_looking()
        unshown = self._confirm()
        self._doubt_starts(aim)
        if aim.names - self._names:  # the specs were read late, say
            self._begin(picture, self._emergency.last_wait_s)
        unrecorded = self._end()
        report = self._report(picture, aim, dry_run=False)
        more = tuple(item for item in (unshown, unrecorded if picture.state is not None else "") if item)
        return replace(report, notices=report.notices + more, is_recorded=not unrecorded)

    def _look(self, within_s: float) -> Picture:
        """Return what platform, ledger and specs say now; what cannot be had is missing, with the reason.

        Raises:
            VolvenctlError: neither the platform nor the ledger says anything, and nothing was told to stop.
        """
        unlisted: VolvenctlError | None = None
        sight = Sight()
        try:
            sight = Sight.of(self._emergency.platform.find(), self._emergency.environment)
        except VolvenctlError as error:
            unlisted = error
        is_by_spec = bool(self._scope.names or self._scope.labels)
        found = _NO_PROJECT if self._memory is None else self._memory.read(within_s, with_specs=is_by_spec)
        if unlisted is None:
            return Picture(found.state, sight, found.labels, unread=found.unread)
        if found.state is None and found.is_final and not self._results:
            raise unlisted
        return Picture(found.state, sight, found.labels, unlisted.message, found.unread)

    def _begin(self, picture: Picture, within_s: float) -> None:
        """Have what is halted recorded, and wait this long for it."""
        if self._memory is not None:
            self._begun = self._memory.record(lambda state: self._beginning(state, picture))
            self._begun.is_done(within_s)

    def _beginning(self, state: State, picture: Picture) -> Draft | None:
        """Return the record of what is halted, by the state as it is when it is this record's turn."""
        aim = take_aim(self._scope, replace(picture, state=state))
        scope, self._names = halt_scope(self._scope, aim), aim.names
        return None if scope is None else Draft("halt", {"scope": scope, "reason": self._reason})

    def _tell(self, aim: Aim, again: frozenset[StrategyId] = frozenset()) -> bool:
        """Tell what is new in `aim` to stop, and `again` once more; return whether there was anything."""
        targets = [item for item in aim.targets if item.strategy_id not in self._results or item.strategy_id in again]
        for target, outcome in zip(targets, self._stopper.stop_all(targets), strict=True):
            if target.strategy_id in self._accepted and isinstance(outcome, Refused):
                continue  # it had stopped, and has not been started since
            if isinstance(outcome, Accepted):
                self._accepted.add(target.strategy_id)
            self._results[target.strategy_id] = result_of(target, outcome)
        return bool(targets)

    def _keep_looking(self) -> tuple[Picture, Aim]:
        """Stop what turns up, as long as something does or something announced before may; return the last look.

        A start that was under way may undo a stop: what it was about is told once more when that is over.
        """
        system, within_s = self._emergency.system, SEND_WITHIN_S + self._emergency.environment.api.timeout_s
        until = system.clock() + within_s
        before: frozenset[StrategyId] = frozenset()
        while True:
            picture = self._look(self._emergency.last_wait_s)
            aim = take_aim(self._scope, picture)
            is_over = system.clock() >= until
            starts = frozenset() if is_over else starts_arriving(aim, system.now(), within_s)
            self._starting |= starts
            is_new = self._tell(aim, before - starts)
            if is_over or not (is_new or starts or is_launch_arriving(aim, system.now(), within_s)):
                return picture, aim
            before = starts
            system.sleep(_LOOK_EVERY_S)

    def _confirm(self) -> str:
        """Set the results right by what `find` shows in the end; return a notice where it does not show all stopped."""
        environment = self._emergency.environment
        if environment.state_key is None or "stopped" not in environment.states.values():
            said = "accepted is not stopped: what find's state means is not known here; look at the platform"
            return said if self._accepted else ""
        look = looking(self._emergency.platform, environment)
        wanted = dict.fromkeys(self._accepted, "stopped")
        is_seen = is_shown(look, self._emergency.system, wanted, _CONFIRM_S)
        try:
            sight = look()
        except VolvenctlError:
            sight = Sight()
        self._results = {key: _set_right(key, item, sight) for key, item in self._results.items()}
        unseen = "accepted is not stopped: find does not show all of them stopped yet; see `volvenctl status`"
        return "" if is_seen else unseen

    def _doubt_starts(self, aim: Aim) -> None:
        """Count nothing as stopped whose start, under way during this halt, has no answer yet."""
        for strategy_id in self._starting & set(aim.starts):
            detail = f"a start of it, announced at {aim.starts[strategy_id]}, has no answer yet: it may run again"
            self._results[strategy_id] = replace(self._results[strategy_id], is_stopped=False, detail=detail)

    def _end(self) -> str:
        """Record what stopped; return a notice if that, or the halt as such, could not be recorded."""
        if self._memory is None or self._begun is None:
            return ""
        try:
            self._begun.within(0)
        except VolvenctlError as error:
            return f"this halt could not be recorded, so apply does not know of it: {error.message}"
        try:
            self._memory.record(self._ending, afresh=True).within(self._emergency.last_wait_s)
        except VolvenctlError as error:
            return f"what this halt stopped could not be recorded: {error.message}"
        return ""

    def _ending(self, state: State) -> Draft | None:
        """Return the record of what stopped; what was resumed in the meantime may have been started since."""
        resumed = {
            item.strategy_id
            for item in state.strategies.values()
            if state.halt_of(item.name, item.accounts, item.strategy_id) is None
        }
        stopped = {item for item in self._accepted if self._results[item].is_stopped} - resumed
        failed = {item for item, result in self._results.items() if not result.is_stopped}
        ended: JsonObject = {"stopped": [*sorted(stopped)], "failed": [*sorted(failed)]}
        return Draft("halt", ended) if self._results else None

    def _report(self, picture: Picture, aim: Aim, *, dry_run: bool) -> HaltReport:
        missed = tuple(HaltResult(None, item.said, is_stopped=False, detail=item.detail) for item in aim.misses)
        unlisted = f"only what the ledger knows is stopped: {picture.unlisted}" if picture.unlisted else ""
        notices = tuple(item for item in (picture.unread, unlisted) if item)
        return HaltReport(self._emergency.environment.name, dry_run, (*self._results.values(), *missed), notices)


def _set_right(strategy_id: StrategyId, result: HaltResult, sight: Sight) -> HaltResult:
    """Return the result with what `find` shows counting for more than what was answered."""
    seen = sight.of_strategy(strategy_id)
    if not result.is_stopped and seen == "stopped":
        return replace(result, is_stopped=True, detail="find shows it stopped")
    if result.is_stopped and seen in {"running", "paused"}:
        detail = f"{result.detail}, but find still shows it {sight.word_of(strategy_id)}"
        return replace(result, is_stopped=False, detail=detail)
    return result
