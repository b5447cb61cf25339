"""The simulated platform answers as the documentation says."""

import json
from datetime import UTC, datetime
from itertools import count

import pytest
from builders_platform import BODY

from volvenctl.model.names import EXCHANGE_CODES, StrategyId
from volvenctl.model.outcome import Request
from volvenctl.sandbox.market import Market, simulated_market
from volvenctl.sandbox.simulator import STATUSES, Simulator
from volvenctl.wire.exact_json import read_json
from volvenctl.wire.platform_api import (
    accounts_request,
    action_request,
    create_request,
    find_request,
    products_request,
    read_accounts,
    read_faults,
    read_products,
    read_strategies,
)


class Sandbox:
    """The simulator with the strategies that it makes."""

    def __init__(self):
        numbers = count(1)
        self.strategies = {}
        now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        self.simulator = Simulator(simulated_market(), self.strategies, lambda: now, lambda: f"s-{next(numbers)}")

    def answer(self, request):
        reply = self.simulator.reply_to(request)
        if reply.changed:
            self.strategies[reply.changed.id] = reply.changed
        return reply.answer

    def states(self):
        return {item.id: item.state["status"] for item in read_strategies(self.answer(find_request()).body)}


@pytest.fixture
def sandbox():
    return Sandbox()


def test_the_quickstart_accounts_and_products_are_exact():
    market = simulated_market()
    assert [market.account(key)["apiKey"] for key in ("99998", "99999")] == [
        "nt2jRz4sDBXINYNsAb8H",
        "rFTZsjDdrt07NFsHQLCx",
    ]
    spot, future = market.product("BYB", "btcusdt"), market.product("BYB", "btcusdt_f")
    assert (spot["minNotionalValue"], spot["maxSize"], spot["walletTypes"][0]) == ("5", "17000", "BYBIT_SPOT")
    assert (future["maxSize"], future["priceIncrement"], future["contractCategory"]) == ("1190.000", "0.10", "LINEAR")
    assert "minNotionalValue" not in future


def test_everything_in_the_market_can_be_read(sandbox):
    accounts = read_accounts(sandbox.answer(accounts_request()).body)
    products = read_products(sandbox.answer(products_request(None)).body)
    assert {item.exchange for item in accounts} == {item.exchange for item in products} == set(EXCHANGE_CODES)
    assert not any(item.unreadable for item in products)
    assert any(item.removed for item in products)
    assert any(item.has_contract_value for item in products)
    assert {item.type for item in products} == {"SPOT", "FUTURES"}
    assert not all(item.futures_active for item in accounts)


def test_products_are_those_of_the_exchange_asked_for(sandbox):
    for code in EXCHANGE_CODES:
        assert read_products(sandbox.answer(products_request(code)).body, code)


def test_a_create_answers_201_with_an_id(sandbox):
    answer = sandbox.answer(create_request(BODY))
    assert (answer.status, answer.body) == (201, b'{"strategyId":"s-1"}')
    assert sandbox.states() == {"s-1": "RUNNING"}


def test_without_auto_run_it_waits(sandbox):
    sandbox.answer(create_request(BODY.replace('"autoRun":true', '"autoRun":false')))
    assert sandbox.states() == {"s-1": "PAUSED"}


def test_a_validation_error_has_the_documented_shape(sandbox):
    answer = sandbox.answer(create_request(BODY.replace("BUY", "HOLD")))
    assert answer.status == 400
    assert json.loads(answer.body) == {
        "timestamp": "2026-01-02T03:04:05.000Z",
        "status": "400",
        "error": "Bad Request",
        "message": "Validation failed",
        "path": "/strategy-orchestrator/strategies/SMO/action/create",
        "errors": [{"field": "side", "description": 'must match "BUY|SELL"'}],
    }
    assert sandbox.strategies == {}


@pytest.mark.parametrize("body", ["", "[]", "{", '{"a":1,"a":2}', "\udcff", "null"])
def test_a_body_that_is_no_object_is_a_bad_request(sandbox, body):
    answer = sandbox.answer(create_request(body))
    assert answer.status == 400
    assert read_faults(read_json(answer.body))[0].description == "Malformed JSON request"


def test_any_other_type_can_be_tried(sandbox):
    assert sandbox.answer(create_request('{"strategyType":"TWAP"}')).status == 201


@pytest.mark.parametrize(
    ("actions", "statuses", "state"),
    [
        (["pause"], [202], "PAUSED"),
        (["pause", "start"], [202, 202], "RUNNING"),
        (["stop"], [202], "STOPPED"),
        (["pause", "stop"], [202, 202], "STOPPED"),
        (["start"], [422], "RUNNING"),
        (["pause", "pause"], [202, 422], "PAUSED"),
        (["stop", "start"], [202, 422], "STOPPED"),
        (["stop", "stop"], [202, 422], "STOPPED"),
    ],
)
def test_actions_change_the_state_or_say_why_not(sandbox, actions, statuses, state):
    sandbox.answer(create_request(BODY))
    answers = [sandbox.answer(action_request(action, StrategyId("s-1"))) for action in actions]
    assert [answer.status for answer in answers] == statuses
    assert sandbox.states() == {"s-1": state}
    assert state in STATUSES
    for answer in answers:
        assert answer.body == b"" if answer.status == 202 else b'"fields":["strategyAppId"]' in answer.body


def test_an_action_error_has_a_number_for_its_status(sandbox):
    answer = sandbox.answer(action_request("stop", StrategyId("x/y")))
    error = json.loads(answer.body)
    assert (answer.status, error["status"]) == (400, 400)
    assert error["errors"][0] == {
        "fields": ["strategyAppId"],
        "description": "strategy not found",
        "firstField": "strategyAppId",
    }


def test_find_shows_each_strategy_with_the_documented_fields(sandbox):
    sandbox.answer(create_request(BODY))
    (item,) = json.loads(sandbox.answer(find_request()).body)
    assert set(item) == {"strategyId", "version", "engineVer", "eventTime", "state", "uiParams", "uiData"}


@pytest.mark.parametrize(("user", "found"), [("42", 1), ("7", 0)])
def test_find_can_be_limited_to_a_user(sandbox, user, found):
    sandbox.answer(create_request(BODY))
    path = f"{find_request().path}?createdByUserId={user}"
    assert len(read_strategies(sandbox.answer(Request("POST", path, "")).body)) == found


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/", ""),
        Request("PUT", "/as/v3/accounts", ""),
        Request("GET", find_request().path, ""),
        Request("PUT", "/strategy-orchestrator/strategies/s-1/action/flush", ""),
        Request("POST", "/strategy-orchestrator/strategies/a/b/action/stop", ""),
    ],
)
def test_anything_else_is_not_found(sandbox, request_):
    assert sandbox.answer(request_).status == 404


def test_a_market_without_anything_offers_nothing():
    assert Market((), ()).account("99998") is None
