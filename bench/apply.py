"""Measure apply against a server with latency: `python bench/apply.py [--creates N] [--latency-ms L]`.

The server runs in a process of its own on loopback and answers each create after the latency. Reported is the span
from the first create's arrival to the last one's answer, as a multiple of creates / parallelism x latency, the bound
that latency sets; all durability is on. Runs the `volvenctl` installed beside this interpreter, several times.
`stolenSeconds` is how long a virtual machine was kept from running meanwhile; it is to be near 0.

The server has to cost next to nothing, or it is the server that is measured: one that used asyncio took 21.3 ms for an
answer after "20 ms" and 23.4 ms under the load of eight (a selector rounds time-outs up to whole milliseconds), a
sixth of the bound. So a few threads accept, sleep and answer; `served` says how long they really took.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep  # noqa: TID251 - this server is the one that is waited for

from generate import SPEC

_MOST_BYTES = 65536

VOLVENCTL = str(Path(sys.executable).with_name("volvenctl"))
CREATE = b"POST /strategy-orchestrator/strategies/action/create"
FIND = b"POST /strategy-orchestrator/strategies/find"
ACCOUNTS = [
    {"id": "99998", "name": "Bybit", "exchangeCode": "BYB", "spot": {"isActive": True}, "futures": {"isActive": True}}
]
PRODUCTS = [
    {
        "productCode": "btcusdt_f",
        "exchangeCode": "BYB",
        "base": "BTC",
        "quote": "USDT",
        "minSize": "0.001",
        "sizeIncrement": "0.001",
        "priceIncrement": "0.10",
        "productType": "FUTURES",
        "name": "BTCUSDT Perpetual",
    }
]
PROJECT = """\
apiVersion: volvenctl/v1
kind: Project
metadata: {name: bench}
environments:
  bench:
    api: {url: "http://127.0.0.1:%d"}
    state: state
    accounts: {bybit-main: "99998"}
"""


class Server:
    """Answers like the platform, creates after the latency, and remembers when they came and went."""

    def __init__(self, latency_s: float) -> None:
        """Answer each create after the latency."""
        self.latency_s = latency_s
        self.spans: list[tuple[float, float]] = []
        self.numbers = itertools.count(1)

    def serve(self, listener: socket.socket) -> None:
        """Serve one connection after the other, one request of each."""
        while True:
            connection, _ = listener.accept()
            with connection:
                self.answer(connection)

    def answer(self, connection: socket.socket) -> None:
        """Serve the request of `connection`."""
        request = b""
        while not is_whole(request):
            part = connection.recv(_MOST_BYTES)
            if not part:
                return
            request += part
        arrived_at = perf_counter()
        status, body = self.reply(request)
        content = json.dumps(body).encode()
        head = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(content))
        if request.startswith(CREATE):
            sleep(max(arrived_at + self.latency_s - perf_counter(), 0))
            self.spans.append((arrived_at, perf_counter()))
        connection.sendall(head + content)

    def reply(self, request: bytes) -> tuple[int, object]:
        """Return status and body for a request."""
        if request.startswith(CREATE):
            return 201, {"strategyId": f"S-{next(self.numbers)}"}
        if request.startswith(FIND):
            return 200, []
        return 200, ACCOUNTS if b"/accounts" in request.split(b"\r\n")[0] else PRODUCTS


def is_whole(request: bytes) -> bool:
    """Whether the request has its head and as many bytes of body as that says."""
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


def serve(pipe: Connection, latency_s: float, parallelism: int) -> None:
    """Run the server until told to end; send the port first, and at last when each create came and went."""
    server = Server(latency_s)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        for _ in range(2 * parallelism):  # one that closes a connection keeps nobody waiting
            Thread(target=server.serve, args=(listener,), daemon=True).start()
        pipe.send(listener.getsockname()[1])
        pipe.recv()
        pipe.send(server.spans)


def write_project(folder: Path, port: int, count: int) -> None:
    """Write a project with `count` specs on one product."""
    (folder / "strategies").mkdir()
    (folder / "volvenctl.yaml").write_text(PROJECT % port)
    for number in range(count):
        values = {"number": number, "group": 1, "account": "99998", "side": "BUY", "size": 100, "price": 95000}
        (folder / "strategies" / f"{number:05d}.yaml").write_text(SPEC % values)


def measured(creates: int, latency_s: float, parallelism: int) -> dict[str, float]:
    """Apply once; return how long each create was served, how long all took, and that as a multiple of the bound."""
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs, latency_s, parallelism), daemon=True)
    server.start()
    before_s = stolen_s()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, mine.recv(), creates)
        environment = {**os.environ, "VOLVEN_TOKEN": "bench"}  # noqa: TID251 - handed on whole
        command = [VOLVENCTL, "-q", "apply", "--auto-approve", "--parallelism", str(parallelism)]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    mine.send(None)
    spans: list[tuple[float, float]] = mine.recv()
    server.join()
    if done.returncode or len(spans) != creates:
        sys.exit(f"{len(spans)} creates, exit {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    span_s = max(end for _, end in spans) - min(begin for begin, _ in spans)
    return {
        "served": round(statistics.mean(end - begin for begin, end in spans) * 1000, 2),
        "seconds": round(span_s, 3),
        "ofBound": round(span_s / (creates / parallelism * latency_s), 3),
        "stolenSeconds": round(stolen_s() - before_s, 2),
    }


def stolen_s() -> float:
    """Return how long other machines on the same hardware kept ours from running, on Linux; else 0."""
    try:
        words = Path("/proc/stat").read_text().split("\n")[0].split()
        return int(words[8]) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError):
        return 0.0


def main() -> None:
    """Apply as often as asked, and print a line for each time and the median, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--creates", type=int, default=1000)
    parser.add_argument("--latency-ms", type=float, default=20)
    parser.add_argument("--parallelism", type=int, default=8)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    runs = []
    for _ in range(asked.repeat):
        runs.append(measured(asked.creates, asked.latency_ms / 1000, asked.parallelism))
        if not asked.json:
            print(runs[-1], flush=True)
    median = statistics.median(run["ofBound"] for run in runs)
    print(json.dumps({"runs": runs, "ofBound": median}) if asked.json else f"median: {median:.3f} x the bound")


if __name__ == "__main__":
    main()
