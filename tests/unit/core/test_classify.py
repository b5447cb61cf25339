"""Every row of the outcome rules: what is not proved is unknown."""

import re

import pytest

from volvenctl.core.classify import classify, classify_action
from volvenctl.model.names import StrategyId
from volvenctl.model.outcome import Accepted, Answered, FieldFault, NoAnswer, NotSent, Refused, Succeeded, Unknown

KNOWN = {StrategyId("known-1")}
JUDGED = {201, 400, 401, 403, 404, 405, 413, 415, 422, 429}
ERROR = b'{"status":"400","message":"Validation failed","errors":[{"field":"size","description":"must be > 0"}]}'


def of(status, body=b"{}", *, complete=True, **changes):
    return classify(Answered(status, body, complete=complete, **changes), KNOWN)


@pytest.mark.parametrize(
    "body",
    [
        b'{"strategyId":"s-1"}',
        b' {"other":[1,null],"strategyId":"s-1"}\n',
        b'{"strategyId":"s-1"}' + b" " * ((1 << 20) - 20),
    ],
    ids=["plain", "other fields", "exactly 1 MiB"],
)
def test_201_with_a_believable_id_succeeded(body):
    assert of(201, body) == Succeeded(StrategyId("s-1"))


@pytest.mark.parametrize("identifier", ["a", "!~", "x" * 128, "-", "..", "/etc"])
def test_an_id_is_1_to_128_printable_ascii_characters(identifier):
    assert of(201, b'{"strategyId":"' + identifier.encode() + b'"}') == Succeeded(StrategyId(identifier))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no strict JSON"),
        (b"<html>created</html>", "no strict JSON"),
        (b'{"strategyId":"s-', "no strict JSON"),
        (b'{"strategyId":"\xff\xfe"}', "Unicode"),
        (b'{"strategyId":"s-1","n":1' + b"0" * 5000 + b"}", "out of range"),
        (b'{"strategyId":"\\ud800"}', "Unicode"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"strategyId":"s-1","x":NaN}', "NaN"),
        (b'{"strategyId":"x","strategyId":"s-1"}', "twice"),
        (b'["s-1"]', "no JSON object"),
        (b'"s-1"', "no JSON object"),
        (b'{"ok":true}', "no strategyId that is text"),
        (b'{"strategyId":null}', "no strategyId that is text"),
        (b'{"strategyId":12345}', "no strategyId that is text"),
        (b'{"strategyId":["a"]}', "no strategyId that is text"),
        (b'{"strategyId":""}', "1 to 128"),
        (b'{"strategyId":"a b"}', "1 to 128"),
        (b'{"strategyId":"a\\n"}', "1 to 128"),
        (b'{"strategyId":"\\u001b[2J\\u202e"}', "1 to 128"),
        ('{"strategyId":"é"}'.encode(), "1 to 128"),
        (b'{"strategyId":"' + b"x" * 129 + b'"}', "1 to 128"),
        (b'{"strategyId":"known-1"}', "existed before"),
        (b'{"strategyId":"s-1"}' + b" " * (1 << 20), "1 MiB"),
    ],
)
def test_a_201_that_cannot_be_believed_is_unknown(body, reason):
    outcome = of(201, body)
    assert isinstance(outcome, Unknown)
    assert reason in outcome.reason


def test_a_201_that_did_not_arrive_whole_is_unknown():
    assert isinstance(of(201, b'{"strategyId":"s-1"}', complete=False), Unknown)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 422])
def test_a_listed_error_with_an_object_is_a_refusal(status):
    stops = status in {401, 403, 404, 405}
    assert of(status, ERROR) == Refused(status, (FieldFault("size", "must be > 0"),), stops_run=stops)
    assert of(status, b"{}") == Refused(status, (), stops_run=stops)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 422])
@pytest.mark.parametrize("body", [b"", b"<html>nginx</html>", b"[]", b'{"a":1,"a":2}', b'{"a":'])
def test_a_listed_error_with_another_body_is_unknown(status, body):
    assert isinstance(of(status, body), Unknown)


def test_a_listed_error_that_did_not_arrive_whole_is_unknown():
    assert isinstance(of(422, ERROR, complete=False), Unknown)


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        *(("", 1), ("0", 0), (" 7 ", 7), ("1000000000", 30), ("-3", 1), ("soon", 1), ("1.5", 1), ("٣", 1)),
        *(("Fri, 31 Dec 2027 23:59:59 GMT", 1), ("9" * 5000, 1)),
    ],
)
@pytest.mark.parametrize("body", [b"{}", b"<html>", b""])
def test_429_is_put_off_for_a_bounded_time(header, wait_s, body):
    outcome = of(429, body, retry_after=header)
    assert isinstance(outcome, NotSent)
    assert outcome.retry_after_s == wait_s


@pytest.mark.parametrize(
    "status",
    sorted(
        {*range(100, 104), *range(200, 209), *range(300, 309), *range(400, 432), 451, 499, *range(500, 512), 599, 999}
        - JUDGED
    ),
)
@pytest.mark.parametrize("body", [b"", ERROR, b'{"strategyId":"s-1"}', b"<html>"])
def test_any_other_status_is_unknown_whatever_the_body_says(status, body):
    outcome = of(status, body)
    assert isinstance(outcome, Unknown)
    assert str(status) in outcome.reason


def test_the_id_in_an_answer_that_proves_nothing_is_shown():
    assert "s-1" in of(200, b'{"strategyId":"s-1"}').reason


def test_the_target_of_a_redirect_is_shown():
    assert '"http://evil.example/\\x1b[2J"' in of(307, b"", location="http://evil.example/\x1b[2J").reason


NEVER_SENT = (
    *("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "InvalidURL", "LocalProtocolError"),
    *("ProxyError", "NotStarted", "TooLate"),
)


@pytest.mark.parametrize("error", NEVER_SENT)
def test_a_connection_that_was_never_made_sent_nothing(error):
    outcome = classify(NoAnswer(error, "[Errno 111] Connection refused", sending_began=False), KNOWN)
    assert isinstance(outcome, NotSent)
    assert outcome.retry_after_s is None
    assert error in outcome.reason


@pytest.mark.parametrize("error", NEVER_SENT)
def test_the_same_error_after_the_first_byte_is_unknown(error):
    assert isinstance(classify(NoAnswer(error, "", sending_began=True), KNOWN), Unknown)


@pytest.mark.parametrize("sending_began", [True, False])
@pytest.mark.parametrize(
    "error",
    [
        *("ReadTimeout", "ReadError", "WriteTimeout", "WriteError", "RemoteProtocolError", "DeadlineExceeded"),
        *("CloseError", "RuntimeError", "KeyError", "connecterror", "ConnectErrorX", "", "évil"),
    ],
)
def test_an_error_that_is_not_on_the_list_is_unknown(error, sending_began):
    assert isinstance(classify(NoAnswer(error, "", sending_began=sending_began), KNOWN), Unknown)


HOSTILE = "\x1b]0;x\x07\r\n::error::\u202e`|<script>" + "\u4e2d" * 500


@pytest.mark.parametrize(
    "answer",
    [
        Answered(500, HOSTILE.encode(), complete=True, location=HOSTILE),
        Answered(201, ('{"strategyId":"' + "\u4e2d" * 500 + '"}').encode(), complete=True),
        Answered(422, HOSTILE.encode(), complete=True),
        Answered(201, HOSTILE.encode(), complete=False),
        NoAnswer(HOSTILE, HOSTILE, sending_began=True),
        NoAnswer("ConnectError", HOSTILE, sending_began=False),
    ],
)
def test_a_reason_is_one_short_line_of_printable_ascii(answer):
    reason = classify(answer, KNOWN).reason
    assert re.fullmatch(r"[ -~]{1,450}", reason)


def of_action(status, body=b"{}", *, action="stop", **changes):
    return classify_action(Answered(status, body, complete=True, **changes), action, StrategyId("s-1"))


@pytest.mark.parametrize("action", ["start", "pause", "stop"])
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"strategyId":"s-2"}'])
def test_a_202_proves_that_an_action_was_accepted_whatever_the_body_says(action, body):
    assert of_action(202, body, action=action) == Accepted(action, StrategyId("s-1"))


def test_a_201_proves_nothing_about_an_action():
    reason = 'status 201, which proves nothing; body: "{\\"strategyId\\":\\"s-2\\"}"'
    assert of_action(201, b'{"strategyId":"s-2"}') == Unknown(reason)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 422])
def test_a_refused_action_stops_the_run_as_a_launch_does_but_for_a_404_about_this_strategy(status):
    refused = Refused(status, (FieldFault("size", "must be > 0"),), stops_run=status in {401, 403, 405})
    assert of_action(status, ERROR) == refused


def test_an_action_that_was_put_off_was_not_sent():
    assert of_action(429, retry_after="7") == NotSent("the platform puts requests off (429)", 7)


@pytest.mark.parametrize(("sending_began", "kind"), [(False, NotSent), (True, Unknown)])
def test_an_action_without_an_answer_was_not_sent_only_if_nothing_left(sending_began, kind):
    answer = NoAnswer("ConnectError", "refused", sending_began=sending_began)
    assert type(classify_action(answer, "stop", StrategyId("s-1"))) is kind
