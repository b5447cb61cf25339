"""A relay before an HTTP server that loses answers, or requests, of the methods that it is told to."""

import http.client
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit, urlunsplit


class Relay:
    """What stands between; `loses_answers` and `loses_requests` are sets of methods, `seen` what came through."""

    def __init__(self, target):
        self.target = urlsplit(target)
        self.loses_answers = set()
        self.loses_requests = set()
        self.goes_dark = False
        """Whether nothing passes any more once an answer was lost."""
        self.seen = []
        self.url = None

    @contextmanager
    def losing(self, *, answers=(), requests=(), goes_dark=False):
        """Lose these for as long as the context lasts."""
        self.loses_answers, self.loses_requests, self.goes_dark = set(answers), set(requests), goes_dark
        try:
            yield
        finally:
            self.loses_answers, self.loses_requests, self.goes_dark = set(), set(), False


@contextmanager
def relayed(target):
    """Run a relay to the URL `target`; its own `url` leads to the same path."""
    relay = Relay(target)
    handler = type("Handler", (_Handler,), {"relay": relay})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    relay.url = urlunsplit(("http", f"127.0.0.1:{server.server_port}", relay.target.path, "", ""))
    try:
        yield relay
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def log_message(self, *_words):
        """Say nothing."""

    def _pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.relay.seen.append((self.command, self.path))
        if self.command in self.relay.loses_requests:
            self.close_connection = True
            return
        status, headers, content = self._ask(body)
        if self.command in self.relay.loses_answers:
            self.close_connection = True
            if self.relay.goes_dark:
                self.relay.loses_requests = {"DELETE", "GET", "HEAD", "POST", "PUT"}
            return
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"connection", "transfer-encoding", "keep-alive", "content-length"}:
                self.send_header(name, value)
        length = dict(headers).get("Content-Length", "0") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _ask(self, body):
        connection = http.client.HTTPConnection(self.relay.target.netloc, timeout=30)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {"connection", "accept-encoding"}:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _pass_on  # noqa: N815 - names that http.server looks for
