"""The truth at the simulated platform: what runs there, and who caused it."""

from dataclasses import dataclass, replace

NEXT, LATER = 1, 2
AFTER = {"start": "running", "pause": "paused", "stop": "stopped"}


@dataclass(frozen=True)
class Running:
    """A strategy; `spec` and `attempt` are None for a stranger's."""

    id: str
    spec: str | None = None
    attempt: str | None = None
    due: int = 0
    """So many runs of the tool still end before `find` shows it."""
    state: str = "running"
    size: int | None = None
    coming: str | None = None
    """What was accepted and takes effect right after `find` is asked next."""
    told: str = "running"
    """What it was told last by a request that the platform took."""

    @property
    def is_live(self):
        return self.state != "stopped"


class Market:
    def __init__(self, running=()):
        self.running = list(running)
        self.before = ()
        """What `find` showed when the present run began; a stale answer shows it again."""

    def copy(self):
        return Market(self.running)

    @property
    def shown(self):
        return tuple(item for item in self.running if not item.due)

    def launch(self, spec=None, attempt=None, due=0, *, state="running", size=None):
        item = Running(f"S-{len(self.running) + 1}", spec, attempt, due, state, size, told=state)
        self.running.append(item)
        return item.id

    def get(self, strategy_id):
        return next(item for item in self.running if item.id == strategy_id)

    def is_possible(self, strategy_id, action):
        """Return whether the platform takes it; asking again for what is so already it refuses."""
        item = self.get(strategy_id)
        now = item.coming or item.state
        return now != AFTER[action] and (action != "pause" or now == "running")

    def act(self, strategy_id, action, *, is_late=False, is_forgotten=False):
        """Do what a request says: at once, when `find` is asked next, or never."""
        item, wanted = self.get(strategy_id), AFTER[action]
        settled = item.coming or item.state
        state = settled if is_late or is_forgotten else wanted
        self._put(replace(item, state=state, coming=wanted if is_late else None, told=wanted))

    def settle(self):
        """Let what was accepted take effect."""
        for item in [item for item in self.running if item.coming]:
            self._put(replace(item, state=item.coming, coming=None))

    def _put(self, item):
        self.running = [item if one.id == item.id else one for one in self.running]

    def begin_run(self):
        self.before = self.shown

    def end_run(self):
        self.running = [replace(item, due=max(item.due - 1, 0)) for item in self.running]

    def of_spec(self, name):
        """Return the strategies of a spec that have not stopped."""
        return [item for item in self.running if item.spec == name and item.is_live]

    def of_attempt(self, attempt):
        return next((item for item in self.running if item.attempt == attempt), None)

    def key(self):
        return tuple(self.running)
