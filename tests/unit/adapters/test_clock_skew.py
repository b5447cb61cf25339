"""How far our clock is ahead is known from the answers to reads."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from builders_platform import TOKEN, QuietSystem, RawServer, answers, http, settings

from volvenctl.adapters.http_platform import open_http, open_sandbox
from volvenctl.errors import CredentialsError
from volvenctl.sandbox.faults import FaultScript
from volvenctl.sandbox.server import SandboxServer
from volvenctl.sandbox.store import SandboxStore


@pytest.fixture
def system():
    return QuietSystem()


def dated(system, seconds, status=200):
    moment = system.now() - timedelta(seconds=seconds)
    return answers(http(status, b"[]", Date=format_datetime(moment, usegmt=True)))


@pytest.mark.parametrize("seconds", [0, 90, -90])
def test_the_last_dated_answer_counts(system, seconds):
    with RawServer(dated(system, 1000), dated(system, seconds), answers(http(200, b"[]"))) as server:
        platform = open_http(settings(server.url), TOKEN, system)
        assert platform.clock_skew_s() is None
        for _ in range(3):
            platform.find()
    assert platform.clock_skew_s() == pytest.approx(seconds, abs=30)


def test_a_refusal_tells_the_time_too(system):
    with RawServer(dated(system, 500, 401)) as server:
        platform = open_http(settings(server.url), TOKEN, system)
        with pytest.raises(CredentialsError):
            platform.find()
    assert platform.clock_skew_s() == pytest.approx(500, abs=30)


def test_a_date_that_is_none_tells_nothing(system):
    with RawServer(answers(http(200, b"[]", Date="soon"))) as server:
        platform = open_http(settings(server.url), TOKEN, system)
        platform.find()
    assert platform.clock_skew_s() is None


def test_the_embedded_sandbox_tells_no_time_and_the_served_one_its_own(system, tmp_path):
    store = SandboxStore(tmp_path, system)
    embedded = open_sandbox(settings(), system, store.answer)
    embedded.find()
    assert embedded.clock_skew_s() is None
    with SandboxServer(store.answer, FaultScript({})) as server:
        served = open_http(settings(server.url), TOKEN, system)
        served.find()
    assert served.clock_skew_s() == pytest.approx(0, abs=30)
