"""A small S3 in memory that can be told to ignore conditions, to forget metadata and to answer with errors."""

import hashlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET = "ledgers"
_DATE = "Fri, 02 Jan 2026 03:04:05 GMT"


class SmallS3:
    """Objects by key, each with its content and metadata."""

    def __init__(self):
        self.objects = {}
        self.ignores = set()
        """Of `create`, `update`, `metadata`: what this store takes no notice of."""
        self.refuses_etags = False
        """Whether it answers 412 to the right version too."""
        self.errors = {}
        """Status and body of the answer, by method."""
        self.hides = set()
        """Keys that a list leaves out the next time."""
        self.seen = []
        self.lock = threading.Lock()
        self.url = None

    @property
    def variables(self):
        """The environment that leads here."""
        keys = {"AWS_ACCESS_KEY_ID": "small", "AWS_SECRET_ACCESS_KEY": "s3cr3t-canary"}
        return {**keys, "AWS_ENDPOINT_URL": self.url, "AWS_REGION": "us-east-1"}

    def put(self, key, content, headers):
        """Return the status and the version of a put."""
        stored = self.objects.get(key)
        tag = None if stored is None else stored[1]
        if headers.get("if-none-match") == "*" and stored is not None and "create" not in self.ignores:
            return 412, None
        wanted = headers.get("if-match")
        if wanted is not None and "update" not in self.ignores and (wanted != tag or self.refuses_etags):
            return 412, None
        names = [] if "metadata" in self.ignores else [name for name in headers if name.startswith("x-amz-meta-")]
        new = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        self.objects[key] = (content, new, {name: headers[name] for name in names})
        return 200, new

    def listing(self, query):
        """Return the XML of a list."""
        prefix, start = query.get("prefix", [""])[0], query.get("start-after", [""])[0]
        keys = [key for key in sorted(self.objects) if key.startswith(prefix) and key > start and key not in self.hides]
        self.hides.clear()
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>"
            f"<ETag>{escape(self.objects[key][1])}</ETag><Size>{len(self.objects[key][0])}</Size></Contents>"
            for key in keys
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>".encode()


@contextmanager
def small_s3():
    """Run one for as long as the context lasts."""
    store = SmallS3()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"store": store}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    store.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *_words):
        """Say nothing."""

    def _answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        key = unquote(parts.path.removeprefix(f"/{BUCKET}").lstrip("/"))
        self.store.seen.append(f"{self.command} {key}")
        if self.command in self.store.errors:
            status, content = self.store.errors[self.command]
            return self._send(status, content)
        with self.store.lock:
            return getattr(self, f"_{self.command.lower()}")(key, body, parse_qs(parts.query))

    def _put(self, key, body, query):
        status, tag = self.store.put(key, body, {name.lower(): value for name, value in self.headers.items()})
        self._send(status, b"", {} if tag is None else {"ETag": tag})

    def _get(self, key, body, query):
        if not key:
            return self._send(200, self.store.listing(query), {"Content-Type": "application/xml"})
        if key not in self.store.objects:
            return self._send(404, b"<Error><Code>NoSuchKey</Code></Error>")
        content, tag, metadata = self.store.objects[key]
        return self._send(200, content, {"ETag": tag, "Last-Modified": _DATE, **metadata})

    _head = _get

    def _delete(self, key, body, query):
        self.store.objects.pop(key, None)
        self._send(204, b"")

    def _send(self, status, content, headers=None):
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.wfile.flush()

    do_GET = do_PUT = do_HEAD = do_DELETE = _answer  # noqa: N815 - names that http.server looks for
