"""What an answer proves about a launch or an action. The lists are closed: what is not on them is `Unknown`.

Source: docs/reference, "Outcomes". A create spends money once and has no documented idempotency key, so only
proof counts: 201 with an id that can be believed, an error status with an error body, or a connection that
was never made.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import assert_never

from volvenctl.model.names import STRATEGY_ID_PATTERN, JsonObject, StrategyId
from volvenctl.model.outcome import (
    Accepted,
    Action,
    Answer,
    Answered,
    NoAnswer,
    NotSent,
    Outcome,
    Refused,
    Succeeded,
    Unknown,
)
from volvenctl.wire.exact_json import JsonFault, read_json
from volvenctl.wire.foreign_text import quoted, quoted_bytes
from volvenctl.wire.platform_api import MAX_SEND_BODY, read_faults, read_retry_after

_REFUSALS = frozenset({400, 401, 403, 404, 405, 413, 415, 422})
_STOPS_RUN = frozenset({401, 403, 404, 405})
_NEVER_SENT = frozenset(
    {
        "ConnectError",
        "ConnectTimeout",
        "InvalidURL",
        "LocalProtocolError",
        "PoolTimeout",
        "ProxyError",
        "UnsupportedProtocol",
        "NotStarted",  # our own side failed before it had a connection
        "TooLate",  # our own side gave up before the first byte
    }
)
_RETRY_DEFAULT_S = 1.0
_RETRY_MAX_S = 30.0


def classify(answer: Answer, known_ids: Collection[StrategyId]) -> Outcome:
    """Return what `answer` to a create proves.

    Args:
        answer: what came back, or that nothing did.
        known_ids: every id that is already taken; a new strategy cannot have one of them.
    """
    match answer:
        case NoAnswer():
            return _without_answer(answer)
        case Answered(status=HTTPStatus.CREATED):
            return _created(answer, known_ids)
        case Answered(status=HTTPStatus.TOO_MANY_REQUESTS):
            wait_s = read_retry_after(answer.retry_after, default_s=_RETRY_DEFAULT_S, most_s=_RETRY_MAX_S)
            return NotSent("the platform puts requests off (429)", wait_s)
        case Answered(status=status) if status in _REFUSALS:
            return _refused(answer)
        case Answered():
            return Unknown(_status_text(answer))
        case _:
            assert_never(answer)


def classify_action(answer: Answer, action: Action, strategy_id: StrategyId) -> Outcome:
    """Return what `answer` to a start, pause or stop of `strategy_id` proves: 202 that it was accepted, no more.

    A refusal with 404 is about this strategy, and does not stop the run as it does for a launch.
    """
    match answer:
        case Answered(status=HTTPStatus.ACCEPTED):
            return Accepted(action, strategy_id)
        case Answered(status=HTTPStatus.CREATED):
            return Unknown(_status_text(answer))
        case _:
            outcome = classify(answer, ())
    if isinstance(outcome, Refused) and outcome.status == HTTPStatus.NOT_FOUND:
        return replace(outcome, stops_run=False)
    return outcome


def _without_answer(answer: NoAnswer) -> Outcome:
    name = answer.error if answer.error.isascii() and answer.error.isidentifier() else quoted(answer.error)
    reason = f"{name}: {quoted(answer.detail)}" if answer.detail else name
    if answer.error in _NEVER_SENT and not answer.sending_began:
        return NotSent(f"the request was not sent ({reason})")
    return Unknown(f"no answer ({reason})")


def _created(answer: Answered, known_ids: Collection[StrategyId]) -> Outcome:
    body = _object_of(answer)
    if isinstance(body, str):
        return Unknown(f"201, but {body}{_body_text(answer)}")
    identifier = body.get("strategyId")
    if not isinstance(identifier, str):
        return Unknown(f"201, but there is no strategyId that is text{_body_text(answer)}")
    if not STRATEGY_ID_PATTERN.fullmatch(identifier):
        return Unknown(f"201, but the strategyId {quoted(identifier)} is not 1 to 128 printable ASCII characters")
    if identifier in known_ids:
        return Unknown(f"201, but the strategyId {quoted(identifier)} belongs to a strategy that existed before")
    return Succeeded(StrategyId(identifier))


def _refused(answer: Answered) -> Outcome:
    body = _object_of(answer)
    if isinstance(body, str):
        return Unknown(f"{answer.status}, but {body}{_body_text(answer)}")
    return Refused(answer.status, read_faults(body), answer.status in _STOPS_RUN)


def _object_of(answer: Answered) -> JsonObject | str:
    """Return the body as a JSON object, or in a few words why it is none."""
    if not answer.complete or len(answer.body) > MAX_SEND_BODY:
        return "the body is incomplete or over the limit of 1 MiB"
    try:
        value = read_json(answer.body)
    except JsonFault as fault:
        return f"the body is no strict JSON ({fault})"
    return value if isinstance(value, Mapping) else "the body is no JSON object"


def _status_text(answer: Answered) -> str:
    target = f", a redirect to {quoted(answer.location)} that was not followed" if answer.location else ""
    return f"status {answer.status}{target}, which proves nothing{_body_text(answer)}"


def _body_text(answer: Answered) -> str:
    return f"; body: {quoted_bytes(answer.body)}" if answer.body else "; no body"
