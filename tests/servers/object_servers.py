"""Real object stores on loopback, started for a test run and stopped after it: SeaweedFS (S3) and Azurite (Azure).

The programs are looked for in the folder VOLVENCTL_TEST_SERVERS, as `tests/servers/install_object_stores.sh` fills
it, then on PATH. Where they are missing the tests are skipped with the reason, but fail when CI is set.
"""

import base64
import hashlib
import hmac
import http.client
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from required import without

from volvenctl.adapters.system import environment_variables

BUCKET = "ledgers"
_KEY_ID = "volvenctl-tests"
_SECRET = "only-for-loopback"
_AZURE_ACCOUNT = "devstoreaccount1"
_AZURE_KEY = base64.b64encode(b"only for loopback: a key of sixty-four bytes, as Azure has them.").decode()
_START_TRIES = 600
_PAUSE_S = 0.1


def program(name):
    """Return the path of a server program; skip the test where it is not installed, fail it in CI."""
    folder = environment_variables().get("VOLVENCTL_TEST_SERVERS", "")
    found = shutil.which(name, path=os.pathsep.join([folder, environment_variables().get("PATH", "")]))
    if found is None:
        without(name, "tests/servers/install_object_stores.sh")
    return found


@contextmanager
def seaweed():
    """Run SeaweedFS with one bucket; yield the environment variables that lead to it."""
    weed = program("weed")
    with tempfile.TemporaryDirectory() as folder:
        ports = _free_ports(4)
        options = {
            "dir": folder,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "master.port": ports[0],
            "volume.port": ports[1],
            "filer.port": ports[2],
            "s3.port": ports[3],
            "s3.port.iceberg": 0,  # off: two more ports that it would share with every other server on this machine
            "s3.port.lance": 0,
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": 64,
            "volume.max": 50,
            "s3": "true",
            "filer": "true",
        }
        arguments = ["server", *(f"-{name}={value}" for name, value in options.items())]
        identity = {"AWS_ACCESS_KEY_ID": _KEY_ID, "AWS_SECRET_ACCESS_KEY": _SECRET}
        with _running([weed, *arguments], folder, identity) as is_alive:
            _until(is_alive, lambda: _status(ports[3], "GET", "/") is not None)
            _until(is_alive, lambda: _status(ports[2], "POST", f"/buckets/{BUCKET}/") in {200, 201})
            yield {**identity, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports[3]}", "AWS_REGION": "us-east-1"}


@contextmanager
def azurite():
    """Run Azurite with one container; yield the environment variables that lead to it."""
    server = program("azurite-blob")
    with tempfile.TemporaryDirectory() as folder:
        (port,) = _free_ports(1)
        flags = ["--silent", "--disableTelemetry", "--skipApiVersionCheck", "--inMemoryPersistence"]
        where = ["--blobHost", "127.0.0.1", "--blobPort", str(port)]
        account = {"AZURITE_ACCOUNTS": f"{_AZURE_ACCOUNT}:{_AZURE_KEY}"}
        with _running([server, *flags, *where], folder, account) as is_alive:
            _until(is_alive, lambda: _make_container(port) == http.client.CREATED)
            yield {
                "AZURE_STORAGE_ACCOUNT_NAME": _AZURE_ACCOUNT,
                "AZURE_STORAGE_ACCOUNT_KEY": _AZURE_KEY,
                "AZURE_STORAGE_ENDPOINT": f"http://127.0.0.1:{port}/{_AZURE_ACCOUNT}",
            }


@contextmanager
def _running(command, folder, variables):
    """Run a server in a process group of its own; SeaweedFS ends whole only when it is killed."""
    environment = {**environment_variables(), **variables, "HOME": folder}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True, **quiet)
    try:
        yield lambda: server.poll() is None
    finally:
        with suppress(ProcessLookupError):  # it ended by itself, which the test has noticed
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _until(is_alive, is_ready):
    pause = threading.Event()
    for _ in range(_START_TRIES):
        if is_ready():
            return
        if not is_alive():
            break
        pause.wait(_PAUSE_S)
    pytest.fail("a test server did not start")


def _status(port, method, path, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, headers={"Content-Length": "0", **(headers or {})})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _make_container(port):
    date, version = format_datetime(datetime.now(UTC), usegmt=True), "2021-08-06"  # noqa: TID251 - the server compares it
    path = f"/{_AZURE_ACCOUNT}/{BUCKET}"
    signed = "PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:{version}\n/{_AZURE_ACCOUNT}{path}\nrestype:container"
    digest = hmac.new(base64.b64decode(_AZURE_KEY), signed.encode(), hashlib.sha256).digest()
    authorization = f"SharedKey {_AZURE_ACCOUNT}:{base64.b64encode(digest).decode()}"
    headers = {"x-ms-date": date, "x-ms-version": version, "Authorization": authorization}
    return _status(port, "PUT", f"{path}?restype=container", headers)


def _free_ports(count):
    """Return free ports that have a free port 10000 above, where SeaweedFS listens for its own kind."""
    found = []
    while len(found) < count:
        with socket.socket() as low, socket.socket() as high:
            low.bind(("127.0.0.1", 0))
            port = low.getsockname()[1]
            port = port if port < 50000 else port - 10000
            try:
                high.bind(("127.0.0.1", port + 10000))
            except OSError:
                continue
            found.append(port)
    return sorted(set(found)) if len(set(found)) == count else _free_ports(count)
