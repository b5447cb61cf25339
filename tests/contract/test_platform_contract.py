"""What every implementation of the platform port keeps, over HTTP and in the sandbox."""

from decimal import Decimal

import pytest
from builders_platform import ATTEMPT, BODY, TOKEN, QuietSystem, RawServer, http, read_request, settings

from volvenctl.adapters.http_platform import open_http, open_sandbox
from volvenctl.core.classify import classify
from volvenctl.errors import PlatformError
from volvenctl.model.names import EXCHANGE_CODES, ExchangeCode, StrategyId
from volvenctl.model.outcome import Answered, NoAnswer, NotSent, Refused, Request, Succeeded
from volvenctl.sandbox.store import SandboxStore
from volvenctl.wire.platform_api import action_request, create_request


class PlatformContract:
    """Runs against an empty simulated platform behind `platform`."""

    @pytest.fixture
    def system(self):
        return QuietSystem()

    @pytest.fixture
    def store(self, tmp_path, system):
        return SandboxStore(tmp_path, system)

    @pytest.fixture
    def send(self, platform, system):
        return lambda request: platform.send(request, ATTEMPT, system.clock() + 5)

    def test_the_accounts_are_those_of_the_user(self, platform):
        accounts = platform.accounts()
        assert [(item.id, item.exchange) for item in accounts[:2]] == [("99998", "BYB"), ("99999", "BIN")]
        assert "nt2jRz4sDBXINYNsAb8H" not in repr(accounts)

    def test_products_come_in_the_order_of_the_exchanges_asked_for(self, platform):
        products = platform.products([ExchangeCode("OKX"), ExchangeCode("BYB"), ExchangeCode("OKX")])
        assert list(dict.fromkeys(item.exchange for item in products)) == ["OKX", "BYB"]
        assert len({(item.exchange, item.code) for item in products}) == len(products)

    def test_no_exchange_means_all_products(self, platform):
        assert set(platform.products([])) == set(platform.products(EXCHANGE_CODES))

    def test_an_exchange_without_products_has_none(self, platform):
        assert platform.products([ExchangeCode("NONE")]) == ()

    def test_bounds_are_exact_decimals_and_blank_ones_are_no_rule(self, platform):
        future = next(item for item in platform.products([ExchangeCode("BYB")]) if item.code == "btcusdt_f")
        assert (future.max_size, str(future.max_size)) == (Decimal(1190), "1190.000")
        assert future.min_notional is None

    def test_a_created_strategy_is_found_under_its_id(self, platform, send):
        outcome = classify(send(create_request(BODY)), ())
        assert isinstance(outcome, Succeeded)
        assert [item.id for item in platform.find()] == [outcome.strategy_id]

    def test_the_same_create_twice_is_two_strategies(self, platform, send):
        first, second = send(create_request(BODY)), send(create_request(BODY))
        assert first != second
        assert len(platform.find()) == 2

    def test_a_bad_create_is_refused_with_its_fields_and_creates_nothing(self, platform, send):
        outcome = classify(send(create_request(BODY.replace("0.5", "2").replace("BUY", "HOLD"))), ())
        assert isinstance(outcome, Refused)
        assert [fault.field for fault in outcome.faults] == ["aggressiveness", "side"]
        assert platform.find() == ()

    def test_actions_are_accepted_and_seen_by_find(self, platform, send):
        created = classify(send(create_request(BODY)), ())
        answer = send(action_request("pause", created.strategy_id))
        assert (answer.status, answer.body, answer.complete) == (202, b"", True)
        assert platform.find()[0].state == {"status": "PAUSED"}

    def test_an_action_on_an_unknown_strategy_is_an_error_with_fields(self, send):
        outcome = classify(send(action_request("stop", StrategyId("nobody"))), ())
        assert outcome.faults[0].field == "strategyAppId"

    def test_an_unknown_path_is_404(self, send):
        answer = send(Request("GET", "/elsewhere", ""))
        assert isinstance(answer, Answered)
        assert answer.status == 404

    def test_nothing_is_sent_after_the_last_moment(self, platform, system):
        answer = platform.send(create_request(BODY), ATTEMPT, system.clock() - 0.001)
        assert isinstance(answer, NoAnswer)
        assert (answer.error, answer.sending_began) == ("TooLate", False)
        assert isinstance(classify(answer, ()), NotSent)
        assert platform.find() == ()

    def test_after_hurry_nothing_begins(self, platform, send, store):
        platform.hurry(1)
        assert send(create_request(BODY)) == NoAnswer("TooLate", "the run is being ended", sending_began=False)
        with pytest.raises(PlatformError, match="the run is being ended"):
            platform.find()
        assert b"[]" in store.answer(Request("POST", "/strategy-orchestrator/strategies/find", "")).body


class TestSandbox(PlatformContract):
    @pytest.fixture
    def platform(self, system, store):
        return open_sandbox(settings(), system, store.answer)


class TestHttp(PlatformContract):
    @pytest.fixture
    def platform(self, system, store):
        def serve(connection):
            head, _, body = read_request(connection).partition(b"\r\n\r\n")
            method, path, _ = head.decode().split("\r\n")[0].split(" ")
            reply = store.answer(Request(method, path, body.decode()))
            connection.sendall(http(reply.status, reply.body, Content_Type="application/json"))

        with RawServer(serve) as server:
            yield open_http(settings(server.url, timeout_s=5), TOKEN, system)
