"""Measure apply against a server with latency: `python bench/apply.py [--creates N] [--latency-ms L]`.

The server runs in a process of its own on loopback and answers each create after the latency. Reported is the span
between the first and the last create that it saw, as a multiple of creates / parallelism x latency, the bound that
latency sets; all durability is on. Runs the `volvenctl` installed beside this interpreter.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter

from generate import SPEC

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
    """Answers like the platform, creates after a delay, and remembers when they came and went."""

    def __init__(self, latency_s: float) -> None:
        """Answer each create after the latency."""
        self.latency_s = latency_s
        self.times: list[float] = []
        self.count = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one request of one connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
        )
        await reader.readexactly(length)
        status, body = await self.reply(head)
        content = json.dumps(body).encode()
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(content)))
        writer.write(content)
        await writer.drain()
        writer.close()

    async def reply(self, head: bytes) -> tuple[int, object]:
        """Return status and body for a request."""
        if head.startswith(CREATE):
            self.times.append(perf_counter())
            self.count += 1
            name = f"S-{self.count}"
            await asyncio.sleep(self.latency_s)
            self.times.append(perf_counter())
            return 201, {"strategyId": name}
        if head.startswith(FIND):
            return 200, []
        return 200, ACCOUNTS if b"/accounts" in head.split(b"\r\n")[0] else PRODUCTS


def serve(pipe: Connection, latency_s: float) -> None:
    """Run the server until told to end; send the port first and the span of the creates last."""

    async def run() -> None:
        server = Server(latency_s)
        listener = await asyncio.start_server(server.answer, "127.0.0.1", 0, backlog=512)
        pipe.send(listener.sockets[0].getsockname()[1])
        await asyncio.to_thread(pipe.recv)
        pipe.send((server.count, max(server.times) - min(server.times)))

    asyncio.run(run())


def write_project(folder: Path, port: int, count: int) -> None:
    """Write a project with `count` specs on one product."""
    (folder / "strategies").mkdir()
    (folder / "volvenctl.yaml").write_text(PROJECT % port)
    for number in range(count):
        values = {"number": number, "group": 1, "account": "99998", "side": "BUY", "size": 100, "price": 95000}
        (folder / "strategies" / f"{number:05d}.yaml").write_text(SPEC % values)


def main() -> None:
    """Apply once and print a line, or a JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--creates", type=int, default=1000)
    parser.add_argument("--latency-ms", type=float, default=20)
    parser.add_argument("--parallelism", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs, asked.latency_ms / 1000), daemon=True)
    server.start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, mine.recv(), asked.creates)
        environment = {**os.environ, "VOLVEN_TOKEN": "bench"}  # noqa: TID251 - handed on whole
        command = [VOLVENCTL, "-q", "apply", "--auto-approve", "--parallelism", str(asked.parallelism)]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    mine.send(None)
    count, span_s = mine.recv()
    bound_s = asked.creates / asked.parallelism * asked.latency_ms / 1000
    result = {
        "creates": count,
        "exit": done.returncode,
        "seconds": round(span_s, 3),
        "ofBound": round(span_s / bound_s, 3),
    }
    print(json.dumps(result) if asked.json else f"{result}  (bound {bound_s:.3f} s)")
    sys.exit(done.returncode or count != asked.creates)


if __name__ == "__main__":
    main()
