"""A simulated world behind the real ports, and runs of the real tool in it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from fakes import FakeSource
from simulation.chance import Chance
from simulation.disk import Disk
from simulation.invariants import Invariants
from simulation.market import Market
from simulation.session import PAUSE_S, Killed, Session
from simulation.sim_platform import SimPlatform
from simulation.sim_store import SimStore
from simulation.story import STORIES, SimSpecs

from volvenctl.core.fold import fold_all
from volvenctl.core.reconcile import unjudged_candidates
from volvenctl.errors import Exit, VolvenctlError
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.outcome import Succeeded
from volvenctl.model.plan import Selection
from volvenctl.pipeline.apply import ApplyOptions, apply
from volvenctl.pipeline.plan import plan
from volvenctl.pipeline.resolve import adopt, declare_absent, declare_foreign
from volvenctl.ports import World

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class SimSystem:
    """Clocks that all runs share: they move while somebody waits or is suspended."""

    def __init__(self, session):
        self._session = session

    def now(self):
        return self._session.scene.now()

    def clock(self):
        self._session.pause("clock", is_quiet=self._session.is_timed)
        self._session.is_timed = True
        return self._session.scene.seconds

    def sleep(self, seconds):
        self._session.scene.seconds += seconds

    def new_id(self):
        return self._session.new_id()

    def jitter(self):
        return 0.5

    def actor(self):
        return {"user": "ann", "host": "desk-1", "pid": 7}


class SimAudience:
    """Whoever reads along; what was printed cannot be taken back."""

    def __init__(self, session):
        self._session = session

    def confirm(self, _plan):
        self._session.pause("confirm", is_quiet=True)
        return True

    def started(self, _name):
        self._session.pause("started", is_quiet=True)

    def finished(self, result):
        self._session.pause("finished", is_quiet=True)
        if isinstance(result.outcome, Succeeded):
            self._session.scene.printed.append((result.name, result.outcome.strategy_id))
            self._session.scene.version += 1

    def notice(self, text):
        pass


class Wiring:
    """Which implementations of the ports a scene uses; the broken variants replace one."""

    def __init__(self, *, store=SimStore, platform=SimPlatform, specs=lambda session: SimSpecs(session.git)):
        self.store = store
        self.platform = platform
        self.specs = specs


class Scene:
    """Disk and platform with everything that happened to them."""

    def __init__(self, story, wiring, disk=None, market=None):
        self.story = story
        self.round = -1
        """Number of the present run."""
        self.plan = None
        """The saved plan that everybody carries out; None: whoever runs next makes one."""
        self.wiring = wiring
        self.disk = Disk() if disk is None else disk
        self.market = Market() if market is None else market
        self.seconds = 0.0
        self.printed = []
        self.stderr = []
        self._version = 0
        self.invariants = Invariants(self)

    @property
    def version(self):
        return self._version + self.disk.version

    @version.setter
    def version(self, value):
        self._version = value - self.disk.version

    def rested(self):
        """Return a copy in which a later run starts."""
        twin = Scene(self.story, self.wiring, self.disk.copy(), self.market.copy())
        twin.round, twin.plan = self.round + 1, self.plan
        twin.seconds = self.seconds + PAUSE_S
        twin.printed = list(self.printed)
        return twin

    def key(self):
        """Return what later runs and checks depend on."""
        plan = None if self.plan is None else (self.plan.base.seq, tuple(map(repr, self.plan.steps)))
        return (self.disk.key(), self.market.key(), plan)

    @property
    def names(self):
        return self.story.names

    @property
    def git(self):
        """The specs as the present run finds them."""
        return self.story.at(self.round)

    @property
    def next_git(self):
        """The specs as whoever comes in between finds them."""
        return self.story.at(self.round + 1)

    def now(self):
        return START + timedelta(seconds=self.seconds)

    def world(self, session):
        return World(
            project=self.story.project,
            environment=self.story.environment,
            specs=self.wiring.specs(session),
            source=FakeSource(),
            platform=self.wiring.platform(session),
            ledger=self.wiring.store(session),
            system=SimSystem(session),
        )

    def run(self, chance, number, *, is_guest=False):
        """Run the tool once; return its exit code, or None if it was killed."""
        session = Session(self, chance, number, is_guest=is_guest)
        if not is_guest:
            self._begin(session, chance, number)
        try:
            report = apply(self.world(session), self._options(), SimAudience(session))
        except Killed:
            code = None
        except VolvenctlError as error:
            code = int(error.exit)
            self.plan = None if error.exit is Exit.STALE else self.plan
            self.invariants.after_error(session, error)
        else:
            code = int(report.exit)
            self.invariants.after_report(session, report)
        self.market.end_run()
        if not is_guest:
            self.disk.holder, self.disk.is_full = None, False
            self.invariants.at_rest()
        return code

    def _options(self):
        if self.story.is_saved and self.plan is None:
            world = self.world(Session(self, Chance(), "plan"))
            with suppress(VolvenctlError):  # the run finds that out, too
                self.plan = plan(world, Selection())
        return ApplyOptions(parallelism=1, keep_going=self.story.keep_going, saved=self.plan)

    def _begin(self, session, chance, number):
        self.market.begin_run()
        if self.disk.open_ids() and session.draw("at the start", "run", "a person resolves first") != "run":
            self.resolve_all(chance, f"{number}p")

    def resolve_all(self, chance, number):
        """Let a careful person look at the platform and resolve what is open as it looks there.

        What can be seen is adopted; what cannot is declared absent.
        """
        for attempt in sorted(self.invariants.open_attempts().values(), key=lambda item: item.name):
            world = self.world(Session(self, chance, number, is_guest=True))
            item = self.market.of_attempt(attempt.id)
            with suppress(VolvenctlError, Killed):
                if item is not None and item in self.market.shown:
                    adopt(world, attempt.name, item.id, "seen at the platform")
                else:
                    declare_absent(world, attempt.name, "not there", looked=False)

    def judge_all(self, chance, number):
        """Let a careful person say of each id that turned up after a declaration whose it is."""
        for name, found in sorted(unjudged_candidates(fold_all(self.disk.records), self._seen_now()).items()):
            world = self.world(Session(self, chance, number, is_guest=True))
            for one in found:
                is_ours = any(item.id == one.id and item.spec == name for item in self.market.running)
                with suppress(VolvenctlError, Killed):
                    if is_ours:
                        adopt(world, name, one.id, "it came late")
                    else:
                        declare_foreign(world, name, one.id, "not ours")

    def _seen_now(self):
        return tuple(LiveStrategy(item.id, None, {}) for item in self.market.shown)


def first_run(story="launches", wiring=None):
    """Return the world before the first run of a story: of one in `STORIES`, or of any other."""
    scene = Scene(STORIES[story] if isinstance(story, str) else story, Wiring())
    if scene.story.is_launched:
        scene = scene.rested()
        scene.run(Chance(), "0")
    scene.wiring = wiring or scene.wiring
    return scene


def replay(choices, story="launches", wiring=None, *, is_thorough=False):
    """Run the tool once for each list of choices, one after the other; return the world after it and the exit codes."""
    scene = first_run(story, wiring)
    codes = []
    for number, deviations in enumerate(choices, start=1):
        chance = Chance(deviations)
        chance.is_thorough = is_thorough
        scene = scene.rested()
        codes.append(scene.run(chance, str(number)))
    return scene, codes
