"""The JSON documents of the audit trail; each has a schema of its name in `schemas/`."""

from volvenctl.model.audit import CheckedCheckpoint, Moment, Verification
from volvenctl.model.names import JsonObject
from volvenctl.model.report import AuditLog
from volvenctl.model.state import Halt, Launched, OpenAttempt
from volvenctl.wire.checkpoint_v1 import checkpoint_document
from volvenctl.wire.documents import head_document, versioned
from volvenctl.wire.ledger_v1 import record_document


def audit_document(log: AuditLog) -> JsonObject:
    """Return records of the ledger, and its head; schema: audit."""
    return versioned({**_ledger(log), "records": [record_document(item) for item in log.records]})


def verified_document(found: Verification) -> JsonObject:
    """Return what `audit verify` proved: the chain is unbroken up to `head`; schema: audit-verify."""
    return versioned(
        {
            **_ledger(found.log),
            "verified": len(found.log.records),
            "anchors": [head_document(item) for item in found.anchors],
            "checkpoints": [_checkpoint(item) for item in found.checkpoints],
        }
    )


def made_checkpoint_document(made: CheckedCheckpoint, *, is_news: bool) -> JsonObject:
    """Return a checkpoint and where it is kept; schema: audit-checkpoint."""
    return versioned({"file": made.file, "written": is_news, "checkpoint": checkpoint_document(made.checkpoint)})


def export_document(log: AuditLog, file: str, members: JsonObject) -> JsonObject:
    """Return what an archive holds: the SHA-256 of each member by name; schema: audit-export."""
    return versioned({**_ledger(log), "file": file, "members": members})


def moment_document(moment: Moment) -> JsonObject:
    """Return what the ledger knew at a moment; schema: status-at."""
    state, names = moment.state, set(moment.names)
    return versioned(
        {
            "environment": moment.environment,
            "at": moment.at,
            "head": head_document(state.head),
            "headTime": moment.last.time,
            "appliedCommit": state.applied_commit,
            "strategies": [_strategy(state.strategies[name]) for name in moment.names if name in state.strategies],
            "openAttempts": [_attempt(item) for item in state.attempts.values() if item.name in names],
            "halts": [_halt(item) for item in state.halts],
            "notices": list(moment.notices),
        }
    )


def _ledger(log: AuditLog) -> JsonObject:
    return {
        "environment": log.environment,
        "lineage": log.lineage,
        "head": head_document(log.head),
        "notices": list(log.notices),
    }


def _checkpoint(item: CheckedCheckpoint) -> JsonObject:
    head = head_document(item.checkpoint.head)
    return {"file": item.file, **head, "time": item.checkpoint.at, "principal": item.principal}


def _strategy(entry: Launched) -> JsonObject:
    facts = ("strategyType", "accountIds", "specDigest", "body", "notional")
    return {
        "name": entry.name,
        "strategyId": entry.strategy_id,
        "runState": entry.run_state,
        "launchedAt": entry.launched_at,
        **{key: entry.facts.get(key) for key in facts},
    }


def _attempt(item: OpenAttempt) -> JsonObject:
    return {"name": item.name, "attemptId": item.id, "startedAt": item.started_at, "reason": item.reason}


def _halt(item: Halt) -> JsonObject:
    return {
        "at": item.at,
        "reason": item.reason,
        "all": item.everything,
        "accounts": sorted(item.accounts),
        "names": sorted(item.names),
        "ids": sorted(item.ids),
    }
