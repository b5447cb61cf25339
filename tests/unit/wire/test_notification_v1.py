import hashlib
import hmac
import json

from builders_ledger import HASH, apply_started, created, started, state_of
from builders_report import AT
from builders_world import environment
from jsonschema import Draft202012Validator

from volvenctl.adapters.schema_files import document_schema
from volvenctl.model.state import State
from volvenctl.wire.notification_v1 import News, Sending, notification_text, signature

SENDING = Sending("n-1", AT, "unknown", 4)


def document(news=None, state=None, **changes):
    text = notification_text(news or News("apply"), environment(**changes), state, SENDING)
    value = json.loads(text)
    Draft202012Validator(document_schema("notification")).validate(value)
    return value


def test_it_says_what_happened_where_and_how_it_ended():
    found = document(News("apply", None, HASH, {"succeeded": 2, "unknown": 1}), state_of(created()), live=True)
    assert found == {
        "formatVersion": 1,
        "id": "n-1",
        "time": "2026-01-02T03:04:05.000Z",
        "event": "unknown",
        "command": "apply",
        "environment": "sandbox",
        "live": True,
        "exit": 4,
        "planHash": HASH,
        "counts": {"succeeded": 2, "unknown": 1},
        "openAttempts": [],
        "head": {"seq": 1, "hash": state_of(created()).head.hash},
    }


def test_an_open_attempt_is_named_without_anything_of_its_request():
    found = document(state=state_of(created(), apply_started(), started()))
    assert found["openAttempts"] == [{"name": "btc", "attemptId": "a-1", "startedAt": "2026-01-02T03:04:05.678Z"}]
    assert not {"SMO", "99998", "9500.0"} & set(json.dumps(found).replace('"', " ").split())


def test_a_state_that_cannot_be_read_is_null_and_an_empty_one_is_not():
    assert document()["head"] is None
    assert document(state=State())["head"]["seq"] == 0


def test_the_signature_is_that_of_the_body():
    expected = hmac.new(b"s" * 32, b"{}", hashlib.sha256).hexdigest()
    assert signature("s" * 32, "{}") == f"sha256={expected}"
    assert signature("t" * 32, "{}") != signature("s" * 32, "{}")
