"""`notify` of the project file, through the installed command, to a receiver on loopback."""

import hashlib
import hmac
import json
import socket
from pathlib import Path

import pytest
from builders_desk import TOKEN, Desk
from builders_platform import RawServer, answers, http
from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).parents[2] / "schemas" / "notification.schema.json"
SECRET = "0123456789abcdef0123456789abcdef"
UNREACHED = "note: 127.0.0.1 did not take the notification: no answer (ConnectError)"


@pytest.fixture
def receiver():
    with RawServer(answers(http(204))) as server:
        yield server


@pytest.fixture
def desk(tmp_path, receiver):
    words = "    platform: {stateKey: status, states: {RUNNING: running, PAUSED: paused, STOPPED: stopped}}\n"
    with Desk(tmp_path, "btc", "eth", project=f'{words}    notify: [{{url: "{receiver.url}/hook"}}]\n') as desk:
        yield desk


def told(receiver):
    """What arrived, in order."""
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))
    found = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in receiver.requests]
    for item in found:
        validator.validate(item)
    return found


def test_an_apply_tells_its_plan_its_counts_and_the_head_of_the_ledger(desk, receiver):
    done = desk.apply("--format", "json")
    assert done.returncode == 0, done.stderr
    [news] = told(receiver)
    assert (news["event"], news["command"], news["environment"], news["exit"]) == ("applied", "apply", "test", 0)
    assert news["planHash"] == json.loads(done.stdout)["planHash"]
    assert news["counts"] == {"succeeded": 2}
    assert news["head"] == {"seq": len(desk.ledger), "hash": desk.ledger[-1]["hash"]}


def test_an_unknown_outcome_names_the_attempt_and_resolving_it_is_told_too(desk, receiver):
    desk.script = ["lost"]
    assert desk.apply("--only", "btc").returncode == 4
    [strategy_id] = desk.live_ids
    done = desk.run("resolve", "btc", "--adopt", strategy_id, "--reason", "seen")
    assert done.returncode == 0, done.stderr
    lost, resolved = told(receiver)
    assert (lost["event"], lost["exit"]) == ("unknown", 4)
    assert [item["name"] for item in lost["openAttempts"]] == ["btc"]
    assert (resolved["event"], resolved["counts"], resolved["openAttempts"]) == ("resolved", {"adopted": 1}, [])
    assert lost["id"] != resolved["id"]


def test_a_halt_tells_how_many_did_not_stop(desk, receiver):
    assert desk.apply().returncode == 0
    refused = desk.live_ids[0]
    desk.reads[f"/strategy-orchestrator/strategies/{refused}/action/stop"] = http(403, b"{}")
    assert desk.run("halt", "--all", "--dry-run").returncode == 0
    assert desk.run("halt", "--all", "--reason", "drill").returncode == 7
    _, halted = told(receiver)
    assert (halted["event"], halted["exit"], halted["counts"]) == ("halted", 7, {"stopped": 1, "failed": 1})


def test_an_apply_that_could_not_begin_is_told_as_failed(desk, receiver):
    desk.write("btc", size="0.0001")
    assert desk.apply().returncode == 3
    desk.reads["/strategy-orchestrator/strategies/find"] = http(400, b"{}")
    desk.write("btc")
    assert desk.apply().returncode == 1
    assert [(item["event"], item["exit"], item["planHash"]) for item in told(receiver)] == [
        ("failed", 3, None),
        ("failed", 1, None),
    ]


def test_what_changes_nothing_is_not_told(desk, receiver):
    assert desk.run("plan").returncode == 0
    assert desk.apply().returncode == 0
    assert desk.apply().returncode == 0
    assert desk.run("status").returncode == 0
    assert desk.run("resolve").returncode == 0
    assert desk.run("apply", "--bogus").returncode == 64
    assert len(told(receiver)) == 1


def test_a_receiver_is_told_only_what_it_asked_for(desk, receiver):
    file = desk.root / "volvenctl.yaml"
    file.write_text(file.read_text().replace('/hook"}', '/hook", events: [unknown, failed]}'))
    assert desk.apply().returncode == 0
    assert told(receiver) == []


def test_no_secret_no_body_and_no_account_leaves(desk, receiver):
    desk.script = ["lost"]
    assert desk.apply(VOLVENCTL_NOTIFY_SECRET=SECRET).returncode == 4
    raw = b"".join(receiver.requests)
    assert raw
    for word in (TOKEN, SECRET, "99998", "btcusdt_f", "priceLimit", *desk.live_ids):
        assert word.encode() not in raw


def test_with_a_secret_the_receiver_can_tell_who_sent_it(desk, receiver):
    assert desk.apply(VOLVENCTL_NOTIFY_SECRET=f"{SECRET}\n").returncode == 0
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert f"X-Volvenctl-Signature: sha256={expected}" in head.decode().split("\r\n")


def test_with_a_secret_that_could_be_guessed_nothing_is_sent(desk, receiver):
    done = desk.apply(VOLVENCTL_NOTIFY_SECRET="short")
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1].startswith("note: no notification was sent: VOLVENCTL_NOTIFY_SECRET is shorter")
    assert receiver.connections == 0


def pointed_to(desk, receiver, url):
    file = desk.root / "volvenctl.yaml"
    file.write_text(file.read_text().replace(receiver.url, url))


def test_a_receiver_that_is_not_there_changes_nothing_about_the_apply(desk, receiver):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    pointed_to(desk, receiver, f"http://127.0.0.1:{port}")
    done = desk.apply()
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == UNREACHED
    assert (len(desk.live_ids), desk.ledger[-1]["type"]) == (2, "apply.finished")


def test_a_receiver_that_hangs_changes_nothing_about_the_apply(desk, receiver):
    with socket.create_server(("127.0.0.1", 0)) as listener:  # takes connections, and never says a word
        pointed_to(desk, receiver, f"http://127.0.0.1:{listener.getsockname()[1]}")
        done = desk.apply("--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["exit"] == 0
    assert "note: 127.0.0.1 did not take the notification" in done.stderr


def test_a_pull_request_cannot_have_it_sent_over_plain_http(desk, receiver):
    pointed_to(desk, receiver, "http://collector.example")
    done = desk.apply()
    assert done.returncode == 1
    assert "plain http is for loopback hosts only" in done.stderr
    assert desk.live_ids == []
