"""The simulated platform: what it answers to a request, and what that changes. Pure.

Source: the vendor's quickstart and its pages about the read and action controllers. Made up, because no page
says: the words in `state`, which actions are allowed when, and the answers to unknown ids and paths. As on the real
platform, no idempotency key is honoured: the same request twice is two strategies.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

from volvenctl.model.names import Json, JsonObject, StrategyId
from volvenctl.model.outcome import Action, Answered, FieldFault, Request
from volvenctl.sandbox.market import Market
from volvenctl.sandbox.rules import faults_of
from volvenctl.wire.exact_json import JsonFault, json_text, read_json
from volvenctl.wire.moments import moment_text
from volvenctl.wire.platform_api import ACCOUNTS_PATH, CREATE_PATH, FIND_PATH, PRODUCTS_PATH, STRATEGIES_PATH

STATUSES = frozenset({"RUNNING", "PAUSED", "STOPPED", "FILLED", "ENDED"})
"""The words of `state.status`; the platform's own are not documented."""

REMOVED = "REMOVED"
"""The status of a strategy that `find` does not show any more."""

USER_ID = "42"
"""The one user; owns all accounts and strategies."""

_ACTION_PATH = re.compile(re.escape(STRATEGIES_PATH) + r"/([^/]+)/action/(start|pause|stop)")
ACTIONS: Mapping[Action, tuple[frozenset[str], str]] = {
    "start": (frozenset({"PAUSED"}), "RUNNING"),
    "pause": (frozenset({"RUNNING"}), "PAUSED"),
    "stop": (frozenset({"RUNNING", "PAUSED"}), "STOPPED"),
}
"""From which states each action is accepted, and the state after it."""

_WORDS: Mapping[str, Action] = {action: action for action in ACTIONS}


@dataclass(frozen=True, slots=True)
class SimulatedStrategy:
    """A strategy that runs in the sandbox."""

    id: StrategyId
    version: int
    """Grows by one with each change."""
    changed_at: str
    status: str
    """One of `STATUSES`, or `REMOVED`."""
    request: JsonObject


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and the strategy that came to be or changed with it."""

    answer: Answered
    changed: SimulatedStrategy | None = None


@dataclass(frozen=True, slots=True)
class Simulator:
    """The platform's behaviour. `strategies` is the caller's: to be changed by what `reply_to` returns."""

    market: Market
    strategies: Mapping[StrategyId, SimulatedStrategy]
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    def reply_to(self, request: Request) -> Reply:
        """Return the answer to `request`, and what it changes."""
        url = urlsplit(request.path)
        query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        action = _ACTION_PATH.fullmatch(url.path)
        match request.method, url.path:
            case "GET", path if path == ACCOUNTS_PATH:
                return _list(self.market.accounts)
            case "GET", path if path == PRODUCTS_PATH:
                return _list(self.market.products_of(query.get("exchangeCode")))
            case "POST", path if path == FIND_PATH:
                return self._find(query.get("createdByUserId", USER_ID))
            case "POST", path if path == CREATE_PATH:
                return self._create(request)
            case "PUT", _ if action is not None:
                return self._act(StrategyId(unquote(action[1])), _WORDS[action[2]], url.path)
            case _:
                return Reply(error_answer(HTTPStatus.NOT_FOUND, self._moment(), url.path, "No such resource"))

    def _find(self, user: str) -> Reply:
        shown = (item for item in self.strategies.values() if item.status != REMOVED)
        return _list(map(_strategy_json, shown) if user == USER_ID else ())

    def _create(self, request: Request) -> Reply:
        try:
            body = read_json(request.body)
        except JsonFault:
            body = None
        if not isinstance(body, Mapping):
            message = "Malformed JSON request"
            return Reply(error_answer(HTTPStatus.BAD_REQUEST, self._moment(), CREATE_PATH, message))
        faults = faults_of(body, self.market)
        if faults:
            path = f"{STRATEGIES_PATH}/{body.get('strategyType', '')}/action/create"
            return Reply(error_answer(HTTPStatus.BAD_REQUEST, self._moment(), path, "Validation failed", faults))
        status = "RUNNING" if body.get("autoRun") is True else "PAUSED"
        strategy = SimulatedStrategy(StrategyId(self.new_id()), 1, self._moment(), status, body)
        return Reply(_answered(HTTPStatus.CREATED, {"strategyId": strategy.id}), strategy)

    def _act(self, identifier: StrategyId, action: Action, path: str) -> Reply:
        strategy = self.strategies.get(identifier)
        if strategy is None:
            fault = FieldFault("strategyAppId", "strategy not found")
            return Reply(self._action_error(HTTPStatus.BAD_REQUEST, path, fault))
        allowed, after = ACTIONS[action]
        if strategy.status not in allowed:
            fault = FieldFault("strategyAppId", f"cannot {action} a strategy that is {strategy.status}")
            return Reply(self._action_error(HTTPStatus.UNPROCESSABLE_ENTITY, path, fault))
        changed = replace(strategy, version=strategy.version + 1, changed_at=self._moment(), status=after)
        return Reply(Answered(int(HTTPStatus.ACCEPTED), b"", complete=True), changed)

    def _action_error(self, status: HTTPStatus, path: str, fault: FieldFault) -> Answered:
        """Return an error as an action gives it: `status` is a number there, and fields come in lists."""
        error: JsonObject = {"fields": [fault.field], "description": fault.description, "firstField": fault.field}
        head: JsonObject = {"timestamp": self._moment(), "status": int(status), "path": path}
        return _answered(status, {**head, "error": status.phrase, "errors": [error]})

    def _moment(self) -> str:
        return moment_text(self.now())


def error_answer(status: HTTPStatus, at: str, path: str, message: str, faults: Iterable[FieldFault] = ()) -> Answered:
    """Return an error as a create gives it: `status` is text there, and each error has one field."""
    head = {"timestamp": at, "status": str(int(status)), "error": status.phrase, "message": message, "path": path}
    errors = [{"field": fault.field, "description": fault.description} for fault in faults]
    return _answered(status, {**head, "errors": errors})


def _strategy_json(strategy: SimulatedStrategy) -> JsonObject:
    return {
        "strategyId": strategy.id,
        "version": strategy.version,
        "engineVer": 1,
        "eventTime": strategy.changed_at,
        "state": {"status": strategy.status},
        "uiParams": {},
        "uiData": "",
    }


def _list(items: Iterable[JsonObject]) -> Reply:
    return Reply(_answered(HTTPStatus.OK, list(items)))


def _answered(status: HTTPStatus, body: Json) -> Answered:
    return Answered(int(status), json_text(body).encode(), complete=True)
