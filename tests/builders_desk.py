"""A desk's project on disk and a platform on loopback that fails as told, driven through the installed command."""

import json
import socket
from contextlib import suppress

from builders_command import volvenctl
from builders_platform import RawServer, http, read_request

from volvenctl.adapters.system import RealSystem
from volvenctl.model.outcome import Request
from volvenctl.sandbox.store import SandboxStore

TOKEN = "CANARY-TOKEN-0123456789"
API_KEYS = ("nt2jRz4sDBXINYNsAb8H", "rFTZsjDdrt07NFsHQLCx")
CREATE = "/strategy-orchestrator/strategies/action/create"
SPEC = """# yaml-language-server: $schema=../.schemas/strategy.schema.json
apiVersion: volvenctl/v1
kind: Strategy
metadata: {{name: {name}}}
spec:
  strategyType: SMO
  accountId: "99998"
  productCode: btcusdt_f
  side: BUY
  size: {size}
  priceLimit: 95000
  orderMaxSize: 0.03
"""


class Desk:
    """A project with specs, and a platform whose creates follow a script, `ok` when it is used up.

    Script items: `ok`; `lost` (created, connection reset instead of an answer); or bytes that answer instead of the
    platform, nothing created.
    """

    def __init__(self, folder, *names, project=""):
        self.folder = folder
        self.script = []
        self.reads = {}
        """Answers by path instead of the platform's own."""
        self.bodies = []
        self.store = SandboxStore(folder / "platform", RealSystem())
        self.server = RawServer(self._serve)
        self.root = folder / "project"
        (self.root / "strategies").mkdir(parents=True)
        (self.root / "volvenctl.yaml").write_text(
            "apiVersion: volvenctl/v1\nkind: Project\nmetadata: {name: desk}\nenvironments:\n  test:\n"
            f'    api: {{url: "{self.server.url}", timeoutSeconds: 2}}\n    state: state\n{project}'
        )
        for name in names:
            self.write(name)

    def __enter__(self):
        self.server.__enter__()
        return self

    def __exit__(self, *details):
        self.server.__exit__(*details)

    def write(self, name, size="0.1"):
        """Write the spec `name`."""
        (self.root / "strategies" / f"{name}.yaml").write_text(SPEC.format(name=name, size=size))

    def run(self, *arguments, **variables):
        """Run the installed command in the project, with a token."""
        return volvenctl(*arguments, cwd=self.root, **{"VOLVEN_TOKEN": TOKEN, **variables})

    def apply(self, *arguments, **variables):
        """Apply one launch after the other."""
        return self.run("apply", "--auto-approve", "--parallelism", "1", *arguments, **variables)

    @property
    def live_ids(self):
        """The ids that exist at the platform."""
        answer = self.store.answer(Request("POST", "/strategy-orchestrator/strategies/find", ""))
        return [item["strategyId"] for item in json.loads(answer.body)]

    @property
    def ledger(self):
        """The records of the ledger, as JSON."""
        with suppress(FileNotFoundError):
            return [json.loads(line) for line in (self.root / "state" / "ledger.jsonl").read_text().splitlines()]
        return []

    def _serve(self, connection):
        received = read_request(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        method, path, _ = head.decode().split("\r\n")[0].split(" ")
        plain = path.partition("?")[0]
        if plain in self.reads:
            connection.sendall(self.reads[plain])
            return received
        step = self._step(path, body)
        if isinstance(step, bytes):
            connection.sendall(step)
            return received
        reply = self.store.answer(Request(method, path, body.decode()))
        if step == "lost":
            connection.shutdown(socket.SHUT_RDWR)
        else:
            connection.sendall(http(reply.status, reply.body, Content_Type="application/json"))
        return received

    def _step(self, path, body):
        if path != CREATE:
            return "ok"
        self.bodies.append(body.decode())
        return self.script.pop(0) if self.script else "ok"
