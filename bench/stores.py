"""Measure ledgers of many records: `python bench/stores.py [--records N,N] [--json] [STATE_URL]...`.

Each state URL names an empty place: s3://BUCKET/PREFIX or postgresql://HOST/DATABASE, with credentials as usual. A
folder and a git branch of a bare repository on this disk are measured too. A ledger is filled with appends of 1000
records. Reported are, in milliseconds: the median of ten appends of one record by a process that did append before;
what a reader does at first, with a fresh view: the state document and the records from its head on; and, once, reading
and verifying all. The first fetch of a git branch in a new clone is not in it.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from volvenctl.adapters.system import RealSystem
from volvenctl.cli.state_urls import open_ledger
from volvenctl.model.names import JsonObject
from volvenctl.model.project import ApiSettings, Environment
from volvenctl.model.record import EMPTY, Draft, Head
from volvenctl.ports import LedgerStore
from volvenctl.wire.ledger_v1 import make_records
from volvenctl.wire.moments import moment_text

BATCH = 1000
APPENDS = 10
LOCAL = ("state", "git:origin/volvenctl-state")


class Ledger:
    """A ledger that grows, seen by one process."""

    def __init__(self, url: str, root: Path) -> None:
        """Begin an empty one at the state URL."""
        self.system = RealSystem()
        self.environment = Environment("bench", False, ApiSettings("sandbox:"), url, {}, None, {}, {}, {})  # noqa: FBT003 - not live
        self.root = root
        self.store = self.opened()
        self.head = EMPTY

    def opened(self) -> LedgerStore:
        """Return the ledger as a new process sees it."""
        return open_ledger(self.environment, self.root, self.system)

    def append(self, count: int) -> None:
        """Append `count` records of the usual length in one go."""
        facts: JsonObject = {
            "attemptId": "0" * 36,
            "name": "btc-dip-buy",
            "apply": 2,
            "body": "x" * 200,
            "digest": "0" * 71,
        }
        time, actor = moment_text(self.system.now()), self.system.actor()
        records = make_records([Draft("attempt.started", facts)] * count, self.head, time, actor)
        self.store.append(self.head.seq, records)
        self.head = Head(records[-1].seq, records[-1].hash)

    def grow(self, size: int) -> None:
        """Append until there are `size` records."""
        while self.head.seq < size:
            self.append(min(BATCH, size - self.head.seq))

    def measured(self) -> dict[str, float]:
        """Return what each thing takes, in milliseconds; read back is what was written."""
        self.append(1)
        appends = [timed(lambda: self.append(1)) for _ in range(APPENDS)]
        self.store.write_state({"serial": self.head.seq})
        openings = [timed(self.reader(self.head.seq - 1)) for _ in range(3)]
        return {
            "append": round(statistics.median(appends), 1),
            "reader": round(statistics.median(openings), 1),
            "all": round(timed(self.reader(0)), 1),
        }

    def reader(self, after: int) -> Callable[[], None]:
        """Return what a fresh process does that knows the record `after`."""
        store = self.opened()

        def read() -> None:
            store.read_state()
            records = store.read(after)
            if records[-1].hash != self.head.hash:
                sys.exit("what was read is not what was written")

        return read


def timed(action: Callable[[], None]) -> float:
    """Return how many milliseconds it takes."""
    start = perf_counter()
    action()
    return (perf_counter() - start) * 1000


def make_repositories(folder: Path) -> Path:
    """Make a bare repository and a clone of it; return the clone."""
    for arguments in (("init", "-q", "--bare", "remote.git"), ("clone", "-q", "remote.git", "clone")):
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
    return folder / "clone"


def rows(urls: list[str], sizes: list[int]) -> Iterator[dict[str, object]]:
    """Measure every place at every size."""
    with tempfile.TemporaryDirectory() as name:
        root = make_repositories(Path(name))
        for url in urls:
            ledger = Ledger(url, root)
            for size in sizes:
                ledger.grow(size)
                yield {"state": url.partition(":")[0], "records": size, **ledger.measured()}


def main() -> None:
    """Print a line, or a JSON document, for each place and size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("urls", nargs="*", metavar="STATE_URL")
    parser.add_argument("--records", default="20000,200000", help="sizes, growing (default 20000,200000)")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    for row in rows([*LOCAL, *asked.urls], [int(size) for size in asked.records.split(",")]):
        print(json.dumps(row) if asked.json else row, flush=True)


if __name__ == "__main__":
    main()
