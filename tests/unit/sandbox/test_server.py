"""The simulated platform over real sockets, sound and with every fault, as the product's own client sees it."""

import json
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest
from builders_platform import ATTEMPT, BODY, TOKEN, settings

from volvenctl.adapters.http_platform import open_http
from volvenctl.adapters.system import RealSystem
from volvenctl.core.classify import classify
from volvenctl.errors import PlatformError
from volvenctl.model.outcome import NotSent, Refused, Succeeded, Unknown
from volvenctl.sandbox.faults import NAMES, FaultScript, read_fault
from volvenctl.sandbox.server import LOOPBACK, SandboxServer
from volvenctl.sandbox.store import SandboxStore
from volvenctl.wire.platform_api import ACCOUNTS_PATH, CREATE_PATH, create_request, find_request

SYSTEM = RealSystem()
REFUSED = {"400", "401", "403", "404", "422"}
SLOW = {"timeout", "timeoutC", "slow", "slowC"}
"""These take until the client's deadline, so they are tried once and together."""


class Sandbox:
    """A server with a script, and the store behind it."""

    def __init__(self, folder, **script):
        self.store = SandboxStore(folder, SYSTEM)
        self.seen = []
        faults = {call: tuple(read_fault(name, call) for name in names) for call, names in script.items()}
        self.server = SandboxServer(self.store.answer, FaultScript(faults), observe=self.seen.append)

    def __enter__(self):
        self.server.__enter__()
        self.platform = open_http(settings(self.server.url), TOKEN, SYSTEM)
        return self

    def __exit__(self, *details):
        self.server.__exit__(*details)

    def create(self):
        """Send a create, and return what it proved."""
        known = {item["strategyId"] for item in self.live}
        return classify(self.platform.send(create_request(BODY), ATTEMPT, SYSTEM.clock() + 5), known)

    @property
    def live(self):
        return json.loads(self.store.answer(find_request()).body)

    def ask(self, method, path, body=None, **headers):
        """Send one request by hand; return status, headers and body."""
        connection = HTTPConnection(LOOPBACK, self.server.port, timeout=5)
        connection.request(method, path, body, {key.replace("_", "-"): value for key, value in headers.items()})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers, content

    def speak(self, text):
        """Send raw bytes, and return all that comes back."""
        with socket.create_connection((LOOPBACK, self.server.port), timeout=5) as connection:
            connection.sendall(text)
            return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture
def sandbox(tmp_path):
    with Sandbox(tmp_path) as opened:
        yield opened


def expected(name):
    if name in {"ok", "429"} or name in REFUSED:
        return {"ok": Succeeded, "429": NotSent}.get(name, Refused)
    return Unknown


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SLOW | {"dupidC"}])
def test_each_outcome_creates_or_not_as_its_name_says_and_proves_no_more_than_it_should(tmp_path, name):
    scripted = "lateC:0" if name == "lateC" else name
    with Sandbox(tmp_path, create=[scripted]) as sandbox:
        assert isinstance(sandbox.create(), expected(name))
        if name == "lateC":
            assert wait_until(lambda: sandbox.live)
        assert len(sandbox.live) == (name == "ok" or name.endswith("C"))


def wait_until(look):
    until = SYSTEM.clock() + 5
    while not (found := look()) and SYSTEM.clock() < until:
        SYSTEM.sleep(0.01)
    return found


def test_an_answer_that_never_comes_to_its_end_is_cut_by_the_deadline(tmp_path):
    names = sorted(SLOW)
    began_at = SYSTEM.clock()
    with Sandbox(tmp_path, create=names) as sandbox, ThreadPoolExecutor(len(names)) as pool:
        outcomes = list(pool.map(lambda _: sandbox.create(), names))
        assert len(sandbox.live) == 2
    assert all(isinstance(outcome, Unknown) for outcome in outcomes)
    assert SYSTEM.clock() - began_at < 8


def test_an_id_may_be_given_out_a_second_time(tmp_path):
    with Sandbox(tmp_path, create=["ok", "dupidC"]) as sandbox:
        assert isinstance(sandbox.create(), Succeeded)
        assert "existed before" in sandbox.create().reason
        assert len(sandbox.live) == 2


def test_without_a_strategy_there_is_no_id_to_give_out_again(tmp_path):
    with Sandbox(tmp_path, create=["dupidC"]) as sandbox:
        assert isinstance(sandbox.create(), Succeeded)


def test_find_may_show_nothing_and_fail_and_then_be_right(tmp_path):
    with Sandbox(tmp_path, find=["stale", "404", "422html"]) as sandbox:
        sandbox.create()
        assert sandbox.platform.find() == ()
        for _ in range(2):
            with pytest.raises(PlatformError):
                sandbox.platform.find()
        assert len(sandbox.platform.find()) == 1


def test_accounts_and_actions_fail_as_scripted(tmp_path):
    with Sandbox(tmp_path, accounts=["cutC"] * 3, action=["500", "500C"]) as sandbox:
        with pytest.raises(PlatformError):
            sandbox.platform.accounts()
        identifier = sandbox.create().strategy_id
        path = f"/strategy-orchestrator/strategies/{identifier}/action/pause"
        for status in ("RUNNING", "PAUSED"):
            assert sandbox.ask("PUT", path)[0] == 500
            assert sandbox.live[0]["state"]["status"] == status


def test_a_redirect_leads_to_this_machine_only(tmp_path):
    with Sandbox(tmp_path, create=["307"]) as sandbox:
        status, headers, _ = sandbox.ask("POST", CREATE_PATH, BODY)
        assert (status, headers["Location"]) == (307, "http://localhost:1/elsewhere")


def test_it_listens_on_loopback_only(sandbox):
    assert sandbox.server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["volven.example", "127.0.0.1.evil.example", "", "10.0.0.1"])
def test_who_calls_it_by_another_name_is_refused(sandbox, host):
    answer = sandbox.ask("POST", CREATE_PATH, BODY, Host=host)
    assert answer[0] == 421
    assert sandbox.live == []


def test_any_token_is_accepted_and_none_is_needed(sandbox):
    assert sandbox.ask("GET", ACCOUNTS_PATH)[0] == 200
    assert sandbox.ask("GET", ACCOUNTS_PATH, Authorization="Bearer x")[0] == 200


def test_a_method_that_a_path_does_not_take_is_405(sandbox):
    for method in ("DELETE", "HEAD", "QUERY"):
        status, headers, _ = sandbox.ask(method, CREATE_PATH)
        assert (status, headers["Allow"]) == (405, "POST")
    assert sandbox.ask("GET", "/nowhere")[0] == 404


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Transfer-Encoding: chunked", 411),
        (b"Content-Length: many", 400),
        (b"Content-Length: 1048577", 413),
    ],
)
def test_a_body_without_a_reasonable_length_is_refused(sandbox, head, status):
    request = b"POST %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n" % (CREATE_PATH.encode(), head)
    assert sandbox.speak(request).startswith(b"HTTP/1.1 %d " % status)
    assert sandbox.live == []


def test_half_a_request_creates_nothing(sandbox):
    with socket.create_connection((LOOPBACK, sandbox.server.port), timeout=5) as connection:
        connection.sendall(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{" % CREATE_PATH.encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    assert sandbox.live == []


def test_a_connection_serves_one_request_after_the_other(sandbox):
    connection = HTTPConnection(LOOPBACK, sandbox.server.port, timeout=5)
    for _ in range(3):
        connection.request("GET", ACCOUNTS_PATH)
        assert len(json.loads(connection.getresponse().read())) == 6
    connection.close()


def test_many_clients_at_once_get_a_strategy_each(sandbox):
    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(lambda _: sandbox.create(), range(40)))
    assert {item["strategyId"] for item in sandbox.live} == {outcome.strategy_id for outcome in outcomes}
    assert len(sandbox.live) == 40


def test_each_request_is_told_before_it_is_answered(tmp_path):
    with Sandbox(tmp_path, create=["fin"]) as sandbox:
        sandbox.create()
        (exchange,) = sandbox.seen
        assert (exchange.call, exchange.request.body, exchange.fault.kind) == ("create", BODY, "fin")


def test_its_end_gives_up_whoever_is_kept_waiting(tmp_path):
    with Sandbox(tmp_path, create=["timeout"]) as sandbox:
        client = socket.create_connection((LOOPBACK, sandbox.server.port), timeout=5)
        client.sendall(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}" % CREATE_PATH.encode())
        assert wait_until(lambda: sandbox.seen)
    assert client.recv(1) == b""
    client.close()


def test_a_bug_of_the_server_is_one_line(tmp_path, capsys):
    def fail(_):
        raise ValueError("something with a secret")

    server = SandboxServer(fail, FaultScript({}))
    with server, socket.create_connection((LOOPBACK, server.port), timeout=5) as client:
        client.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % ACCOUNTS_PATH.encode())
        assert client.recv(1) == b""
    assert capsys.readouterr().err == "sandbox: a request failed with ValueError\n"


def test_it_describes_itself(sandbox):
    status, _, body = sandbox.ask("GET", "/openapi.json")
    document = json.loads(body)
    assert (status, document["openapi"]) == (200, "3.1.0")
    assert isinstance(document["paths"][CREATE_PATH], Mapping)
