"""What outcomes, the ledger and saved plans say, word for word, and what is stored of them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from builders_ledger import (
    ACTOR,
    FACTS,
    HASH,
    TIME,
    apply_started,
    apply_started_blind,
    created,
    records_of,
    reported,
    resolved,
    started,
    state_of,
    succeeded,
)
from builders_plan import NOW, plan_of, spec

from volvenctl.core.classify import classify
from volvenctl.core.continuing import not_in_plan, refuse_foreign_plan, refuse_other_ground, remaining_steps
from volvenctl.core.fold import fold, fold_all
from volvenctl.core.record import outcome_draft
from volvenctl.errors import Exit, LedgerError, StalePlanError
from volvenctl.model.outcome import Answered, FieldFault, NoAnswer, NotSent, Refused, Succeeded, Unknown
from volvenctl.model.plan import Blocked, Keep, Money, Source
from volvenctl.model.record import EMPTY, GENESIS, Draft, Head
from volvenctl.model.state import AbsentAttempt, Double, Launched, OpenAttempt, State
from volvenctl.wire.ledger_v1 import RecordFault, make_records, read_record, record_document, record_line

MIB = 1 << 20
OVER = "the body is incomplete or over the limit of 1 MiB"
NO_ID = "201, but there is no strategyId that is text"
NO_JSON = "the body is no strict JSON (no JSON at line 1 column 1: Expecting value)"
LIST_BODY = '{"strategyId":["s"]}'


def said(caught):
    error = caught.value
    return error.message, error.hint, error.exit


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answered(201, b"", complete=True), Unknown(f"201, but {NO_JSON}; no body")),
        (Answered(201, b"<p>", complete=True), Unknown(f'201, but {NO_JSON}; body: "<p>"')),
        (Answered(201, b"[]", complete=True), Unknown('201, but the body is no JSON object; body: "[]"')),
        (Answered(201, b"{}", complete=False), Unknown(f'201, but {OVER}; body: "{{}}"')),
        (Answered(201, b"", complete=False), Unknown(f"201, but {OVER}; no body")),
        (Answered(201, b"{}", complete=True), Unknown(NO_ID + '; body: "{}"')),
        (
            Answered(201, LIST_BODY.encode(), complete=True),
            Unknown(NO_ID + '; body: "{\\"strategyId\\":[\\"s\\"]}"'),
        ),
        (
            Answered(201, b'{"strategyId":"a b"}', complete=True),
            Unknown('201, but the strategyId "a b" is not 1 to 128 printable ASCII characters'),
        ),
        (
            Answered(201, b'{"strategyId":"' + b"x" * 129 + b'"}', complete=True),
            Unknown(f'201, but the strategyId "{"x" * 97}..." is not 1 to 128 printable ASCII characters'),
        ),
        (
            Answered(201, b'{"strategyId":"known"}', complete=True),
            Unknown('201, but the strategyId "known" belongs to a strategy that existed before'),
        ),
        (Answered(201, b'{"strategyId":"' + b"x" * 128 + b'"}', complete=True), Succeeded("x" * 128)),
        (Answered(422, b"", complete=True), Unknown(f"422, but {NO_JSON}; no body")),
        (Answered(400, b"null", complete=True), Unknown('400, but the body is no JSON object; body: "null"')),
        (Answered(404, b"{}", complete=False), Unknown(f'404, but {OVER}; body: "{{}}"')),
        (Answered(500, b"", complete=True), Unknown("status 500, which proves nothing; no body")),
        (Answered(200, b"yes", complete=True), Unknown('status 200, which proves nothing; body: "yes"')),
        (
            Answered(307, b"", complete=True, location="/b"),
            Unknown('status 307, a redirect to "/b" that was not followed, which proves nothing; no body'),
        ),
        (NoAnswer("ConnectError", "", sending_began=False), NotSent("the request was not sent (ConnectError)")),
        (
            NoAnswer("ConnectError", "refused", sending_began=False),
            NotSent('the request was not sent (ConnectError: "refused")'),
        ),
        (NoAnswer("ConnectError", "late", sending_began=True), Unknown('no answer (ConnectError: "late")')),
        (NoAnswer("ReadTimeout", "", sending_began=False), Unknown("no answer (ReadTimeout)")),
        (NoAnswer("Odd name", "x", sending_began=True), Unknown('no answer ("Odd name": "x")')),
        (NoAnswer("évil", "", sending_began=True), Unknown('no answer ("\\xe9vil")')),
    ],
)
def test_an_answer_is_put_into_these_words(answer, outcome):
    assert classify(answer, {"known"}) == outcome


@pytest.mark.parametrize(("status", "stops_run"), [(201, None), (400, False), (401, True)])
def test_a_body_of_exactly_1_mib_counts_and_one_byte_more_does_not(status, stops_run):
    body = b'{"strategyId":"s-1"}'
    whole = body + b" " * (MIB - len(body))
    outcome = Succeeded("s-1") if stops_run is None else Refused(status, (), stops_run)
    assert classify(Answered(status, whole, complete=True), ()) == outcome
    start = '{\\"strategyId\\":\\"s-1\\"}'
    shown = start + " " * (97 - len(start)) + "..."
    over = classify(Answered(status, whole + b" ", complete=True), ())
    assert over == Unknown(f'{status}, but {OVER}; body: "{shown}"')


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [("", 1.0), ("0", 0.0), ("1", 1.0), ("2", 2.0), ("29", 29.0), ("30", 30.0), ("31", 30.0), ("soon", 1.0)],
)
def test_a_429_says_that_it_was_put_off_and_waits_at_most_30_seconds(header, wait_s):
    outcome = classify(Answered(429, b"x", complete=False, retry_after=header), ())
    assert outcome == NotSent("the platform puts requests off (429)", wait_s)


COMMON = {"planHash": HASH, "timeoutSeconds": 10}
WHO = {"name": "btc", "attemptId": "a-1", **COMMON}
FAULTS = (FieldFault("size", "must be > 0"), FieldFault("", "no"))
ERRORS = [{"field": "size", "description": "must be > 0"}, {"field": "", "description": "no"}]


@pytest.mark.parametrize(
    ("outcome", "kind", "own"),
    [
        (Succeeded("S-1"), "attempt.succeeded", {"strategyId": "S-1"}),
        (Refused(422, FAULTS, stops_run=False), "attempt.refused", {"status": 422, "errors": ERRORS}),
        (Refused(401, (), stops_run=True), "attempt.refused", {"status": 401, "errors": []}),
        (NotSent("put off", 7.0), "attempt.not-sent", {"reason": "put off"}),
        (Unknown("no answer"), "attempt.unknown", {"reason": "no answer"}),
    ],
)
def test_an_outcome_is_kept_with_who_it_was_and_nothing_else(outcome, kind, own):
    draft = outcome_draft("btc", "a-1", COMMON, outcome)
    assert draft == Draft(kind, {**WHO, **own})
    assert list(draft.data) == [*WHO, *own]


WHOLE = Draft("apply.finished", {"commit": "c1", "exit": 0, "whole": True})
GROUND = (created(), apply_started("S-9"))
RESTORE = "restore ledger.jsonl from a copy; `volvenctl audit verify` shows how far it is sound"
NEWER = "use the version of volvenctl that wrote it, or a newer one"


@pytest.mark.parametrize(
    ("changes", "seq"), [({"seq": 2}, 2), ({"seq": 4}, 4), ({"seq": 3, "prev": "sha256:other"}, 3)]
)
def test_a_record_that_does_not_continue_the_chain_is_refused_with_both_places(changes, seq):
    *before, last = records_of(*GROUND, started())
    with pytest.raises(LedgerError) as caught:
        fold(fold_all(before), replace(last, **changes))
    message = f"the ledger is damaged at seq {seq}: it does not continue record 2"
    assert said(caught) == (message, RESTORE, Exit.ERROR)


def without(draft, key):
    return Draft(draft.type, {name: item for name, item in draft.data.items() if name != key})


@pytest.mark.parametrize(
    ("drafts", "message", "hint"),
    [
        ((Draft("x.y", {}),), "the ledger has a record of type 'x.y' at seq 1, unknown to this version", NEWER),
        ((created(formatVersion=2),), "the ledger has format version 2; this version reads 1", NEWER),
        ((created(formatVersion=0),), "the ledger has format version 0; this version reads 1", NEWER),
        (
            (without(created(), "formatVersion"),),
            "the ledger has format version None; this version reads 1",
            NEWER,
        ),
        *(
            (
                (*before, without(draft, key)),
                f"the ledger is damaged at seq {len(before) + 1}: {draft.type} has no {key}",
                "",
            )
            for before, draft, key in [
                ((), created(), "lineage"),
                ((), created(), "environment"),
                (GROUND, started(), "attemptId"),
                (GROUND, started(), "name"),
                ((*GROUND, started()), succeeded("S-1"), "strategyId"),
                ((*GROUND, started()), succeeded("S-1"), "name"),
                ((*GROUND, started()), reported("refused"), "attemptId"),
                ((*GROUND, started()), reported("not-sent"), "attemptId"),
                ((*GROUND, started()), reported("unknown"), "attemptId"),
                ((*GROUND, started()), resolved("absent"), "attemptId"),
                ((*GROUND, started()), resolved("adopted", strategyId="S-1"), "strategyId"),
                ((*GROUND, started()), resolved("foreign", strategyId="S-1"), "strategyId"),
            ]
        ),
    ],
)
def test_a_record_that_cannot_be_followed_is_named_with_what_it_lacks(drafts, message, hint):
    with pytest.raises(LedgerError) as caught:
        state_of(*drafts)
    assert said(caught) == (message, hint, Exit.ERROR)


def open_attempt(reason=None, **changes):
    opened = OpenAttempt("a-1", "btc", TIME, 3, 2, started().data, reason)
    return replace(opened, **changes)


LAUNCHED = Launched("btc", "S-1", FACTS, TIME, 4)
ABSENT = AbsentAttempt("a-1", "btc", 2, started().data, frozenset())
SHOWN = {2: frozenset({"S-9"})}
FIRST = (*GROUND, started())


@pytest.mark.parametrize(
    ("drafts", "fields"),
    [
        ((created(),), {}),
        (GROUND, {"snapshots": SHOWN}),
        ((created(), apply_started_blind()), {"snapshots": {2: None}}),
        ((created(), apply_started()), {"snapshots": {2: frozenset()}}),
        ((*GROUND, apply_started("S-8")), {"snapshots": {3: frozenset({"S-8"})}}),
        (
            (*GROUND, WHOLE),
            {"snapshots": SHOWN, "applied_commit": "c1"},
        ),
        (
            (
                *GROUND,
                WHOLE,
                Draft("apply.finished", {"commit": None}),
            ),
            {"snapshots": SHOWN, "applied_commit": "c1"},
        ),
        ((*GROUND, Draft("plan.approved", {}), Draft("lock.broken", {})), {"snapshots": SHOWN}),
        (FIRST, {"snapshots": SHOWN, "attempts": {"a-1": open_attempt()}}),
        (
            (*GROUND, without(started(), "apply")),
            {
                "snapshots": SHOWN,
                "attempts": {"a-1": open_attempt(apply_seq=0, facts=without(started(), "apply").data)},
            },
        ),
        (
            (*FIRST, apply_started("S-8")),
            {"snapshots": {**SHOWN, 4: frozenset({"S-8"})}, "attempts": {"a-1": open_attempt()}},
        ),
        ((*FIRST, reported("refused")), {"snapshots": SHOWN}),
        ((*FIRST, reported("not-sent")), {"snapshots": SHOWN}),
        (
            (*FIRST, apply_started("S-8"), reported("refused")),
            {"snapshots": {4: frozenset({"S-8"})}},
        ),
        (
            (*FIRST, reported("unknown", reason="no answer")),
            {"snapshots": SHOWN, "attempts": {"a-1": open_attempt("no answer")}},
        ),
        ((*FIRST, reported("unknown")), {"snapshots": SHOWN, "attempts": {"a-1": open_attempt("")}}),
        ((*GROUND, reported("unknown", reason="x")), {"snapshots": SHOWN}),
        ((*GROUND, resolved("absent")), {"snapshots": SHOWN}),
        (
            (*FIRST, succeeded("S-1")),
            {"snapshots": SHOWN, "strategies": {"btc": LAUNCHED}, "known_ids": frozenset({"S-1"})},
        ),
        (
            (*FIRST, resolved("adopted", strategyId="S-1")),
            {"snapshots": SHOWN, "strategies": {"btc": LAUNCHED}, "known_ids": frozenset({"S-1"})},
        ),
        (
            (*FIRST, resolved("foreign", strategyId="S-1")),
            {"snapshots": SHOWN, "attempts": {"a-1": open_attempt()}, "known_ids": frozenset({"S-1"})},
        ),
        ((*FIRST, resolved("absent")), {"snapshots": SHOWN, "absent": {"a-1": ABSENT}}),
        (
            (*FIRST, resolved("absent", seen=["S-3"]), apply_started()),
            {
                "snapshots": {**SHOWN, 5: frozenset()},
                "absent": {"a-1": replace(ABSENT, seen=frozenset({"S-3"}))},
            },
        ),
        ((*FIRST, resolved("absent"), reported("refused")), {"snapshots": SHOWN}),
        (
            (*FIRST, resolved("absent"), succeeded("S-1")),
            {
                "snapshots": SHOWN,
                "strategies": {"btc": replace(LAUNCHED, seq=5)},
                "known_ids": frozenset({"S-1"}),
            },
        ),
        (
            (*FIRST, succeeded("S-1"), succeeded("S-1")),
            {"snapshots": SHOWN, "strategies": {"btc": LAUNCHED}, "known_ids": frozenset({"S-1"})},
        ),
        (
            (*FIRST, succeeded("S-1"), succeeded("S-2")),
            {
                "snapshots": SHOWN,
                "strategies": {"btc": LAUNCHED},
                "known_ids": frozenset({"S-1"}),
                "doubles": {"S-2": Double("a-1", "btc", "S-2")},
            },
        ),
        (
            (*FIRST, succeeded("S-1"), succeeded("S-2"), resolved("foreign", strategyId="S-2")),
            {"snapshots": SHOWN, "strategies": {"btc": LAUNCHED}, "known_ids": frozenset({"S-1", "S-2"})},
        ),
        (
            (*GROUND, succeeded("S-2")),
            {"snapshots": SHOWN, "doubles": {"S-2": Double("a-1", "btc", "S-2")}},
        ),
    ],
)
def test_these_records_fold_to_exactly_this_state(drafts, fields):
    records = records_of(*drafts)
    head = Head(len(records), records[-1].hash)
    assert fold_all(records) == State(lineage="L-1", environment="sandbox", head=head, **fields)
    half = len(records) // 2
    assert fold_all(records[half:], fold_all(records[:half])) == fold_all(records)


def test_a_record_is_written_in_this_order_and_counted_from_the_head():
    first, second = make_records([Draft("a", {"k": 1}), Draft("b", {})], Head(7, HASH), TIME, ACTOR)
    assert (first.seq, first.prev, second.seq, second.prev) == (8, HASH, 9, first.hash)
    assert record_document(first) == {
        "seq": 8,
        "time": TIME,
        "type": "a",
        "actor": ACTOR,
        "data": {"k": 1},
        "prev": HASH,
        "hash": first.hash,
    }
    assert record_line(first) == (
        f'{{"seq":8,"time":"{TIME}","type":"a","actor":{{"user":"ann","host":"desk-1","pid":7}},'
        f'"data":{{"k":1}},"prev":"{HASH}","hash":"{first.hash}"}}\n'
    ).encode("ascii")
    assert read_record(record_line(first)[:-1]) == first
    assert make_records([], EMPTY, TIME, ACTOR) == ()


LINE = record_line(records_of(created())[0])[:-1]
FIELDS = "it does not have the fields of a record"
WRONG = "a field has the wrong type"
MATCH = "its content does not match its hash"
SPELLED = "it is no JSON of ours (spelled in another way than volvenctl writes)"
DECIMAL = "it is no JSON of ours (a number with a point or an exponent is not written as text)"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "it is no JSON of ours (no JSON at line 1 column 1: Expecting value)"),
        (b"\xff", "it is no JSON of ours (not plain ASCII)"),
        (b'{"a":1,"a":2}', SPELLED),
        (b"[]", FIELDS),
        (b"{}", FIELDS),
        (LINE.replace(b'"actor"', b'"actress"'), FIELDS),
        (LINE.replace(b'"seq":1,', b"").replace(b"}", b',"seq":1}'), FIELDS),
        (LINE.replace(b'"seq":1', b'"seq":"1"'), WRONG),
        (LINE.replace(b'"seq":1', b'"seq":1.0'), DECIMAL),
        (LINE.replace(b'"seq":1', b'"seq":true'), WRONG),
        (LINE.replace(f'"time":"{TIME}"'.encode(), b'"time":5'), WRONG),
        (LINE.replace(b'"type":"ledger.created"', b'"type":null'), WRONG),
        (LINE.replace(f'"prev":"{GENESIS}"'.encode(), b'"prev":[]'), WRONG),
        (LINE[: LINE.index(b'"hash":')] + b'"hash":1}', WRONG),
        (LINE.replace(b'{"user":"ann","host":"desk-1","pid":7}', b"[]"), WRONG),
        (LINE[: LINE.index(b'"data":')] + b'"data":[]' + LINE[LINE.index(b',"prev"') :], WRONG),
        (LINE.replace(b'"seq":1', b'"seq":2'), MATCH),
        (LINE.replace(b"{", b"{ ", 1), SPELLED),
        (LINE + b"\n", SPELLED),
        (LINE.replace(b'"pid":7', b'"pid":7.5'), DECIMAL),
        (LINE.replace(b'"pid":7', b'"pid":9007199254740992'), "it is no JSON of ours (an integer is out of range)"),
    ],
)
def test_a_line_that_is_no_record_says_why(line, message):
    with pytest.raises(RecordFault) as caught:
        read_record(line)
    assert str(caught.value) == message


SAVED = plan_of(spec("btc"), spec("eth"))
NEW_PLAN = "make and review a new plan: volvenctl plan --out FILE"


def test_a_plan_of_another_environment_names_both_and_the_command():
    with pytest.raises(StalePlanError) as caught:
        refuse_foreign_plan(SAVED, "production", NOW)
    message = "the plan is for environment 'sandbox', not for 'production'"
    assert said(caught) == (message, "volvenctl -e sandbox apply PLANFILE", Exit.STALE)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(microseconds=1)])
def test_a_plan_is_refused_from_the_moment_it_expires(late):
    refuse_foreign_plan(SAVED, "sandbox", SAVED.expires_at - timedelta(microseconds=1))
    with pytest.raises(StalePlanError) as caught:
        refuse_foreign_plan(SAVED, "sandbox", SAVED.expires_at + late)
    assert said(caught) == ("the plan expired at 2026-01-03 03:04:05 UTC", NEW_PLAN, Exit.STALE)


RECORDS = records_of(created(), apply_started())
OURS = replace(SAVED, lineage="L-1", base=Head(2, RECORDS[1].hash))


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        (replace(OURS, live=True), "environment 'sandbox' was changed in volvenctl.yaml since the plan was made"),
        (
            replace(OURS, digests=replace(OURS.digests, policy="other")),
            "environment 'sandbox' was changed in volvenctl.yaml since the plan was made",
        ),
        (replace(OURS, lineage="L-2"), "the plan was made on ledger L-2, and this is L-1"),
        (
            replace(OURS, base=Head(2, RECORDS[0].hash)),
            "the ledger has another history than the plan at seq 2",
        ),
        (
            replace(OURS, base=Head(3, RECORDS[1].hash)),
            "the ledger has another history than the plan at seq 3",
        ),
        (
            replace(OURS, base=Head(1, RECORDS[1].hash)),
            "the ledger has another history than the plan at seq 1",
        ),
    ],
)
def test_a_plan_made_on_other_ground_says_which(saved, message):
    with pytest.raises(StalePlanError) as caught:
        refuse_other_ground(saved, OURS, RECORDS)
    assert said(caught) == (message, NEW_PLAN, Exit.STALE)


@pytest.mark.parametrize(
    "saved",
    [OURS, replace(OURS, base=Head(1, RECORDS[0].hash)), replace(OURS, base=EMPTY), replace(OURS, lineage=None)],
)
def test_a_plan_made_on_this_ledger_stands_on_its_ground(saved):
    refuse_other_ground(saved, OURS, RECORDS)


def own(*drafts, plan_hash=SAVED.hash):
    return records_of(*(replace(item, data={**item.data, "planHash": plan_hash}) for item in drafts))


BLOCKED = Blocked("btc", "it may run", Source("a.yaml", 1), (), Money(None, None))
KEPT = Keep("btc", "runs as S-1", Source("a.yaml", 1), Money(None, None))


@pytest.mark.parametrize(
    ("fresh", "records", "message"),
    [
        (
            SAVED,
            own(started("btc"), started("eth", "a-2"), reported("refused", "eth", "a-2")),
            "this plan was carried out already: nothing is left to do",
        ),
        (SAVED, own(started("eth"), plan_hash="other"), "eth changed in the state since the plan was made"),
        (
            SAVED,
            own(started("eth"), started("btc", "a-2"), plan_hash="other"),
            "btc changed in the state since the plan was made",
        ),
        (plan_of(spec("eth")), (), "btc: the plan says create, the checkout now says nothing"),
        (
            plan_of(spec("btc", size=Decimal("0.2")), spec("eth")),
            (),
            "btc: the plan says create, the checkout now says another request",
        ),
        (
            replace(SAVED, actions=(BLOCKED,)),
            (),
            "btc: the plan says create, the checkout now says blocked (it may run)",
        ),
        (
            replace(SAVED, actions=(KEPT,)),
            (),
            "btc: the plan says create, the checkout now says keep (runs as S-1)",
        ),
    ],
)
def test_a_plan_that_cannot_be_continued_says_why(fresh, records, message):
    with pytest.raises(StalePlanError) as caught:
        remaining_steps(SAVED, fresh, records)
    assert said(caught) == (message, NEW_PLAN, Exit.STALE)


@pytest.mark.parametrize(
    ("saved", "records", "left"),
    [
        (SAVED, (), ["btc", "eth"]),
        (SAVED, own(started("btc")), ["eth"]),
        (SAVED, own(started("btc"), reported("not-sent")), ["btc", "eth"]),
        (SAVED, own(started("btc"), reported("not-sent"), started("btc", "a-2")), ["eth"]),
        (SAVED, own(reported("not-sent", "eth", "a-9"), started("eth")), ["btc"]),
        (replace(SAVED, base=Head(1, HASH)), own(started("btc"), plan_hash="other"), ["btc", "eth"]),
    ],
)
def test_what_is_left_of_a_plan_is_what_the_checkout_says_now(saved, records, left):
    fresh = plan_of(spec("btc", file="moved.yaml"), spec("eth", file="moved.yaml"))
    remaining = remaining_steps(saved, fresh, records)
    assert [item.name for item in remaining] == left
    assert {item.source.file for item in remaining} == {"moved.yaml"}


def test_each_launch_beyond_the_plan_has_its_sentence():
    fresh = plan_of(*map(spec, ("btc", "eth", "sol", "xrp")))
    words = ": the checkout also says create; that is not part of this plan"
    assert not_in_plan(SAVED, fresh) == (f"sol{words}", f"xrp{words}")
    assert not_in_plan(SAVED, SAVED) == ()
    assert not_in_plan(replace(SAVED, actions=(BLOCKED,)), plan_of(spec("btc"))) == (f"btc{words}",)
