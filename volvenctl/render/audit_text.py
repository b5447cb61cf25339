"""The audit trail for people: its records, what was verified, and what was live at a moment."""

from collections.abc import Mapping

from volvenctl.model.audit import CheckedCheckpoint, Moment, Verification
from volvenctl.model.names import Json
from volvenctl.model.record import Record
from volvenctl.model.report import AuditLog
from volvenctl.model.state import Launched
from volvenctl.render.anchor_text import trailer_text
from volvenctl.render.safe import safe
from volvenctl.render.style import PLAIN, Palette
from volvenctl.render.tables import Row, table_lines
from volvenctl.render.text import bullet_lines, count_text, fields_text, page, section

_DETAILS = ("strategyId", "was", "resolution", "status", "principal", "reason", "exit")


def audit_text(log: AuditLog, palette: Palette = PLAIN) -> str:
    """Return one line per record, oldest first."""
    rows = [_record_row(record, palette) for record in log.records]
    return page(
        [
            *bullet_lines(log.notices, "note", palette),
            *table_lines(rows, titles=("seq", "time", "type", "by", "strategy", ""), right=(0,)),
            _head_line(log),
        ]
    )


def verified_text(found: Verification, palette: Palette = PLAIN) -> str:
    """Return what `audit verify` found: every record read, every hash computed again, every anchor at its place."""
    log = found.log
    verdict = palette.good(f"The chain of {count_text(len(log.records), 'record')} is unbroken.")
    anchors = [f"record {item.seq} is as it was noted: {item.hash}" for item in found.anchors]
    checkpoints = [_checkpoint_line(item) for item in found.checkpoints]
    return page([*bullet_lines(log.notices, "note", palette), verdict, *anchors, *checkpoints, _head_line(log)])


def checkpoint_text(made: CheckedCheckpoint, palette: Palette = PLAIN, *, is_news: bool) -> str:
    """Return where the checkpoint is, and how to keep its head in git as well."""
    verb = palette.good("signed") if is_news else "signed before:"
    head = made.checkpoint.head
    return page(
        [
            f"{verb} record {head.seq} of {safe(made.checkpoint.environment)}, in {safe(made.file)}",
            f"Commit it with its signature, with the trailer  {trailer_text(head)}",
        ]
    )


def exported_text(log: AuditLog, file: str, members: Mapping[str, Json], palette: Palette = PLAIN) -> str:
    """Return what the archive holds."""
    return page(
        [
            *bullet_lines(log.notices, "note", palette),
            f"{palette.good('written')} {safe(file)} with {count_text(len(members), 'file')}",
            _head_line(log),
        ]
    )


def moment_page(moment: Moment, palette: Palette = PLAIN) -> str:
    """Return what the ledger knew at a moment, and that nothing else was asked."""
    state = moment.state
    rows = [_live_row(state.strategies[name], palette) for name in moment.names if name in state.strategies]
    attempts = [
        Row((f"? {item.name}", item.id, f"since {item.started_at}", item.reason or "no outcome"), palette.bad)
        for item in state.attempts.values()
        if item.name in moment.names
    ]
    halts = [Row((f"! {item.at}", item.reason), palette.bad) for item in state.halts]
    return page(
        [
            *bullet_lines(moment.notices, "note", palette),
            f"{safe(moment.environment)} at {moment.at}, from the ledger alone: the platform was not asked",
            *section("Strategies", table_lines(rows, titles=_TITLES), palette),
            *section("Open attempts", table_lines(attempts), palette),
            *section("Halts in force", table_lines(halts), palette),
            "",
            f"{count_text(len(rows), 'strategy', 'strategies')}.",
            f"Last record: {state.head.seq}, {safe(moment.last.type)} at {safe(moment.last.time)}, {state.head.hash}",
        ]
    )


_TITLES = ("strategy", "id", "type", "run state", "launched", "accounts", "notional")


def money_of_facts(value: Json) -> str:
    """Return the notional that was recorded at a launch, per account."""
    items = [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []
    return ", ".join(f"{item.get('amount') or 'unknown'} {item.get('currency') or ''}".strip() for item in items)


def _live_row(entry: Launched, palette: Palette) -> Row:
    kind, notional = str(entry.facts.get("strategyType", "")), money_of_facts(entry.facts.get("notional"))
    run_state, accounts = entry.run_state or "unknown", ", ".join(sorted(entry.accounts))
    cells = (entry.name, entry.strategy_id, kind, run_state, entry.launched_at, accounts, notional)
    return Row(cells, palette.good if run_state == "running" else palette.odd)


def _checkpoint_line(item: CheckedCheckpoint) -> str:
    by = "" if item.principal is None else f", signed by {safe(item.principal)}"
    return f"record {item.checkpoint.head.seq} is as {safe(item.file)} says, of {safe(item.checkpoint.at)}{by}"


def _head_line(log: AuditLog) -> str:
    return (
        f"{safe(log.environment)}: ledger {safe(log.lineage or '(none)')}, record {log.head.seq}, {safe(log.head.hash)}"
    )


def _record_row(record: Record, palette: Palette) -> Row:
    plan = str(record.data.get("planHash", "")).removeprefix("sha256:")[:12]
    details = fields_text({**{key: record.data.get(key) for key in _DETAILS}, "plan": plan})
    name = record.data.get("name")
    paint = palette.bad if record.type == "attempt.unknown" else palette.faint
    return Row(
        (str(record.seq), record.time, record.type, who_text(record), "" if name is None else str(name), details), paint
    )


def who_text(record: Record) -> str:
    """Return who did it in a few words: in CI who started the run, else the user."""
    ci = record.actor.get("ci")
    person = ci.get("actor") if isinstance(ci, Mapping) else None
    return str(person or record.actor.get("user") or "")
