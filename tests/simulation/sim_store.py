"""The ledger as one run sees it, with all that a disk may do."""

from contextlib import contextmanager

from volvenctl.errors import Conflict, LockHeldError, StorageError


class SimStore:
    """The ledger as one run sees it."""

    def __init__(self, session):
        self.session = session
        self.disk = session.scene.disk

    def read(self, after):
        self.session.pause("read")
        self.session.view = len(self.disk.records)
        return self.disk.records[after:]

    def append(self, expected, records):
        self.session.pause("append")
        self._refuse_full()
        self.compare(expected, records)
        self._draw_fault(records)
        self.put(records)
        self.session.view = len(self.disk.records)

    def compare(self, expected, records):
        if len(self.disk.records) != expected or records[0].prev != self.disk.head:
            raise Conflict("another writer was here")

    def put(self, records):
        self.disk.write(records)
        self.disk.sync()

    def repair(self):
        self.session.pause("repair")
        if not self.disk.is_torn:
            return None
        self.disk.is_torn = False
        return "a torn line was cut off"

    def read_state(self):
        self.session.pause("read_state")
        return self.disk.state

    def write_state(self, document):
        self.session.pause("write_state")
        self._refuse_full()
        if self.session.draw("write_state", "ok", "disk full") == "disk full":
            raise StorageError("cannot replace state.json: no space left")
        self.replace_state(document)
        self.disk.version += 1

    def replace_state(self, document):
        self.disk.state = document

    @contextmanager
    def lock(self, _operation, _actor):
        self.session.pause("lock")
        self.acquire()
        try:
            yield
            self.session.pause("unlock")
        finally:
            if self.disk.holder == self.session.number:
                self.release()

    def acquire(self):
        if self.disk.holder is not None:
            raise LockHeldError("the state is locked")
        self.disk.holder = self.session.number

    def release(self):
        self.disk.holder = None

    def holder(self):
        return None

    def broken_lock(self):
        return None

    def save_recovery(self, attempt_id, document):
        self.session.pause("save_recovery")
        self.disk.version += 1
        if self.disk.is_full:
            self.session.scene.stderr.append(document)
            return "stderr"
        self.disk.recoveries[f"recovery-{attempt_id}.json"] = document
        return f"recovery-{attempt_id}.json"

    def recoveries(self):
        self.session.pause("recoveries")
        return tuple(sorted(self.disk.recoveries.items()))

    def drop_recovery(self, name):
        self.session.pause("drop_recovery")
        self.disk.recoveries.pop(name, None)
        self.disk.version += 1

    def _refuse_full(self):
        if self.disk.is_full:
            raise StorageError("no space left on the disk")

    def _draw_fault(self, records):
        """A power loss leaves some of the records, with a piece of the next one or without."""
        torn = {f"power loss after {count} records and a half": count for count in range(len(records))}
        cut = {f"power loss after {count} records": count for count in range(1, len(records))}
        event = self.session.draw("append", "ok", "disk full", "disk stays full", *torn, *cut)
        if event == "ok":
            return
        if event in torn or event in cut:
            self.disk.write(records[: torn.get(event, cut.get(event))])
            self.disk.sync()
            self.session.die(power=True, torn=event in torn)
        self.disk.is_full = event == "disk stays full"
        raise StorageError("no space left on the disk")
