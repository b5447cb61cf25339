"""The storage of a simulated ledger: what everybody sees, and what a power loss leaves of it."""

from volvenctl.model.record import GENESIS


class Disk:
    """A ledger file, a state file, recovery files and a lock, shared by all runs of the tool."""

    def __init__(self):
        self.records = []
        self.synced = 0
        """So many of the records survive a power loss."""
        self.is_torn = False
        """A piece of a record stands after the last one."""
        self.state = None
        self.recoveries = {}
        self.holder = None
        self.is_full = False
        self.version = 0
        """Grows with every change that a later run could see."""

    def copy(self):
        """Return the disk at rest: nobody holds the lock, and there is room again."""
        twin = Disk()
        twin.records, twin.synced, twin.is_torn = list(self.records), self.synced, self.is_torn
        twin.state, twin.recoveries = self.state, dict(self.recoveries)
        return twin

    @property
    def head(self):
        return self.records[-1].hash if self.records else GENESIS

    @property
    def durable(self):
        return self.records[: self.synced]

    def write(self, records):
        """Put the records after the others, where a power loss can still take them."""
        self.is_torn = False
        self.records.extend(records)
        self.version += 1

    def sync(self):
        self.synced = len(self.records)

    def lose_power(self, *, torn=False):
        """Keep what was synced."""
        del self.records[self.synced :]
        self.is_torn = torn

    def open_ids(self):
        """Return the launches that were begun and not closed."""
        begun = {
            item.data["attemptId"]
            for item in self.records
            if item.type == "attempt.started" and item.data["action"] == "create"
        }
        return begun - {item.data["attemptId"] for item in self.records if item.type in _CLOSING}

    def key(self):
        """Return what later runs depend on: everything but moments, wording and hashes."""
        state = None if self.state is None else self.state.get("serial", "damaged")
        kept = tuple((name, item["type"]) for name, item in sorted(self.recoveries.items()))
        return (tuple(map(record_key, self.records)), self.synced, self.is_torn, state, kept)


_CLOSING = {"attempt.succeeded", "attempt.refused", "attempt.not-sent", "attempt.resolved"}
_CONTENT = ("name", "attemptId", "strategyId", "apply", "resolution", "snapshot", "action", "bodyDigest")


def record_key(record):
    values = (record.data.get(key) for key in _CONTENT)
    return (record.type, *(tuple(value) if isinstance(value, list) else value for value in values))
