"""A create is sent at most once and always ends as a value, on time, whatever the other side does."""

import gzip
import logging
import shutil
import socket
import ssl
import subprocess
import threading
import time
from functools import partial

import pytest
from builders_platform import (
    ATTEMPT,
    BODY,
    TOKEN,
    QuietSystem,
    RawServer,
    answers,
    http,
    never_reads,
    read_request,
    resets,
    settings,
    silence,
)

from volvenctl.adapters.http_platform import open_http, open_sandbox
from volvenctl.core.classify import classify
from volvenctl.errors import ConfigError
from volvenctl.model.outcome import Answered, NoAnswer, NotSent, Request, Unknown
from volvenctl.wire.platform_api import create_request, find_request

CREATED = b'{"strategyId":"s-1"}'
SYSTEM = QuietSystem()


def send(url, *, token=TOKEN, request=None, **changes):
    platform = open_http(settings(url, **changes), token, SYSTEM)
    return platform.send(request or create_request(BODY), ATTEMPT, SYSTEM.clock() + 5)


def sent_to(*scripts, **changes):
    """Return the answer, the server's requests and the seconds it took."""
    with RawServer(*scripts) as server:
        began = time.perf_counter()
        answer = send(server.url, **changes)
        took_s = time.perf_counter() - began
    return answer, server, took_s


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_the_body_is_sent_byte_for_byte_with_the_token_and_the_attempt():
    answer, server, _ = sent_to(answers(http(201, CREATED)))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "post /strategy-orchestrator/strategies/action/create http/1.1"
    assert {
        f"authorization: bearer {TOKEN.lower()}",
        "idempotency-key: attempt-1",
        "content-type: application/json",
        "accept-encoding: identity",
    } <= set(lines)
    assert body == BODY.encode()
    assert answer == Answered(201, CREATED, complete=True)


def test_the_attempt_is_not_named_where_that_is_switched_off():
    _, server, _ = sent_to(answers(http(201, CREATED)), idempotency_header="none")
    assert b"idempotency-key" not in server.requests[0].lower()


def test_a_request_without_a_body_has_no_content_type():
    _, server, _ = sent_to(answers(http(202)), request=find_request())
    assert b"content-type" not in server.requests[0].lower()


def test_each_request_has_a_connection_of_its_own():
    with RawServer(answers(http(201, CREATED))) as server:
        send(server.url)
        send(server.url)
    assert server.connections == 2


def test_a_refused_connection_was_never_used():
    answer = send(f"http://127.0.0.1:{free_port()}")
    assert (answer.error, answer.sending_began) == ("ConnectError", False)
    assert isinstance(classify(answer, ()), NotSent)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (partial(resets, after_reading=True), {"ReadError", "WriteError"}),
        (partial(resets, after_reading=False), {"ReadError", "WriteError", "RemoteProtocolError"}),
        (read_request, {"RemoteProtocolError"}),
        (answers(b"HTTP/1.1 20"), {"RemoteProtocolError"}),
        (answers(b"not http at all\r\n\r\n"), {"RemoteProtocolError"}),
        (answers(http(201, CREATED, X_Pad="a" * 300_000)), {"RemoteProtocolError", "ReadError"}),
    ],
    ids=["reset after reading", "reset before reading", "closed", "half a status line", "no HTTP", "huge header"],
)
def test_a_connection_that_breaks_leaves_the_outcome_unknown(script, error):
    answer, server, _ = sent_to(script)
    assert answer.error in error
    assert answer.sending_began
    assert server.connections == 1
    assert isinstance(classify(answer, ()), Unknown)


@pytest.mark.parametrize(
    "script",
    [silence, answers(b"HTTP/1.1 201 Created\r\n", *[b"X-Drip: 1\r\n"] * 60, wait_s=0.1)],
    ids=["no answer", "a dripping header"],
)
def test_the_deadline_is_total(script):
    answer, _, took_s = sent_to(script)
    assert answer == NoAnswer("DeadlineExceeded", "no complete answer within 1 s", sending_began=True)
    assert 0.9 < took_s < 4


def test_a_dripping_body_is_cut_at_the_deadline():
    answer, _, took_s = sent_to(answers(http(201, Content_Length=99), *[b"{"] * 60, wait_s=0.1))
    assert (answer.status, answer.complete) == (201, False)
    assert took_s < 4


@pytest.mark.parametrize(
    "reply",
    [
        http(201, CREATED[:-3], Content_Length=len(CREATED)),
        b"HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + CREATED[:5],
        http(201, gzip.compress(b" " * (8 << 20)), Content_Encoding="gzip"),
        http(201, gzip.compress(CREATED)[:-9], Content_Encoding="gzip"),
        http(201, b" " * (1 << 20) + CREATED),
        http(201, CREATED, Content_Encoding="br"),
    ],
    ids=["cut", "chunk cut", "gzip bomb", "gzip cut", "over 1 MiB", "unknown encoding"],
)
def test_a_body_that_is_not_whole_is_unknown(reply):
    answer, _, _ = sent_to(answers(reply))
    assert (answer.status, answer.complete) == (201, False)
    assert len(answer.body) <= 1 << 20
    assert isinstance(classify(answer, ()), Unknown)


def test_a_compressed_body_is_read_although_none_was_asked_for():
    answer, _, _ = sent_to(answers(http(201, gzip.compress(CREATED), Content_Encoding="gzip")))
    assert answer == Answered(201, CREATED, complete=True)


def test_a_redirect_is_not_followed():
    with RawServer(answers(http(200))) as elsewhere:
        answer, server, _ = sent_to(answers(http(307, Location=elsewhere.url + "/x")))
    assert (answer.status, answer.location) == (307, elsewhere.url + "/x")
    assert (server.connections, elsewhere.connections) == (1, 0)


def test_the_wish_to_wait_is_handed_on():
    answer, _, _ = sent_to(answers(http(429, b"{}", Retry_After=7)))
    assert answer.retry_after == "7"


@pytest.mark.parametrize(
    "script", [never_reads, answers(b"")], ids=["no answer to the handshake", "a plain answer to the handshake"]
)
def test_tls_to_a_plain_port_sends_nothing(script):
    with RawServer(script) as server:
        answer = send(f"https://127.0.0.1:{server.port}")
    assert not answer.sending_began
    assert isinstance(classify(answer, ()), NotSent)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if not (openssl := shutil.which("openssl")):
        pytest.skip("makes its certificate with openssl")
    folder = tmp_path_factory.mktemp("certificate")
    extensions = ("subjectAltName=IP:127.0.0.1", "keyUsage=critical,digitalSignature,keyCertSign")
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=test"]
    command += [
        *("-keyout", "key.pem", "-out", "cert.pem"),
        *(part for text in extensions for part in ("-addext", text)),
    ]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


def over_tls(context, script, connection):
    with context.wrap_socket(connection, server_side=True) as secure:
        return script(secure)


def test_an_unknown_certificate_is_refused_and_nothing_sent(certificate):
    with RawServer(partial(over_tls, certificate[0], answers(http(201, CREATED)))) as server:
        answer = send(f"https://127.0.0.1:{server.port}")
    assert (answer.error, answer.sending_began, server.requests) == ("ConnectError", False, [])


def test_a_certificate_of_ssl_cert_file_is_trusted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    with RawServer(partial(over_tls, certificate[0], answers(http(201, CREATED)))) as server:
        answer = send(f"https://127.0.0.1:{server.port}")
    assert answer == Answered(201, CREATED, complete=True)


def test_a_dripping_answer_over_tls_is_cut_at_the_deadline(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    drip = answers(b"HTTP/1.1 201 Created\r\n", *[b"X-Drip: 1\r\n"] * 60, wait_s=0.1)
    with RawServer(partial(over_tls, certificate[0], drip)) as server:
        began = time.perf_counter()
        answer = send(f"https://127.0.0.1:{server.port}")
        took_s = time.perf_counter() - began
    assert (answer.error, answer.sending_began) == ("DeadlineExceeded", True)
    assert took_s < 4


def test_certificates_that_cannot_be_read_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
        open_http(settings("https://volven.example"), TOKEN, SYSTEM)


def test_a_proxy_is_not_used_for_loopback(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    answer, _, _ = sent_to(answers(http(201, CREATED)))
    assert answer.status == 201


def test_a_proxy_that_refuses_never_sees_the_request_or_the_token(monkeypatch):
    with RawServer(answers(http(502))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        answer = send("https://volven.example")
    assert (answer.error, answer.sending_began) == ("ProxyError", False)
    assert proxy.requests[0].startswith(b"CONNECT volven.example:443 ")
    assert TOKEN.encode() not in proxy.requests[0]
    assert isinstance(classify(answer, ()), NotSent)


def test_a_proxy_that_says_nothing_ends_at_the_deadline_with_nothing_sent(monkeypatch):
    with RawServer(silence) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        answer = send("https://volven.example")
    assert (answer.error, answer.sending_began) == ("TooLate", False)


def test_a_proxy_without_a_scheme_is_an_http_proxy(monkeypatch):
    with RawServer(answers(http(502))) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "other.example")
        send("https://volven.example")
    assert proxy.requests[0].startswith(b"CONNECT volven.example:443 ")


def test_no_proxy_is_obeyed(monkeypatch):
    with RawServer(answers(http(502))) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "volven.example")
        assert isinstance(classify(send("https://volven.example"), ()), NotSent)
    assert proxy.requests == []


def test_proxy_settings_that_make_no_sense_send_nothing(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "socks9://127.0.0.1")
    with pytest.raises(ConfigError, match="proxy"):
        send("https://volven.example")


def test_hurry_ends_a_request_in_flight_early():
    with RawServer(silence) as server:
        platform = open_http(settings(server.url, timeout_s=30), TOKEN, SYSTEM)
        results = []
        thread = threading.Thread(
            target=lambda: results.append(platform.send(create_request(BODY), ATTEMPT, SYSTEM.clock() + 5))
        )
        thread.start()
        while not platform._flights or not next(iter(platform._flights)).sending_began:
            pass
        platform.hurry(0.1)
        thread.join(5)
    assert results == [NoAnswer("DeadlineExceeded", "the run is being ended", sending_began=True)]


def test_an_answer_that_echoes_the_token_loses_it():
    reply = http(400, b'{"message":"bad token ' + TOKEN.encode() + b'"}', Location=f"http://x/?t={TOKEN}")
    answer, _, _ = sent_to(answers(reply))
    assert answer == Answered(400, b'{"message":"bad token ***"}', complete=True, location="http://x/?t=***")


def test_the_token_is_in_no_text_and_no_log(caplog, capfd):
    caplog.set_level(logging.DEBUG)
    bad_header = send("http://127.0.0.1:9", token=TOKEN + "\n")
    echoed, _, _ = sent_to(answers(f"garbage {TOKEN}\r\n\r\n".encode()))
    sent_to(answers(http(201, CREATED)))
    captured = capfd.readouterr()
    assert TOKEN not in caplog.text + captured.out + captured.err + repr(bad_header) + repr(echoed)
    assert "Idempotency" not in caplog.text


@pytest.mark.parametrize("error", [RuntimeError("boom"), OSError("disk"), KeyError("x")])
def test_whatever_goes_wrong_after_the_first_byte_is_a_value(error):
    def answer(_: Request):
        raise error

    platform = open_sandbox(settings(), SYSTEM, answer)
    result = platform.send(create_request(BODY), ATTEMPT, SYSTEM.clock() + 5)
    assert result == NoAnswer(type(error).__name__, type(error).__name__, sending_began=True)


def test_what_cannot_be_sent_is_not_sent():
    answer = send("http://127.0.0.1:9", request=create_request('{"a":"é"}'))
    assert (answer.error, answer.sending_began) == ("NotStarted", False)
