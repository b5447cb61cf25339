"""Notifications against real receivers on loopback: they arrive, or a sentence says why not."""

import socket

import pytest
from builders_platform import QuietSystem, RawServer, answers, http, never_reads, resets, silence

from volvenctl.adapters.webhook import Notification, deliver
from volvenctl.model.project import Receiver

EVENTS = ("applied",)
BODY = '{"event":"applied"}'
HEADERS = {"X-Volvenctl-Signature": "sha256=ab"}
TAKEN = answers(http(204))


def receiver(url):
    return Receiver(url, frozenset(EVENTS))


def delivered(*urls):
    return deliver([receiver(url) for url in urls], Notification("n-1", BODY, HEADERS), QuietSystem(), 1)


def test_the_body_arrives_with_its_id_and_signature_and_without_a_token():
    with RawServer(TAKEN) as server:
        assert delivered(server.url + "/hooks/volven") == ()
    [request] = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /hooks/volven HTTP/1.1"
    assert {"Idempotency-Key: n-1", "X-Volvenctl-Signature: sha256=ab", "Content-Type: application/json"} < set(lines)
    assert "authorization" not in head.decode().lower()
    assert body.decode() == BODY


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_fault_that_may_pass_is_tried_again(status):
    with RawServer(answers(http(status)), answers(http(status)), TAKEN) as server:
        assert delivered(server.url) == ()
    assert server.connections == 3
    assert len({request.partition(b"\r\n\r\n")[2] for request in server.requests}) == 1


def test_a_fault_that_stays_is_one_sentence_without_the_url():
    with RawServer(answers(http(500))) as server:
        assert delivered(server.url + "/T000/CANARY") == ("127.0.0.1 did not take the notification: it answered 500",)
    assert server.connections == 3


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_a_refusal_is_not_argued_with(status):
    with RawServer(answers(http(status))) as server:
        assert delivered(server.url) == (f"127.0.0.1 did not take the notification: it answered {status}",)
    assert server.connections == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status):
    with RawServer(TAKEN) as other, RawServer(answers(http(status, Location=other.url))) as server:
        assert delivered(server.url) == (f"127.0.0.1 did not take the notification: it answered {status}",)
    assert (server.connections, other.connections) == (1, 0)


def cut(connection):
    return resets(connection, after_reading=True)


def test_a_connection_that_breaks_is_tried_again():
    with RawServer(cut, TAKEN) as server:
        assert delivered(server.url) == ()


def test_a_receiver_that_is_not_there_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert delivered(f"http://127.0.0.1:{port}") == (
        "127.0.0.1 did not take the notification: no answer (ConnectError)",
    )


@pytest.mark.parametrize("script", [silence, never_reads])
def test_a_receiver_that_hangs_is_given_up_and_keeps_no_other_from_being_told(script):
    with RawServer(script) as hanging, RawServer(TAKEN) as server:
        [fault] = delivered(hanging.url, server.url)
    assert fault.startswith("127.0.0.1 did not take the notification: no answer (")
    assert len(server.requests) == 1


def test_proxies_that_cannot_be_used_are_one_sentence(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://CANARY@h")
    [fault] = delivered("https://receiver.invalid/CANARY")
    assert fault.startswith("receiver.invalid did not take the notification: ")
    assert "CANARY" not in fault
