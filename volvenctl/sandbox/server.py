"""The simulated platform over HTTP, on loopback only, with faults as a script says.

It never listens on another address, and answers nobody who calls it by another name: a page in a browser that
makes a foreign name lead here learns nothing.
"""

import re
import socket
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from types import TracebackType
from typing import Final, Self

from volvenctl.model.outcome import Answered, Request
from volvenctl.sandbox.calls import call_of, openapi_text
from volvenctl.sandbox.delivery import Delivery, damaged, http_bytes, other_status, sound
from volvenctl.sandbox.faults import Fault, FaultScript
from volvenctl.wire.exact_json import json_text, read_json
from volvenctl.wire.platform_api import find_request

LOOPBACK: Final = "127.0.0.1"
_MAX_BODY = 1 << 20
_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]{1,5})?", re.IGNORECASE | re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,9}", re.ASCII)
_IDLE_S = 30
_LOOK_S = 0.2
_CHANGES = {"create": HTTPStatus.CREATED, "action": HTTPStatus.ACCEPTED}
"""Calls that change something, and the status that says so."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that arrived, and what is about to go wrong with it."""

    call: str
    """One of `faults.CALLS`, `openapi`, or `` for a path that there is not."""
    request: Request
    fault: Fault


class SandboxServer(ThreadingTCPServer):
    """Answers on a port of 127.0.0.1 while it is entered. Each connection has a thread of its own."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        answer: Callable[[Request], Answered],
        script: FaultScript,
        port: int = 0,
        observe: Callable[[Exchange], None] = lambda _: None,
    ) -> None:
        """Listen on `port`, or a free one for 0; `observe` is told of each request before it is answered.

        Raises:
            OSError: the port cannot be had.
        """
        super().__init__((LOOPBACK, port), _Connection)
        self.answer = answer
        self.script = script
        self.observe = observe
        self.ending = threading.Event()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """Where a project finds it."""
        return f"http://{LOOPBACK}:{self.port}"

    def __enter__(self) -> Self:
        """Begin to answer."""
        threading.Thread(target=self.serve_forever, args=(_LOOK_S,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Answer nobody any more; requests that are kept waiting are given up."""
        self.ending.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - the stdlib's arguments
        """Say nothing of a client that went away; of anything else only what it was."""
        error = sys.exception()
        if not isinstance(error, OSError):
            sys.stderr.write(f"sandbox: a request failed with {type(error).__name__}\n")

    def create_late(self, request: Request, after_s: float) -> None:
        """Do what `request` asks for, later, when nobody waits for an answer."""
        timer = threading.Timer(after_s, self.answer, (request,))
        timer.daemon = True
        timer.start()


class _Connection(BaseHTTPRequestHandler):
    """One client's requests, one after the other."""

    server: SandboxServer  # type: ignore[mutable-override]
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_S  # type: ignore[mutable-override]
    disable_nagle_algorithm = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Serve every method alike: which one a path takes is said by `calls.CALLS`."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        call, methods = call_of(self.command, self.path.partition("?")[0])
        fault = self.server.script.take(call)
        if fault.kind == "rst-before-read":
            self._reset()
            return
        body = self._body()
        if isinstance(body, HTTPStatus):
            self._send(_problem(body, "close"))
            return
        request = Request(self.command, self.path, body.decode("utf-8", "surrogateescape"))
        self.server.observe(Exchange(call, request, fault))
        refused = self._refusal(call, methods)
        self._send(refused or self._delivery(call, request, fault))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Write no log of its own: `observe` is told."""

    def _body(self) -> bytes | HTTPStatus:
        """Return the body of the request, or the status that refuses it."""
        if "Transfer-Encoding" in self.headers:
            return HTTPStatus.LENGTH_REQUIRED
        length = self.headers.get("Content-Length", "0")
        if not _LENGTH.fullmatch(length):
            return HTTPStatus.BAD_REQUEST
        if int(length) > _MAX_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else HTTPStatus.BAD_REQUEST

    def _refusal(self, call: str, methods: str) -> Delivery | None:
        if not _HOST.fullmatch(self.headers.get("Host", "")):
            return _problem(HTTPStatus.MISDIRECTED_REQUEST)
        if not call and methods:
            return _problem(HTTPStatus.METHOD_NOT_ALLOWED, Allow=methods)
        return None

    def _delivery(self, call: str, request: Request, fault: Fault) -> Delivery:
        if call == "openapi":
            return sound(Answered(HTTPStatus.OK, openapi_text().encode(), complete=True))
        if fault.kind == "late":
            self.server.create_late(request, fault.seconds)
            return Delivery()
        oldest = self._oldest_id() if fault.kind == "dupid" else None
        answer = self._answer(call, request, fault)
        if fault.is_status:
            code, is_html = int(fault.kind[:3]), fault.kind.endswith("html")
            return other_status(code, answer, is_html=is_html, retry_after_s=fault.seconds)
        if fault.kind in {"ok", "dupid"}:
            return sound(replace(_created(oldest) if oldest else answer, date=self.date_time_string()))
        return damaged(fault.kind, answer, fault.seconds)

    def _answer(self, call: str, request: Request, fault: Fault) -> Answered:
        """Return the platform's answer; for a change that is not to happen, what it would have looked like."""
        if fault.happens or call not in _CHANGES:
            return self.server.answer(request)
        return _created("never-created") if call == "create" else Answered(HTTPStatus.ACCEPTED, b"", complete=True)

    def _oldest_id(self) -> str | None:
        match read_json(self.server.answer(find_request()).body):
            case [{"strategyId": str(identifier)}, *_]:
                return identifier
            case _:
                return None

    def _send(self, delivery: Delivery) -> None:
        self.close_connection = self.close_connection or delivery.ending != "keep"
        content = delivery.content
        if self.command == "HEAD":
            content = content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        at_once = len(content) - delivery.drip_bytes
        self.connection.sendall(content[:at_once])
        for byte in content[at_once:]:
            if self.server.ending.wait(delivery.drip_s):
                return
            self.connection.sendall(bytes([byte]))
        if delivery.ending == "silence":
            self._keep_waiting()
        elif delivery.ending == "reset":
            self._reset()

    def _keep_waiting(self) -> None:
        """Answer nothing until the client goes away or the server ends."""
        self.connection.settimeout(_LOOK_S)
        while not self.server.ending.is_set():
            with suppress(TimeoutError):
                if not self.connection.recv(1):
                    return

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()  # as long as it is open, so is the connection
        self.connection.close()


def _created(identifier: str) -> Answered:
    return Answered(HTTPStatus.CREATED, json_text({"strategyId": identifier}).encode(), complete=True)


def _problem(status: HTTPStatus, ending: str = "", **headers: str) -> Delivery:
    body = json_text({"status": str(int(status)), "error": status.phrase, "message": status.description}).encode()
    fields = {"Content-Type": "application/json", **({"Connection": ending} if ending else {}), **headers}
    return Delivery(http_bytes(status, body, fields), "close" if ending else "keep")
