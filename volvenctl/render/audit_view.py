"""The audit trail as a page shows it: applies with their approvals, every strategy's life, and all that happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from volvenctl.model.audit import History, Span
from volvenctl.model.names import Json
from volvenctl.model.record import Head, Record
from volvenctl.render.audit_text import who_text
from volvenctl.render.text import count_text, fields_text

_TONES = {"running": "good", "unknown": "bad"}
_BAD = frozenset({"attempt.unknown", "attempt.refused", "attempt.not-sent", "halt", "lock.broken"})
_DETAILS = ("action", "strategyId", "was", "resolution", "principal", "keyFingerprint", "status", "reason", "exit")
_WORDS = {
    "ledger.created": "the ledger was created",
    "apply.started": "an apply began",
    "apply.finished": "an apply ended",
    "attempt.started": "a request was announced",
    "attempt.succeeded": "launched",
    "attempt.refused": "the platform refused",
    "attempt.not-sent": "not sent",
    "attempt.unknown": "the outcome is unknown",
    "attempt.resolved": "a person resolved it",
    "action.accepted": "the platform accepted",
    "strategy.adopted": "taken over",
    "strategy.released": "released, left as it was",
    "strategy.renamed": "renamed",
    "strategy.archived": "archived",
    "plan.approved": "a plan was approved",
    "halt": "emergency stop",
    "resume": "resumed",
    "lock.broken": "a lock was broken",
}


@dataclass(frozen=True, slots=True)
class ApplyRow:
    """One apply: who carried what out, approved by whom, and how it ended."""

    seq: int
    time: str
    who: str
    run: str
    plan: str
    commit: str
    approvals: tuple[str, ...]
    ending: str


@dataclass(frozen=True, slots=True)
class SpanRow:
    """A strategy in one run state."""

    name: str
    strategy_id: str
    word: str
    tone: str
    begin: str
    end: str
    """Empty: it is so at the end of the ledger."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One record."""

    seq: int
    time: str
    word: str
    tone: str
    name: str
    who: str
    details: str


@dataclass(frozen=True, slots=True)
class AuditView:
    """Everything on the page, as text in its order."""

    environment: str
    lineage: str
    head: Head
    period: str
    notices: tuple[str, ...]
    applies: tuple[ApplyRow, ...]
    spans: tuple[SpanRow, ...]
    events: tuple[EventRow, ...]


def audit_view(history: History) -> AuditView:
    """Return what the page shows; its parts are in the order of the ledger."""
    log = history.log
    times = f", {log.records[0].time} to {log.records[-1].time}" if log.records else ""
    return AuditView(
        environment=log.environment,
        lineage=log.lineage or "",
        head=log.head,
        period=count_text(len(log.records), "record") + times,
        notices=log.notices,
        applies=_applies(log.records),
        spans=tuple(map(_span_row, history.spans)),
        events=tuple(map(_event_row, log.records)),
    )


def _applies(records: Sequence[Record]) -> tuple[ApplyRow, ...]:
    """Return a row per apply; approvals are recorded right before it, its end names it by seq."""
    endings = {record.data.get("apply"): record for record in records if record.type == "apply.finished"}
    rows: list[ApplyRow] = []
    approvals: list[str] = []
    for record in records:
        if record.type == "plan.approved":
            approvals.append(f"{record.data.get('principal')} {record.data.get('keyFingerprint', '')}".strip())
        elif record.type == "apply.started":
            rows.append(_apply_row(record, tuple(approvals), endings.get(record.seq)))
            approvals = []
    return tuple(rows)


def _apply_row(record: Record, approvals: tuple[str, ...], ending: Record | None) -> ApplyRow:
    ci = record.actor.get("ci")
    return ApplyRow(
        seq=record.seq,
        time=record.time,
        who=who_text(record),
        run=_text(ci.get("run")) if isinstance(ci, Mapping) else "",
        plan=_text(record.data.get("planHash")),
        commit=_text(record.data.get("commit")),
        approvals=approvals,
        ending="no end recorded" if ending is None else _ending(ending),
    )


def _ending(record: Record) -> str:
    return f"exit {_text(record.data.get('exit'))} {fields_text(record.data.get('counts'))}".strip()


def _span_row(span: Span) -> SpanRow:
    end = "" if span.end is None else _when(span.end)
    tone = _TONES.get(span.run_state, "faint")
    return SpanRow(span.name, span.strategy_id, span.run_state, tone, _when(span.begin), end)


def _when(record: Record) -> str:
    return f"{record.time} (record {record.seq})"


def _event_row(record: Record) -> EventRow:
    data = record.data
    shown: Json = {
        **{key: data.get(key) for key in _DETAILS},
        "plan": _text(data.get("planHash")).removeprefix("sha256:")[:12],
        "commit": _text(data.get("commit"))[:12],
    }
    tone = "bad" if record.type in _BAD else "good" if record.type == "attempt.succeeded" else "faint"
    word = _WORDS.get(record.type, record.type)
    who = who_text(record)
    return EventRow(record.seq, record.time, word, tone, _text(data.get("name")), who, fields_text(shown))


def _text(value: Json) -> str:
    return "" if value is None else str(value)
