"""Builders for tests of the platform's client: a scripted server on raw sockets, and a system that never waits."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

from volvenctl.adapters.system import RealSystem
from volvenctl.model.names import AttemptId
from volvenctl.model.project import ApiSettings

TOKEN = "CANARY-TOKEN-0123456789"
ATTEMPT = AttemptId("attempt-1")
BODY = (
    '{"strategyType":"SMO","accountId":"99998","productCode":"btcusdt_f","side":"BUY","size":0.10,'
    '"priceLimit":95000,"orderMaxSize":0.03,"aggressiveness":0.5,"triggerPrice":94000,"autoRun":true}'
)

Script = Callable[[socket.socket], object]


def settings(url="sandbox:", **changes):
    return ApiSettings(url, **{"timeout_s": 1, **changes})


class QuietSystem(RealSystem):
    """The real clock; sleeping is only noted, and chance is zero."""

    def __init__(self):
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)

    def jitter(self):
        return 0.0


class RawServer:
    """A loopback server: connection number n runs script n, the last script again for all further ones."""

    def __init__(self, *scripts: Script):
        self.scripts = list(scripts)
        self.requests = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = []
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self._start(self._accept)
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _start(self, call, *arguments):
        thread = threading.Thread(target=call, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                script = self.scripts[min(self.connections, len(self.scripts) - 1)]
                self.connections += 1
                self._start(self._serve, connection, script)

    def _serve(self, connection, script):
        with connection, suppress(OSError):
            connection.settimeout(5)
            request = script(connection)
            if isinstance(request, bytes):
                self.requests.append(request)


def read_request(connection) -> bytes:
    """Read one whole request and return its bytes."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536) or _gone()
    head = received.partition(b"\r\n\r\n")[0].lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
    while len(received) < len(head) + 4 + length:
        received += connection.recv(65536) or _gone()
    return received


def _gone():
    raise ConnectionError("the client went away")


def http(status, body=b"", **headers) -> bytes:
    """Return an answer with a content length; `Content_Length` and the like override."""
    fields = {"Content-Length": len(body), **{key.replace("_", "-"): value for key, value in headers.items()}}
    lines = "".join(f"{key}: {value}\r\n" for key, value in fields.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body


def answers(*pieces, wait_s=0.0) -> Script:
    """Return a script that reads a request and sends the pieces, then closes."""

    def script(connection):
        request = read_request(connection)
        for piece in pieces:
            connection.sendall(piece)
            threading.Event().wait(wait_s)
        return request

    return script


def resets(connection, *, after_reading: bool) -> bytes:
    """Close with a reset, after the whole request was read or after its first byte."""
    request = read_request(connection) if after_reading else connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return request


def silence(connection) -> bytes:
    """Read a request and never answer, until the client goes away."""
    request = read_request(connection)
    connection.recv(1)
    return request


def never_reads(connection) -> None:
    """Do nothing until the client has gone away."""
    with suppress(OSError):
        while connection.recv(65536):
            pass
