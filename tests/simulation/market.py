"""The truth at the simulated platform: what runs there, and who caused it."""

from dataclasses import dataclass, replace

NEXT, LATER = 1, 2


@dataclass(frozen=True)
class Running:
    """A strategy; `spec` and `attempt` are None for a stranger's."""

    id: str
    spec: str | None = None
    attempt: str | None = None
    due: int = 0
    """So many runs of the tool still end before `find` shows it."""


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

    def launch(self, spec=None, attempt=None, due=0):
        item = Running(f"S-{len(self.running) + 1}", spec, attempt, due)
        self.running.append(item)
        return item.id

    def begin_run(self):
        self.before = self.shown

    def end_run(self):
        self.running = [replace(item, due=max(item.due - 1, 0)) for item in self.running]

    def of_spec(self, name):
        return [item for item in self.running if item.spec == name]

    def of_attempt(self, attempt):
        return next((item for item in self.running if item.attempt == attempt), None)

    def key(self):
        return tuple(self.running)
