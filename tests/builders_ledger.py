"""Records and states for tests, as an apply would make them."""

from fakes import FakeSystem

from volvenctl.core.fold import fold_all
from volvenctl.model.record import EMPTY, Draft
from volvenctl.wire.ledger_v1 import make_records

ACTOR = FakeSystem().actor()
TIME = "2026-01-02T03:04:05.678Z"
HASH = "sha256:" + "1" * 64
FACTS = {
    "strategyType": "SMO",
    "accountIds": ["99998"],
    "specDigest": "sha256:" + "2" * 64,
    "body": '{"strategyType":"SMO"}',
    "notional": [{"accountId": "99998", "currency": "USDT", "amount": "9500.0"}],
    "runState": "running",
}


def created(environment="sandbox", **facts):
    return Draft("ledger.created", {"lineage": "L-1", "formatVersion": 1, "environment": environment, **facts})


def apply_started(*ids, **facts):
    return Draft("apply.started", {"planHash": HASH, "snapshot": list(ids), **facts})


def apply_started_blind():
    return Draft("apply.started", {"planHash": HASH, "snapshot": None})


def started(name="btc", attempt="a-1", apply=2, **facts):
    return Draft(
        "attempt.started",
        {"name": name, "attemptId": attempt, "apply": apply, "planHash": HASH, "timeoutSeconds": 10, **FACTS, **facts},
    )


def reported(word, name="btc", attempt="a-1", **facts):
    return Draft(f"attempt.{word}", {"name": name, "attemptId": attempt, "planHash": HASH, **facts})


def succeeded(strategy_id, name="btc", attempt="a-1"):
    return reported("succeeded", name, attempt, strategyId=strategy_id)


def resolved(resolution, name="btc", attempt="a-1", **facts):
    return reported("resolved", name, attempt, resolution=resolution, reason="looked", **facts)


def records_of(*drafts, head=EMPTY):
    return make_records(drafts, head, TIME, ACTOR)


def state_of(*drafts):
    return fold_all(records_of(*drafts))
