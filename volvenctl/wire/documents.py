"""The JSON documents that commands print, as plain values; each has a schema of its name in `schemas/`.

Plan, state and ledger records have modules of their own. Foreign text stays as it is: JSON text is ASCII, and
surrogates without a partner, which no JSON reader takes, are written as visible escapes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import assert_never

from volvenctl.errors import VolvenctlError
from volvenctl.model.catalog import Account, LiveStrategy, Product
from volvenctl.model.names import Json, JsonObject
from volvenctl.model.number import number_text
from volvenctl.model.outcome import Accepted, FieldFault, Noted, NotSent, Refused, Succeeded, Unknown
from volvenctl.model.problem import Place, Problem
from volvenctl.model.record import FORMAT_VERSION, Head
from volvenctl.model.report import (
    ActionResult,
    ApplyReport,
    AttemptView,
    Checked,
    LocatedFault,
    Resolution,
    Status,
    StatusRow,
)
from volvenctl.wire.moments import moment_text


def problems_document(checked: Checked) -> JsonObject:
    """Return what `validate` found; schema: problems."""
    problems = [_problem(item) for item in checked.problems]
    return versioned({"valid": checked.valid, "checked": checked.checked, "problems": problems})


def apply_document(report: ApplyReport) -> JsonObject:
    """Return what an apply did; schema: apply."""
    return versioned(
        {
            "environment": report.plan.environment,
            "live": report.plan.live,
            "planHash": report.plan.hash,
            "exit": int(report.exit),
            "results": [result_document(item) for item in report.results],
            "summary": dict(outcome_counts(report)),
            "openAttempts": [_attempt(item) for item in report.attempts],
            "notices": list(report.notices),
            "head": head_document(report.head),
        }
    )


def outcome_counts(report: ApplyReport) -> Mapping[str, int]:
    """Return how often an apply had which outcome."""
    return Counter(str(result_document(item)["outcome"]) for item in report.results)


def attempts_document(resolution: Resolution, environment: str) -> JsonObject:
    """Return what `resolve` did and what is still open; schema: attempts."""
    done: JsonObject = {
        "name": resolution.name,
        "resolution": resolution.resolution,
        "strategyId": resolution.strategy_id,
    }
    return versioned(
        {
            "environment": environment,
            "resolved": done if resolution.resolution is not None else None,
            "openAttempts": [_attempt(item) for item in resolution.attempts],
            "notices": list(resolution.notices),
        }
    )


def status_document(status: Status) -> JsonObject:
    """Return spec, state and platform side by side; schema: status."""
    return versioned(
        {
            "environment": status.environment,
            "live": status.live,
            "complete": status.complete,
            "commit": status.commit,
            "strategies": [_status_row(item) for item in status.rows],
            "openAttempts": [_attempt(item) for item in status.attempts],
            "drift": [
                {"name": item.name, "strategyId": item.strategy_id, "kind": item.kind, "detail": item.detail}
                for item in status.drift
            ],
            "unmanaged": None if status.unmanaged is None else [_live(item) for item in status.unmanaged],
            "lock": status.holder,
            "problems": [_problem(item) for item in status.problems],
            "notices": list(status.notices),
            "head": head_document(status.head),
        }
    )


def accounts_document(accounts: Sequence[Account]) -> JsonObject:
    """Return the accounts; schema: accounts."""
    return versioned(
        {
            "accounts": [
                {
                    "accountId": item.id,
                    "name": item.name,
                    "exchangeCode": item.exchange,
                    "spotActive": item.spot_active,
                    "futuresActive": item.futures_active,
                }
                for item in accounts
            ]
        }
    )


def products_document(products: Sequence[Product]) -> JsonObject:
    """Return the products, their bounds as decimal text; schema: products."""
    return versioned({"products": [_product(item) for item in products]})


def state_list_document(state: JsonObject) -> JsonObject:
    """Return the strategies of a state document as a list; schema: state-list."""
    strategies = state.get("strategies")
    entries = strategies.items() if isinstance(strategies, Mapping) else ()
    keys = ("strategyId", "strategyType", "runState", "launchedAt")
    return versioned(
        {
            "environment": state.get("environment"),
            "serial": state.get("serial"),
            "strategies": [
                {"name": name, **{key: entry.get(key) for key in keys}}
                for name, entry in entries
                if isinstance(entry, Mapping)
            ],
        }
    )


def error_document(error: VolvenctlError) -> JsonObject:
    """Return why there is no other document; schema: error."""
    return versioned({"error": {"message": error.message, "hint": error.hint, "exit": int(error.exit)}})


def versioned(members: JsonObject) -> JsonObject:
    """Return the document with these members, with its version, and with text that every JSON reader takes."""
    return {"formatVersion": FORMAT_VERSION, **{key: _encodable(value) for key, value in members.items()}}


def _encodable(value: Json) -> Json:
    match value:
        case str():
            return _encodable_text(value)
        case Mapping():
            return {_encodable_text(key): _encodable(item) for key, item in value.items()}
        case list() | tuple():
            return [_encodable(item) for item in value]
        case _:
            return value


def _encodable_text(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _problem(problem: Problem) -> JsonObject:
    return {
        **_place(problem.place),
        "path": problem.path,
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "suggestions": list(problem.suggestions),
    }


def _place(place: Place) -> JsonObject:
    return {"file": place.file, "line": place.line, "column": place.column}


def result_document(result: ActionResult) -> JsonObject:
    """Return what became of one action, as `apply` lists it."""
    return {
        "name": result.name,
        "action": result.action,
        "attemptId": result.attempt_id,
        **_outcome(result),
        "errors": [_fault(item) for item in result.faults],
    }


def _fault_text(fault: FieldFault) -> str:
    return f"{fault.field}: {fault.description}" if fault.field else fault.description


_DONE = {Succeeded: "succeeded", Accepted: "accepted", Noted: "recorded"}


def _outcome(result: ActionResult) -> JsonObject:
    nothing: JsonObject = {"strategyId": None, "status": None, "reason": None}
    match result.outcome:
        case None:
            return {"outcome": "not-reached", **nothing}
        case Succeeded(strategy_id) | Accepted(strategy_id=strategy_id) | Noted(strategy_id):
            return {"outcome": _DONE[type(result.outcome)], **nothing, "strategyId": strategy_id}
        case Refused(status, faults):
            return {"outcome": "refused", **nothing, "status": status, "reason": "; ".join(map(_fault_text, faults))}
        case NotSent(reason):
            return {"outcome": "not-sent", **nothing, "reason": reason}
        case Unknown(reason):
            return {"outcome": "unknown", **nothing, "reason": reason}
        case _:
            assert_never(result.outcome)


def _fault(fault: LocatedFault) -> JsonObject:
    return {
        **_place(fault.place),
        "path": fault.path,
        "field": fault.fault.field,
        "description": fault.fault.description,
    }


def _attempt(view: AttemptView) -> JsonObject:
    return {
        "name": view.attempt.name,
        "attemptId": view.attempt.id,
        "startedAt": view.attempt.started_at,
        "seq": view.attempt.seq,
        "reason": view.attempt.reason,
        "inFlight": view.in_flight,
        "candidates": None if view.candidates is None else [_live(item) for item in view.candidates],
        "rivals": list(view.rivals),
        "body": view.attempt.facts.get("body"),
        "bodyDigest": view.attempt.facts.get("bodyDigest"),
        "source": view.attempt.facts.get("source"),
    }


def _live(live: LiveStrategy) -> JsonObject:
    at = None if live.event_time is None else moment_text(live.event_time)
    return {"strategyId": live.id, "eventTime": at, "state": dict(live.state)}


def _status_row(row: StatusRow) -> JsonObject:
    return {
        "name": row.name,
        "summary": row.summary,
        "source": None if row.place is None else {"file": row.place.file, "line": row.place.line},
        "wanted": row.wanted,
        "strategyId": row.strategy_id,
        "launchedAt": row.launched_at,
        "edited": row.edited,
        "openAttempt": row.open_attempt,
        "live": None if row.live is None else _live(row.live),
        "notional": row.notional,
    }


def _product(product: Product) -> JsonObject:
    return {
        "exchangeCode": product.exchange,
        "productCode": product.code,
        "type": product.type,
        "base": product.base,
        "quote": product.quote,
        "name": product.name,
        "contractType": product.contract_type,
        "minSize": _bound(product.min_size),
        "maxSize": _bound(product.max_size),
        "sizeIncrement": _bound(product.size_increment),
        "minPrice": _bound(product.min_price),
        "priceIncrement": _bound(product.price_increment),
        "minNotionalValue": _bound(product.min_notional),
        "removed": product.removed,
        "unreadable": list(product.unreadable),
    }


def _bound(value: Decimal | None) -> str | None:
    return None if value is None else number_text(value)


def head_document(head: Head) -> JsonObject:
    """Return the end of a ledger; seq 0 for an empty one."""
    return {"seq": head.seq, "hash": head.hash}
