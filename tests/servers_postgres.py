"""A real PostgreSQL server on loopback for the tests that need one, and a line to it that can be cut.

Needs Debian's package `postgresql` (no service of it need run). In CI a missing server is a failure; on a
developer's machine the tests that need it are skipped.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from required import without

COMMIT = b"COMMIT\0"
"""What stands at the end of a commit's request, and in no other one's."""
PASSWORD = "canary-of-the-database"
_ACCESS = """\
host all scram 127.0.0.1/32 scram-sha-256
host all clear 127.0.0.1/32 password
host all all   127.0.0.1/32 trust
"""


@dataclass(frozen=True)
class Server:
    """A running server. Its users: volven (owner of everything, no password), scram and clear (with PASSWORD)."""

    port: int

    def url(self, database="postgres", user="volven", port=None):
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}"

    def run(self, statement, *values, database="postgres"):
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self):
        name = f"test_{uuid.uuid4().hex}"  # noqa: TID251 - a name that no other test has
        self.run(f"create database {name}")
        try:
            yield name
        finally:
            self.run(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def postgres():
    """Start a server for all tests of the run, and stop it."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        without("a PostgreSQL server", "tests/install.sh")
    home = Path(tempfile.mkdtemp(prefix="volvenctl-postgres-"))
    server = _Installation(programs[-1].parent, home)
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


@dataclass(frozen=True)
class _Installation:
    programs: Path
    home: Path

    def start(self):
        if os.getuid() == 0:  # the server refuses to run as root
            shutil.chown(self.home, "postgres", "postgres")
        cluster = self.home / "cluster"
        self._run("initdb", "-D", str(cluster), "-U", "volven", "-A", "trust", "-E", "UTF8", "--no-sync")
        (cluster / "pg_hba.conf").write_text(_ACCESS)
        port = _free_port()
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.home} -c fsync=off"
        log = str(self.home / "log")
        self._run("pg_ctl", "-D", str(cluster), "-o", f"{settings} -c max_connections=200", "-l", log, "-w", "start")
        server = Server(port)
        for user in ("scram", "clear"):
            server.run(f"create role {user} login superuser password '{PASSWORD}'")
        return server

    def stop(self):
        with suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-D", str(self.home / "cluster"), "-m", "immediate", "-w", "stop")

    def _run(self, program, *arguments):
        drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        command = [*drop, str(self.programs / program), *arguments]
        subprocess.run(command, cwd=self.home, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


class Line:
    """A line to the server that breaks where the test says; each connection through it breaks on its own."""

    def __init__(self, port):
        self._server = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.cut_before = None
        """No request with these bytes reaches the server any more."""
        self.cut_after = None
        """The next request with these bytes is carried out, and its answer lost."""
        self.is_dead_after_cut = False
        """From the first break on nothing passes at all."""
        self.is_shared = False
        """As behind a pooler: the process that answers is not the one that was promised at the start."""
        self.cuts = 0
        self._is_dead = False
        threading.Thread(target=self._accept, daemon=True).start()

    def mend(self):
        self.cut_before = self.cut_after = None
        self._is_dead = self.is_dead_after_cut = False

    def close(self):
        with suppress(OSError):  # closed already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client):
        with client, suppress(OSError):
            if self._is_dead:
                return
            with socket.create_connection(self._server) as server:
                back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
                back.start()
                while request := client.recv(1 << 16):
                    if not self._forward(request, client, server):
                        break
                server.shutdown(socket.SHUT_WR)
                back.join()

    def _forward(self, request, client, server):
        """Pass the request on and return True, unless this is where the line breaks."""
        is_before, is_after = (word is not None and word in request for word in (self.cut_before, self.cut_after))
        if is_before or is_after:
            self.cuts += 1
            self.cut_after = None
            self._is_dead = self.is_dead_after_cut
            client.shutdown(socket.SHUT_RDWR)  # first: the answer must not get through
        if not is_before:
            server.sendall(request)
        return not (is_before or is_after)

    def _copy(self, source, target):
        with suppress(OSError):
            while answer := source.recv(1 << 16):
                before, key, after = answer.partition(b"K\0\0\0\x0c")  # the message that names the process
                with suppress(OSError):
                    target.sendall(before + key + bytes(4) + after[4:] if key and self.is_shared else answer)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(postgres):
    """Open a line to the server for one test."""
    line = Line(postgres.port)
    yield line
    line.close()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
