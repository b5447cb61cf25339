"""Measure a long ledger in a local folder: `python bench/ledger.py [--records N] [--json]`.

Makes a ledger of N records as launches and stops leave them, and times in this process: the whole verification
(`audit verify`: every hash, every link, the fold, the state file), a reader's opening from the state file on (`plan`,
`status`), a writer's opening (the whole chain, as the contract demands), the first append of a process, which reads
the end of the file, and the median of those after it.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, process_time

from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world
from volvenctl.core.fold import Fold
from volvenctl.model.record import EMPTY, Draft, Head
from volvenctl.pipeline import audit
from volvenctl.pipeline.opening import open_for_reading, open_for_writing
from volvenctl.wire.exact_json import digest_of_text, json_text
from volvenctl.wire.ledger_v1 import make_records, record_line
from volvenctl.wire.state_v1 import state_document

PROJECT = """\
apiVersion: volvenctl/v1
kind: Project
metadata: {name: bench}
environments:
  bench: {api: {url: "sandbox:"}, state: state}
"""
TIME = "2026-01-02T03:04:05.678Z"
ACTOR = {"user": "ann", "host": "desk-1", "pid": 7}
HASH = "sha256:" + "1" * 64
BODY = '{"strategyType":"SMO","accountId":"99998","productCode":"btcusdt_f","side":"BUY","size":0.1,"priceLimit":95000}'
APPENDS = 20


def drafts(count: int) -> Iterator[Draft]:
    """Yield what launches leave behind: each is announced and succeeds; a tenth of them is kept, the rest released."""
    common = {"planHash": HASH, "commit": "c0ffee" * 6 + "abcd", "apply": 2}
    facts = {"strategyType": "SMO", "accountIds": ["99998"], "body": BODY, "bodyDigest": digest_of_text(BODY)}
    yield Draft("ledger.created", {"lineage": "L-1", "formatVersion": 1, "environment": "bench"})
    yield Draft("apply.started", {**common, "snapshot": []})
    for number in range((count - 2) // 3):
        who = {"name": f"s{number}", "attemptId": f"00000000-0000-4000-8000-{number:012d}"}
        yield Draft("attempt.started", {**common, **who, **facts, "runState": "running", "timeoutSeconds": 10})
        yield Draft("attempt.succeeded", {**common, **who, "strategyId": f"S-{number}"})
        if number % 10:
            yield Draft("strategy.released", {"name": f"s{number}", "strategyId": f"S-{number}"})
        else:
            yield Draft("plan.approved", {"planHash": HASH, "principal": "bob@desk"})


def write_ledger(folder: Path, count: int) -> int:
    """Write the ledger and its state file, and return how many bytes the ledger has."""
    fold, head, size = Fold(), EMPTY, 0
    with (folder / "ledger.jsonl").open("wb") as file:
        for draft in drafts(count):
            (record,) = make_records([draft], head, TIME, ACTOR)
            fold.add(record)
            size += file.write(record_line(record))
            head = Head(record.seq, record.hash)
    (folder / "state.json").write_text(json_text(state_document(fold.state)))
    return size


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def both(name: str, work: Callable[[], object]) -> dict[str, float]:
    """Return how long something takes on the clock, and how much of a processor it needs."""
    start = process_time()
    wall = seconds(work)
    return {f"{name}Seconds": round(wall, 3), f"{name}CpuSeconds": round(process_time() - start, 3)}


def measured(count: int) -> dict[str, float]:
    """Return the figures of a ledger with `count` records, in the project in the current folder."""
    made = {"records": count, "ledgerMegabytes": round(write_ledger(Path("state"), count) / 1e6, 1)}
    session = Session(environment="bench")
    world = open_world(session)
    made |= both("verify", lambda: audit.verify(world))
    made |= both("reader", lambda: open_for_reading(world))
    made |= both("writer", lambda: open_for_writing(world))
    head = open_for_reading(world).state.head
    times: list[float] = []
    writer = open_world(session).ledger
    for _ in range(APPENDS):
        records = make_records([Draft("plan.approved", {"planHash": HASH})], head, TIME, ACTOR)
        times.append(seconds(lambda: writer.append(head.seq, records)))  # noqa: B023 - called at once
        head = Head(records[-1].seq, records[-1].hash)
    made["firstAppendMilliseconds"] = round(times[0] * 1000, 2)
    made["appendMilliseconds"] = round(statistics.median(times[1:]) * 1000, 2)
    return made


def main() -> None:
    """Make the ledger, measure, and print a table or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000, help="how many records (default 200000)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        Path("volvenctl.yaml").write_text(PROJECT)
        Path("state").mkdir()
        figures = measured(asked.records)
    if asked.json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    for key, value in figures.items():
        print(f"{key:26}{value:>12}")


if __name__ == "__main__":
    main()
