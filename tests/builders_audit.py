"""A ledger of fifty records with everything in it, on disk if wanted, and what commands make of such a one."""

from dataclasses import replace

import builders_report as build
from builders_ledger import ACTOR, FACTS, apply_started, created, started, succeeded
from builders_world import world_of

from volvenctl.core.fold import fold_all
from volvenctl.model.audit import CheckedCheckpoint, Checkpoint, History, Moment, Span, Verification
from volvenctl.model.names import AttemptId, StrategyId, StrategyName
from volvenctl.model.record import EMPTY, Draft, Head
from volvenctl.model.state import Halt, Launched, OpenAttempt, State
from volvenctl.wire.exact_json import digest_of_text
from volvenctl.wire.ledger_v1 import make_records, record_line
from volvenctl.wire.state_v1 import state_document

TIME = "2026-01-02T03:04:05.678Z"
BODY = '{"size":0.1,"note":"Zürich \\u00e9"}'


def drafts_of(count=50, lineage="L-1"):
    """`count` drafts, an even number from ten on: launches with non-ASCII bodies, an approval, a halt."""
    approval = {"planHash": build.DIGEST, "principal": "bob@dësk", "keyFingerprint": "SHA256:x", "signature": "SIG\n"}
    halt = {"scope": {"all": False, "names": ["s0"], "ids": [], "accounts": []}, "reason": "=now(), 🛑"}
    drafts = [created(lineage=lineage), Draft("plan.approved", approval), apply_started(commit="c0ffee" * 6 + "abcd")]
    for number in range(count - 6 >> 1):
        sent = {"body": BODY, "bodyDigest": digest_of_text(BODY)}
        drafts += [
            started(f"s{number}", f"a-{number}", 3, **sent),
            succeeded(f"S-{number}", f"s{number}", f"a-{number}"),
        ]
    end = {"planHash": build.DIGEST, "apply": 3, "exit": 0, "whole": True, "counts": {"planned": 22}}
    drafts += [Draft("apply.finished", end), Draft("halt", halt), Draft("halt", {"stopped": ["S-0"], "failed": []})]
    return drafts


def trail_of(count=50, **changes):
    """Return `count` records, a second apart."""
    records, head = [], EMPTY
    for number, draft in enumerate(drafts_of(count, **changes)):
        time = f"2026-01-02T03:{number // 60 % 60:02d}:{number % 60:02d}.000Z"
        records += make_records([draft], head, time, {**ACTOR, "ci": {"actor": "ann", "run": "https://ci.example/7"}})
        head = Head(records[-1].seq, records[-1].hash)
    return tuple(records)


def lines_of(records):
    """Return the content of ledger.jsonl."""
    return b"".join(map(record_line, records))


def state_of_trail(records):
    """Return the state document of the end of the ledger."""
    return state_document(fold_all(records))


def world_with(ledger):
    """Return a world whose environment has this ledger."""
    return replace(world_of(), ledger=ledger)


def verification(text="x", **changes):
    """Return what a verification found, with `text` wherever foreign text can be."""
    checkpoint = Checkpoint(text, text, build.HEAD, TIME)
    log = build.audit_log(build.record(text), text=text)
    checked = (CheckedCheckpoint(text, checkpoint, None), CheckedCheckpoint(text, checkpoint, text))
    return replace(Verification(log, (build.HEAD,), checked), **changes)


def moment(text="x"):
    """Return what was known at a moment."""
    name, other = StrategyName("btc"), StrategyName("eth")
    state = State(
        lineage=text,
        environment=text,
        head=build.HEAD,
        strategies={name: Launched(name, StrategyId(text), {**FACTS, "strategyType": text}, TIME, 4)},
        attempts={AttemptId("a-2"): OpenAttempt(AttemptId("a-2"), other, TIME, 5, 2, {}, text)},
        halts=(Halt(TIME, 6, text, everything=False, names=frozenset({name})),),
    )
    return Moment(text, TIME, build.record(text), state, (name, other), (text,))


def history(text="x"):
    """Return what a report tells."""
    first = replace(build.record(text, "apply.started"), actor={"user": text, "ci": {"actor": text, "run": text}})
    records = (first, build.record(text), build.record(text, "plan.approved"), build.record(text, text))
    span = Span(StrategyName("btc"), StrategyId(text), "running", first, None)
    return History(build.audit_log(*records, text=text), (span, replace(span, run_state="unknown", end=first)))
