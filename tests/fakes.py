"""Small working twins of the ports; each passes the contract tests of its port."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from volvenctl.errors import Conflict, LedgerError, LockHeldError, NoFindError, StorageError
from volvenctl.model.outcome import Answered, NoAnswer
from volvenctl.model.plan import Author, Checkout
from volvenctl.model.record import GENESIS
from volvenctl.wire.exact_json import canonical_text, read_json


class FakeSystem:
    """A clock that moves only when somebody waits, and ids that can be read."""

    def __init__(self):
        self.seconds = 1000.0
        self.start = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
        self.ids = 0

    def now(self):
        return self.start + timedelta(seconds=self.seconds - 1000.0)

    def clock(self):
        return self.seconds

    def sleep(self, seconds):
        self.seconds += seconds

    def new_id(self):
        self.ids += 1
        return f"id-{self.ids:04d}"

    def jitter(self):
        return 0.5

    def actor(self):
        return {"user": "ann", "host": "desk-1", "pid": 7}


class MemoryLedger:
    """A ledger store in memory, with failures that can be asked for."""

    def __init__(self):
        self.records = []
        self.state = None
        self.kept = {}
        self.held = None
        self.broken = None
        """Who lost the lock by being silent for too long."""
        self.moved_to = None
        self.fail_appends = 0
        """How many of the next appends fail."""
        self.before_append = lambda _records: None
        """Called before each append; may append on its own, as another writer would."""

    def read(self, after):
        return self.records[after:]

    def append(self, expected, records):
        self.before_append(records)
        self.refuse_moved()
        if self.fail_appends:
            self.fail_appends -= 1
            raise StorageError("the disk is full")
        head = self.records[-1].hash if self.records else GENESIS
        if len(self.records) != expected or records[0].prev != head:
            raise Conflict("another writer was here")
        self.records.extend(records)

    def torn_end(self):
        return None

    def repair(self):
        self.refuse_moved()

    def seal(self, expected, moved_to):
        self.refuse_moved()
        if len(self.records) != expected:
            raise Conflict("another writer was here")
        self.moved_to = moved_to

    def refuse_moved(self):
        if self.moved_to is not None:
            raise LedgerError(f"the ledger was moved to {self.moved_to}")

    def read_state(self):
        return None if self.state is None else read_json(self.state)

    def write_state(self, document):
        from volvenctl.wire.state_v1 import read_state

        stored = None if self.state is None else read_state(self.read_state())
        if stored is None or stored.head.seq <= document["serial"]:
            self.state = canonical_text(document)

    @contextmanager
    def lock(self, operation, actor):
        if self.held is not None:
            raise LockHeldError(f"locked by {self.held['actor']['user']}")
        self.held = {"operation": operation, "actor": actor}
        try:
            yield
        finally:
            self.held = None

    def holder(self):
        return self.held

    def broken_lock(self):
        return self.broken if self.held else None

    def break_lock(self):
        self.broken, self.held = self.held, None

    def save_recovery(self, attempt_id, document):
        self.kept[f"recovery-{attempt_id}.json"] = document
        return f"recovery-{attempt_id}.json"

    def recoveries(self):
        return tuple(sorted(self.kept.items()))

    def drop_recovery(self, name):
        del self.kept[name]


class FakeSpecs:
    """Spec files given as text, and the schemas of the product."""

    def __init__(self, files=()):
        self.files = dict(files)

    def read_all(self):
        from volvenctl.model.spec import SpecFile

        return tuple(SpecFile(name, text.encode()) for name, text in sorted(self.files.items())), ()

    def envelope_schema(self):
        from volvenctl.adapters.schema_files import document_schema

        return document_schema("strategy")

    def type_schemas(self):
        from volvenctl.adapters.schema_files import built_in_types

        return built_in_types()


class FakeSource:
    """A checkout without git."""

    def __init__(self, commit=None):
        self.commit = commit

    def checkout(self):
        return Checkout(self.commit, "main" if self.commit else None, False if self.commit else None)

    def author(self, since):
        return Author((), None)

    def prefix(self):
        return ""


class FakePlatform:
    """A platform whose answers are scripted; what it created, and how that runs, is the truth of a test.

    A script item is `ok`, `timeout` (done, no answer), `lost` (not done, no answer), `refused-connection`, or an
    `Answered`. `words` holds the word of each strategy's state; `asked` every action that arrived.
    """

    def __init__(self, accounts, products):
        self.offered_accounts = accounts
        self.offered_products = products
        self.script = []
        self.created = []
        self.sent = []
        self.asked = []
        self.words = {}
        self.has_find = True
        self.hidden = set()
        self.before_send = lambda: None
        self.hurried = None

    def accounts(self):
        return self.offered_accounts

    def products(self, exchanges):
        return tuple(item for item in self.offered_products if not exchanges or item.exchange in exchanges)

    def find(self):
        from volvenctl.model.catalog import LiveStrategy

        if not self.has_find:
            raise NoFindError("find answered 404")
        shown = [item for item in self.created if item not in self.hidden]
        return tuple(LiveStrategy(item, None, {"status": self.words.get(item, "RUNNING")}) for item in shown)

    def send(self, request, attempt_id, not_after):
        self.before_send()
        if self.hurried is not None:
            return NoAnswer("TooLate", "the run was stopped", sending_began=False)
        self.sent.append(request.body)
        step = self.script.pop(0) if self.script else "ok"
        if isinstance(step, Answered):
            return step
        if step == "refused-connection":
            return NoAnswer("ConnectError", "refused", sending_began=False)
        if step == "lost":
            return NoAnswer("ReadTimeout", "no answer", sending_began=True)
        done = self._create() if request.method == "POST" else self._act(request.path)
        return NoAnswer("ReadTimeout", "no answer", sending_began=True) if step == "timeout" else done

    def hurry(self, within_s):
        self.hurried = within_s

    def _create(self):
        new_id = f"S-{len(self.created) + 1}"
        self.created.append(new_id)
        return Answered(201, f'{{"strategyId": "{new_id}"}}'.encode(), complete=True)

    def _act(self, path):
        *_, strategy_id, _, action = path.split("/")
        self.asked.append((action, strategy_id))
        if strategy_id not in self.created or self.words.get(strategy_id) == "STOPPED":
            return Answered(422, b'{"errors": [{"fields": [], "description": "not possible"}]}', complete=True)
        self.words[strategy_id] = {"start": "RUNNING", "pause": "PAUSED", "stop": "STOPPED"}[action]
        return Answered(202, b"", complete=True)


class FakeAudience:
    """Remembers what it was told, and agrees unless told otherwise."""

    def __init__(self, *, agrees=True):
        self.agrees = agrees
        self.plans = []
        self.begun = []
        self.results = []
        self.notices = []

    def confirm(self, plan):
        self.plans.append(plan)
        return self.agrees

    def started(self, name):
        self.begun.append(name)

    def finished(self, result):
        self.results.append(result)

    def notice(self, text):
        self.notices.append(text)
