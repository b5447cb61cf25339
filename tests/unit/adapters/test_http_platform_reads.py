"""Reads are tried again while that may help, within a budget, and fail with the call, the place and the status."""

import gzip
import logging
from functools import partial

import pytest
from builders_platform import TOKEN, QuietSystem, RawServer, answers, http, read_request, resets, settings, silence

from volvenctl.adapters.http_platform import HttpPlatform, open_http
from volvenctl.adapters.parallel import results_of
from volvenctl.adapters.read_policy import wait_before_retry
from volvenctl.errors import ConfigError, CredentialsError, Exit, NoFindError, PlatformError
from volvenctl.model.names import ExchangeCode
from volvenctl.model.outcome import Answered, NoAnswer

FOUND = http(200, b'[{"strategyId":"s-1","state":{}}]')
API_KEY = "CANARY-API-KEY-42"
ACCOUNT = f'{{"id":"1","exchangeCode":"BYB","apiKey":"{API_KEY}"}}'.encode()


@pytest.fixture
def system():
    return QuietSystem()


def found_by(system, *scripts):
    with RawServer(*scripts) as server:
        try:
            return [item.id for item in open_http(settings(server.url), TOKEN, system).find()], server.connections
        finally:
            system.requests = server.requests


@pytest.mark.parametrize(
    "failure",
    [
        answers(http(500)),
        answers(http(503, b"<html>")),
        answers(http(429, Retry_After=2)),
        answers(http(200, b"[", Content_Length=9)),
        partial(resets, after_reading=True),
        read_request,
    ],
    ids=["500", "503", "429", "cut", "reset", "closed"],
)
def test_a_passing_failure_is_tried_again(system, failure):
    assert found_by(system, failure, answers(FOUND)) == (["s-1"], 2)
    assert 1 <= len(system.slept) <= 2


def test_the_third_failure_is_the_last(system):
    with pytest.raises(PlatformError, match=r"find: POST http://127\.0\.0\.1:\d+/\S+/find: the platform answered 502"):
        found_by(system, answers(http(502)))
    assert system.slept == [0.4, 0.8]
    assert len(system.requests) == 3


def test_a_wish_to_wait_is_granted_within_the_budget_only(system):
    with pytest.raises(PlatformError, match="429"):
        found_by(system, answers(http(429, Retry_After=3600)))
    assert (system.slept, len(system.requests)) == ([], 1)


def test_no_answer_ends_within_the_budget(system):
    with pytest.raises(PlatformError, match=r"DeadlineExceeded|TooLate"):
        found_by(system, silence)
    assert len(system.requests) <= 3


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_a_matter_of_credentials(system, status):
    with pytest.raises(CredentialsError, match=str(status)) as caught:
        found_by(system, answers(http(status, b"{}")))
    assert caught.value.exit == Exit.CREDENTIALS
    assert caught.value.hint
    assert len(system.requests) == 1


@pytest.mark.parametrize("status", [404, 405])
def test_a_platform_without_find_is_told_apart(system, status):
    with pytest.raises(NoFindError, match=str(status)):
        found_by(system, answers(http(status, b"{}")))


def test_accounts_that_are_not_there_are_no_matter_of_find(system):
    with RawServer(answers(http(404))) as server, pytest.raises(PlatformError, match="accounts: GET") as caught:
        open_http(settings(server.url), TOKEN, system).accounts()
    assert not isinstance(caught.value, NoFindError)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (http(302, Location="http://127.0.0.1:1/login"), r'302, a redirect to "http://127\.0\.0\.1:1/login"'),
        (http(204), "204"),
        (http(400, b"{}"), "400"),
        (http(200, b"<html>log in first</html>"), r"find: the answer cannot be used: no JSON .*/find\)"),
        (http(200, b'{"strategies":[]}'), "no JSON array"),
        (http(200, b"[]", Content_Encoding="br"), "encoding that was not asked for"),
    ],
    ids=["redirect", "204", "400", "html", "object", "encoding"],
)
def test_an_unusable_answer_names_the_call_and_what_is_wrong(system, reply, words):
    with pytest.raises(PlatformError, match=words):
        found_by(system, answers(reply))


def test_a_list_beyond_all_measure_is_cut(system):
    bomb = gzip.compress(b" " * (65 << 20), 1)
    with RawServer(answers(http(200, bomb, Content_Encoding="gzip"))) as server:
        platform = open_http(settings(server.url, timeout_s=20), TOKEN, system)
        with pytest.raises(PlatformError, match="over the limit"):
            platform.find()


def test_a_host_that_is_not_there_is_named(system):
    with pytest.raises(PlatformError, match=r"127\.0\.0\.1:9/.*ConnectError") as caught:
        open_http(settings("http://127.0.0.1:9"), TOKEN, system).find()
    assert "network" in caught.value.hint


def test_products_of_another_exchange_are_refused(system):
    def serve(connection):
        request = read_request(connection)
        connection.sendall(http(200, b'[{"productCode":"x","exchangeCode":"BYB"}]'))
        return request

    with RawServer(serve) as server:
        platform = open_http(settings(server.url), TOKEN, system)
        assert [item.code for item in platform.products([ExchangeCode("BYB")])] == ["x"]
        with pytest.raises(PlatformError, match=r'item 1 .* another exchange than the "OKX"'):
            platform.products([ExchangeCode("BYB"), ExchangeCode("OKX")])
    assert b"/mms/v2/productDetails?exchangeCode=BYB " in b"".join(server.requests)


def test_neither_the_token_nor_an_api_key_is_in_any_error_or_log(system, caplog):
    caplog.set_level(logging.DEBUG)
    texts = []
    replies = [
        http(200, b"[" + ACCOUNT),
        http(200, b"[" + ACCOUNT + b",3]"),
        http(200, b"[" + ACCOUNT.replace(b'"id":"1"', b'"id":"\\ud800"') + b"]"),
        http(500, TOKEN.encode()),
        http(302, Location=f"http://x/{TOKEN}"),
    ]
    for reply in replies:
        with RawServer(answers(reply)) as server, pytest.raises(PlatformError) as caught:
            open_http(settings(server.url), TOKEN, system).accounts()
        texts += [repr(caught.value), caught.value.hint, repr(caught.value.__context__)]
    with RawServer(answers(http(200, b"[" + ACCOUNT + b"]"))) as server:
        texts.append(repr(open_http(settings(server.url), TOKEN, system).accounts()))
    together = "".join(texts) + caplog.text
    assert TOKEN not in together
    assert API_KEY not in together


@pytest.mark.parametrize(
    "url", ["ftp://x", "https://user:pw@host", "https://host?x=1", "https://ho st", "https://...", ""]
)
def test_a_url_that_could_be_read_in_two_ways_is_refused(system, url):
    with pytest.raises(ConfigError):
        HttpPlatform(settings(url), TOKEN, system)


def test_what_our_own_side_did_wrong_is_not_tried_again():
    assert wait_before_retry(NoAnswer("NotStarted", "", sending_began=False), 1.0) is None
    assert wait_before_retry(NoAnswer("ReadError", "", sending_began=True), 1.0) == 1.0
    assert wait_before_retry(Answered(429, b"", complete=True, retry_after="99"), 1.0) == 10.0


def test_the_first_error_in_the_order_of_the_calls_is_raised():
    def fail(name):
        raise PlatformError(name)

    with pytest.raises(PlatformError, match="second"):
        results_of([lambda: 1, partial(fail, "second"), partial(fail, "third")], 2)
    assert results_of([partial(pow, 2, number) for number in range(9)], 3) == [2**number for number in range(9)]
