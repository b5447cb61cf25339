"""Plans as canonical JSON; the saved file and `plan --format json` are the same document.

Text that comes from file names, branches or the platform is made printable before it enters a plan, so that
the canonical form, which may not escape it, can be shown anywhere.
"""

from decimal import Decimal
from typing import assert_never

from volvenctl.model.names import Digest, JsonObject
from volvenctl.model.number import number_text
from volvenctl.model.outcome import Request
from volvenctl.model.plan import (
    Adopt,
    Blocked,
    Capital,
    Change,
    Create,
    Keep,
    Pause,
    Plan,
    Release,
    Rename,
    Replace,
    Start,
    Stop,
    ValueChange,
    action_word,
)
from volvenctl.model.record import EMPTY, FORMAT_VERSION
from volvenctl.wire.exact_json import canonical_text, digest_of
from volvenctl.wire.moments import moment_text


def plan_hash(plan: Plan) -> Digest:
    """Return the digest of everything in the plan but its hash."""
    return digest_of(_body(plan))


def plan_document(plan: Plan) -> JsonObject:
    """Return the plan as a JSON value; schema: schemas/plan.schema.json."""
    return {**_body(plan), "planHash": plan.hash}


def plan_text(plan: Plan) -> str:
    """Return the plan as canonical JSON with a newline at the end."""
    return canonical_text(plan_document(plan)) + "\n"


def _body(plan: Plan) -> JsonObject:
    counts = plan.counts
    return {
        "formatVersion": FORMAT_VERSION,
        "volvenctlVersion": plan.version,
        "environment": plan.environment,
        "live": plan.live,
        "selection": {
            "only": list(plan.selection.only),
            "exclude": list(plan.selection.exclude),
            "labels": list(plan.selection.labels),
        },
        "author": {"gitAuthors": list(plan.author.git_authors), "ciActor": plan.author.ci_actor},
        "createdAt": moment_text(plan.created_at),
        "expiresAt": moment_text(plan.expires_at),
        "source": {"commit": plan.checkout.commit, "branch": plan.checkout.branch, "dirty": plan.checkout.dirty},
        "base": {
            "lineage": plan.lineage,
            "serial": plan.base.seq,
            "head": None if plan.base == EMPTY else plan.base.hash,
        },
        "digests": {"specs": plan.digests.specs, "metadata": plan.digests.metadata, "policy": plan.digests.policy},
        "actions": [_action_document(item) for item in plan.actions],
        "orphaned": [{"name": item.name, "strategyId": item.strategy_id} for item in plan.orphaned],
        "drift": [
            {"name": item.name, "strategyId": item.strategy_id, "kind": item.kind, "detail": item.detail}
            for item in plan.drift
        ],
        "warnings": list(plan.warnings),
        "summary": {**counts, "unmanaged": plan.unmanaged},
        "capital": [_capital_document(item) for item in plan.capital],
    }


def _action_document(change: Change) -> JsonObject:
    return {
        "action": action_word(change),
        "name": change.name,
        "reason": change.reason,
        "source": {"file": change.source.file, "line": change.source.line},
        "changes": [] if isinstance(change, Keep) else [_change_document(item) for item in change.changes],
        "notional": {"amount": _decimal(change.notional.amount), "currency": change.notional.currency},
        **_particulars(change),
    }


def _particulars(change: Change) -> JsonObject:
    """Return what only this kind of action says; `request` is null where nothing is sent."""
    own: JsonObject
    match change:
        case Create() | Start() | Pause() | Stop() | Replace():
            own = {"request": _request_document(change.request)}
        case Adopt() | Rename() | Release() | Keep() | Blocked():
            own = {"request": None}
        case _:
            assert_never(change)
    if isinstance(change, Blocked):
        return {**own, "openAttempt": change.open_attempt, "inDoubt": change.is_in_doubt}
    if isinstance(change, Create | Keep):
        return own
    own = {**own, "strategyId": change.strategy_id}
    if isinstance(change, Replace):
        return {**own, "stop": _request_document(change.stop)}
    return {**own, "was": change.was} if isinstance(change, Rename) else own


def _request_document(request: Request) -> JsonObject:
    return {"method": request.method, "path": request.path, "body": request.body}


def _change_document(item: ValueChange) -> JsonObject:
    return {"path": item.path, "before": item.before, "after": item.after}


def _capital_document(item: Capital) -> JsonObject:
    return {
        "accountId": item.account_id,
        "currency": item.currency,
        "before": _decimal(item.before),
        "after": _decimal(item.after),
    }


def _decimal(amount: Decimal | None) -> str | None:
    return None if amount is None else number_text(amount)
