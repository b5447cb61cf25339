"""Never launch twice, never lose an id, never send what was not reviewed."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from builders_ledger import records_of, reported, started
from builders_world import environment, make_plan_of, run_apply, spec_text, types_in, with_environment, world_of
from fakes import FakeAudience, MemoryLedger
from jsonschema import Draft202012Validator

from volvenctl.adapters.schema_files import document_schema
from volvenctl.core.fold import fold_all
from volvenctl.errors import (
    Conflict,
    Exit,
    LedgerError,
    LockHeldError,
    PlatformError,
    RefusedError,
    StalePlanError,
    StorageError,
    UnresolvedError,
)
from volvenctl.model.outcome import Answered, NotSent, Succeeded, Unknown
from volvenctl.model.project import ApiSettings
from volvenctl.model.record import Draft
from volvenctl.model.report import Checked
from volvenctl.wire.ledger_v1 import record_document
from volvenctl.wire.state_v1 import read_state


def answered(status, body=b'{"message": "no"}', **fields):
    return Answered(status, body, complete=True, **fields)


def state_in(world):
    return fold_all(world.ledger.records)


def test_each_spec_is_launched_once_and_a_second_apply_sends_nothing():
    world = world_of("btc", "eth")
    report = run_apply(world)
    assert report.exit == Exit.OK
    assert [item.outcome for item in report.results] == [Succeeded("S-1"), Succeeded("S-2")]
    again = run_apply(world)
    assert (again.exit, again.results, len(world.platform.sent)) == (Exit.OK, (), 2)


def test_the_ledger_tells_the_story_in_order():
    world = world_of("btc", commit="c" * 40)
    run_apply(world)
    assert types_in(world) == [
        "ledger.created",
        "apply.started",
        "attempt.started",
        "attempt.succeeded",
        "apply.finished",
    ]
    began, attempt, success, finished = world.ledger.records[1:]
    assert began.data["snapshot"] == []
    assert attempt.data["apply"] == 2
    assert attempt.data["body"] == world.platform.sent[0]
    assert success.data["strategyId"] == "S-1"
    assert finished.data["exit"] == 0
    assert {item.data["planHash"] for item in (began, attempt, success, finished)} == {began.data["planHash"]}
    assert {item.data["commit"] for item in world.ledger.records} == {"c" * 40}


def test_every_record_validates_against_the_published_schema():
    world = world_of("btc", "eth", "sol", commit="c" * 40)
    world.platform.script = [answered(400, b'{"errors": [{"field": "size", "description": "no"}]}'), "ok", "timeout"]
    run_apply(world)
    validator = Draft202012Validator(document_schema("ledger-record"))
    for record in world.ledger.records:
        validator.validate(record_document(record))


def test_the_state_file_is_the_folded_ledger():
    world = world_of("btc")
    run_apply(world)
    assert read_state(world.ledger.read_state()) == state_in(world)


def test_nothing_is_sent_before_its_record_is_durable():
    world = world_of("btc", "eth")
    seen = []
    world.platform.before_send = lambda: seen.append(types_in(world).count("attempt.started"))
    run_apply(world)
    assert seen == [1, 2]


def test_what_is_told_as_created_is_in_the_ledger_already():
    world = world_of("btc")

    class Listener(FakeAudience):
        def finished(self, result):
            assert types_in(world)[-1] == "attempt.succeeded"
            super().finished(result)

    listener = Listener()
    run_apply(world, listener)
    assert [item.name for item in listener.results] == ["btc"]


@pytest.mark.parametrize("fault", ["timeout", "lost"])
def test_a_lost_answer_is_unknown_stops_the_run_and_is_never_sent_again(fault):
    world = world_of("btc", "eth")
    world.platform.script = [fault]
    report = run_apply(world)
    assert report.exit == Exit.UNKNOWN
    assert isinstance(report.results[0].outcome, Unknown)
    assert report.results[1].outcome is None
    [view] = report.attempts
    assert [item.id for item in view.candidates] == (["S-1"] if fault == "timeout" else [])
    again = run_apply(world)
    assert again.exit == Exit.UNKNOWN
    assert [item.name for item in again.results] == ["eth"]
    assert [json.loads(body)["size"] for body in world.platform.sent] == [0.1, 0.1]


def test_keep_going_launches_the_others_and_still_exits_4():
    world = world_of("btc", "eth")
    world.platform.script = ["timeout"]
    report = run_apply(world, keep_going=True)
    assert report.exit == Exit.UNKNOWN
    assert isinstance(report.results[1].outcome, Succeeded)


def test_a_refusal_is_shown_at_the_line_of_its_field_and_the_rest_goes_on():
    world = world_of("btc", "eth")
    world.platform.script = [answered(400, b'{"errors": [{"field": "size", "description": "too big"}]}')]
    report = run_apply(world)
    assert report.exit == Exit.PARTIAL
    first, second = report.results
    [fault] = first.faults
    assert (fault.place.file, fault.place.line, fault.place.column) == ("strategies/btc.yaml", 9, 9)
    assert fault.path == "$.spec.size"
    assert isinstance(second.outcome, Succeeded)


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_refusal_that_concerns_every_request_stops_the_run(status):
    world = world_of("btc", "eth")
    world.platform.script = [answered(status)]
    report = run_apply(world)
    assert report.exit == (Exit.CREDENTIALS if status == 401 else Exit.PARTIAL)
    assert report.results[1].outcome is None
    assert len(world.platform.sent) == 1


def test_what_was_not_sent_can_be_launched_by_the_next_run():
    world = world_of("btc")
    world.platform.script = ["refused-connection"]
    report = run_apply(world)
    assert report.exit == Exit.PARTIAL
    assert isinstance(report.results[0].outcome, NotSent)
    assert run_apply(world).exit == Exit.OK


def test_a_launch_put_off_with_429_waits_and_is_sent_as_a_new_attempt():
    world = world_of("btc")
    world.platform.script = [answered(429, retry_after="3"), answered(429, retry_after="3")]
    report = run_apply(world)
    assert report.exit == Exit.OK
    assert types_in(world).count("attempt.started") == 3
    assert types_in(world).count("attempt.not-sent") == 2
    assert world.system.seconds == 1006.0
    assert len({item.data["attemptId"] for item in world.ledger.records if "attemptId" in item.data}) == 3


def test_429_is_not_waited_for_without_end():
    world = world_of("btc")
    world.platform.script = [answered(429, retry_after="1")] * 9
    report = run_apply(world)
    assert report.exit == Exit.PARTIAL
    assert len(world.platform.sent) == 5


def test_an_id_that_was_given_out_before_is_not_believed():
    world = world_of("btc", "eth")
    world.platform.script = ["ok", answered(201, b'{"strategyId": "S-1"}')]
    report = run_apply(world)
    assert report.exit == Exit.UNKNOWN
    assert isinstance(report.results[1].outcome, Unknown)
    assert state_in(world).strategies.keys() == {"btc"}


def test_an_id_that_find_showed_before_is_not_believed():
    world = world_of("btc")
    world.platform.created = ["X-1"]
    world.platform.script = [answered(201, b'{"strategyId": "X-1"}')]
    assert run_apply(world).exit == Exit.UNKNOWN


def test_an_intent_that_cannot_be_stored_is_not_sent():
    world = world_of("btc")

    def full(records):
        if records[0].type == "attempt.started":
            raise StorageError("the disk is full")

    world.ledger.before_append = full
    report = run_apply(world)
    assert report.exit == Exit.PARTIAL
    assert "the disk is full" in report.notices
    assert world.platform.sent == []


def test_a_result_that_cannot_be_stored_goes_to_a_recovery_file_and_the_next_run_takes_it_in():
    world = world_of("btc")

    def full(records):
        if records[0].type == "attempt.succeeded":
            raise StorageError("the disk is full")

    world.ledger.before_append = full
    report = run_apply(world)
    assert report.exit == Exit.UNKNOWN
    [document] = world.ledger.kept.values()
    assert document["data"]["strategyId"] == "S-1"
    world.ledger.before_append = lambda _records: None
    assert run_apply(world).exit == Exit.OK
    assert world.ledger.kept == {}
    assert state_in(world).strategies["btc"].strategy_id == "S-1"
    assert len(world.platform.sent) == 1


@pytest.mark.parametrize("document", [{"type": "attempt.succeeded", "data": {}}, {"type": "halt", "data": {}}, {}])
def test_a_damaged_recovery_file_stops_the_next_run(document):
    world = world_of("btc")
    world.ledger.kept["recovery-x.json"] = document
    with pytest.raises(LedgerError, match=r"recovery-x\.json"):
        run_apply(world)


def test_a_recovered_result_that_the_ledger_has_already_is_only_dropped():
    world = world_of("btc")
    run_apply(world)
    attempt = world.ledger.records[2].data["attemptId"]
    world.ledger.kept["recovery-x.json"] = {"type": "attempt.unknown", "data": {"attemptId": attempt, "name": "btc"}}
    before = len(world.ledger.records)
    assert run_apply(world).exit == Exit.OK
    assert (world.ledger.kept, len(world.ledger.records)) == ({}, before)


def overtake(world, *drafts):
    """Let another writer append once, at the next outcome."""

    def once(records):
        if records[0].type.startswith("attempt.s") and records[0].type != "attempt.started":
            world.ledger.before_append = lambda _records: None
            state = state_in(world)
            world.ledger.append(state.head.seq, records_of(*drafts, head=state.head))

    world.ledger.before_append = once


def test_a_run_that_was_overtaken_keeps_its_result_and_sends_nothing_more():
    world = world_of("btc", "eth")
    overtake(world, started("sol", "b-1"), reported("refused", "sol", "b-1"))
    report = run_apply(world)
    assert report.exit == Exit.LOCKED
    assert state_in(world).strategies.keys() == {"btc"}
    assert len(world.platform.sent) == 1


def test_a_locked_state_refuses_and_says_who():
    world = world_of("btc")
    with world.ledger.lock("apply", {"user": "bob"}), pytest.raises(LockHeldError, match="bob"):
        run_apply(world)
    assert world.ledger.records == []


def test_a_race_for_the_first_record_is_lost_without_sending():
    world = world_of("btc")

    def first(_records):
        world.ledger.before_append = lambda _records: None
        world.ledger.append(0, records_of(Draft("ledger.created", {})))

    world.ledger.before_append = first
    with pytest.raises(Conflict):
        run_apply(world)
    assert world.platform.sent == []


def test_the_person_who_says_no_launches_nothing():
    world = world_of("btc")
    report = run_apply(world, FakeAudience(agrees=False))
    assert (report.exit, world.platform.sent, world.ledger.records) == (Exit.PARTIAL, [], [])


def test_an_invalid_spec_stops_everything():
    world = world_of("btc", "eth")
    world.specs.files["strategies/eth.yaml"] = spec_text("eth", size="0.0015")
    report = run_apply(world)
    assert isinstance(report, Checked)
    assert [item.code for item in report.problems] == ["size-step"]
    assert world.platform.sent == []


def test_only_what_is_selected_is_launched():
    from volvenctl.model.plan import Selection

    world = world_of("btc", "eth", "sol")
    run_apply(world, selection=Selection(only=("*t*",), exclude=("eth",)))
    assert state_in(world).strategies.keys() == {"btc"}


def test_an_empty_folder_is_refused_where_the_state_has_strategies():
    world = world_of("btc")
    run_apply(world)
    world.specs.files.clear()
    with pytest.raises(RefusedError, match="no spec in git"):
        run_apply(world)
    report = run_apply(world, allow_empty=True)
    assert report.exit == Exit.OK
    assert [item.name for item in report.plan.orphaned] == ["btc"]


def test_a_limit_that_is_not_enforced_refuses():
    world = with_environment(world_of("btc"), limits={"blackouts": [], "planTtl": "1h"})
    with pytest.raises(RefusedError, match=r"limits\.blackouts"):
        run_apply(world)


def test_a_find_that_fails_sends_nothing():
    world = world_of("btc")

    def broken():
        raise PlatformError("find answered 500")

    world.platform.find = broken
    with pytest.raises(PlatformError):
        run_apply(world)
    assert (world.platform.sent, world.ledger.records) == ([], [])


class _TornLedger(MemoryLedger):
    """Was cut at its end, in a folder whose name nobody can print."""

    def repair(self):
        return "/desk\x1b[31m\udcff/ledger.jsonl: 100 bytes of an unfinished append were cut off"


def test_what_was_repaired_is_recorded_in_letters_that_every_ledger_can_hold():
    world = replace(world_of("btc"), ledger=_TornLedger())
    assert run_apply(world).exit == Exit.OK
    cut = r"/desk\x1b[31m\udcff/ledger.jsonl: 100 bytes of an unfinished append were cut off"
    assert world.ledger.records[1].data["warnings"] == [cut]


def test_a_platform_without_find_is_warned_of_and_recorded():
    world = world_of("btc")
    world.platform.has_find = False
    assert run_apply(world).exit == Exit.OK
    began = world.ledger.records[1].data
    assert began["snapshot"] is None
    assert "404" in began["warnings"][0]


def live_world(*names, **api):
    env = environment(name="production", live=True, api=ApiSettings("https://volven.example", **api))
    world = world_of(*names, env=env)
    world.ledger.append(
        0, records_of(Draft("ledger.created", {"lineage": "L", "formatVersion": 1, "environment": "production"}))
    )
    return world


def test_a_live_platform_without_find_is_refused_unless_the_project_says_so():
    world = live_world("btc")
    world.platform.has_find = False
    with pytest.raises(PlatformError, match="nothing is launched"):
        run_apply(world)
    assert world.platform.sent == []
    said = live_world("btc", find="none")
    said.platform.has_find = False
    assert run_apply(said).exit == Exit.OK


def test_a_live_environment_without_a_ledger_is_refused():
    world = live_world("btc")
    world.ledger.records.clear()
    with pytest.raises(LedgerError, match="no ledger"):
        run_apply(world)
    with pytest.raises(LedgerError, match="no ledger"):
        make_plan_of(world)


def test_a_ledger_of_another_environment_is_refused():
    world = live_world("btc")
    with pytest.raises(LedgerError, match="belongs to environment 'production'"):
        run_apply(with_environment(world, name="staging"))


def test_with_a_dedicated_user_a_stranger_stops_every_launch():
    world = live_world("btc", dedicated_user=True)
    world.platform.created = ["X-1"]
    report = run_apply(world)
    assert (report.exit, world.platform.sent) == (Exit.UNKNOWN, [])


class TestSavedPlan:
    def test_a_saved_plan_is_carried_out_exactly(self):
        world = world_of("btc", "eth")
        saved = make_plan_of(world, only=("btc",))
        report = run_apply(world, saved=saved)
        assert report.exit == Exit.OK
        assert world.platform.sent == [saved.creates[0].request.body]
        assert {item.data["planHash"] for item in world.ledger.records[1:]} == {saved.hash}

    def test_a_plan_carried_out_is_refused_the_second_time(self):
        world = world_of("btc")
        saved = make_plan_of(world)
        run_apply(world, saved=saved)
        with pytest.raises(StalePlanError, match="carried out already"):
            run_apply(world, saved=saved)

    def test_an_interrupted_plan_is_continued(self):
        world = world_of("btc", "eth", "sol")
        saved = make_plan_of(world)
        world.platform.script = [answered(400), "refused-connection", answered(403)]
        assert run_apply(world, saved=saved).exit == Exit.PARTIAL
        report = run_apply(world, saved=saved)
        assert [item.name for item in report.results] == ["eth"]

    def test_an_unknown_outcome_matters_more_than_a_stale_plan(self):
        world = world_of("btc")
        saved = make_plan_of(world)
        world.platform.script = ["timeout"]
        assert run_apply(world, saved=saved).exit == Exit.UNKNOWN
        with pytest.raises(UnresolvedError, match="btc"):
            run_apply(world, saved=saved)

    def test_a_spec_edited_since_is_refused(self):
        world = world_of("btc")
        saved = make_plan_of(world)
        world.specs.files["strategies/btc.yaml"] = spec_text("btc", size="0.2")
        with pytest.raises(StalePlanError, match="another request"):
            run_apply(world, saved=saved)
        assert world.platform.sent == []

    def test_the_same_value_with_other_digits_is_another_body(self):
        world = world_of("btc")
        saved = make_plan_of(world)
        world.specs.files["strategies/btc.yaml"] = spec_text("btc", size="0.10")
        with pytest.raises(StalePlanError, match="another request"):
            run_apply(world, saved=saved)

    def test_a_change_of_metadata_that_makes_the_request_invalid_is_refused_as_stale(self):
        world = world_of("btc")
        saved = make_plan_of(world)
        from decimal import Decimal

        world.platform.offered_products = (replace(world.platform.offered_products[0], size_increment=Decimal("0.3")),)
        with pytest.raises(StalePlanError, match="no longer valid at the platform"):
            run_apply(world, saved=saved)

    def test_a_spec_made_invalid_by_an_edit_gives_its_findings(self):
        world = world_of("btc")
        saved = make_plan_of(world)
        world.specs.files["strategies/btc.yaml"] = spec_text("btc", size="0.0001")
        assert isinstance(run_apply(world, saved=saved), Checked)

    def test_a_change_elsewhere_is_no_false_alarm(self):
        world = world_of("btc", "eth")
        saved = make_plan_of(world, only=("btc",))
        from volvenctl.model.plan import Selection

        run_apply(world, selection=Selection(only=("eth",)))
        assert run_apply(world, saved=saved).exit == Exit.OK

    def test_an_expired_plan_is_refused_before_the_state_is_touched(self):
        world = world_of("btc")
        saved = make_plan_of(world)
        world.system.seconds += timedelta(hours=24).total_seconds()
        with pytest.raises(StalePlanError, match="expired"):
            run_apply(world, saved=saved)

    def test_another_host_is_refused(self):
        world = world_of("btc")
        saved = make_plan_of(world)
        moved = with_environment(world, definition={"api": {"url": "https://evil.example"}})
        with pytest.raises(StalePlanError, match=r"volvenctl\.yaml"):
            run_apply(moved, saved=saved)


def test_a_parallel_run_launches_each_spec_once():
    names = [f"s{number:02d}" for number in range(20)]
    world = world_of(*names)
    report = run_apply(world, parallelism=8)
    assert report.exit == Exit.OK
    assert sorted(state_in(world).strategies) == names
    assert len(world.platform.sent) == 20


def test_a_plan_of_invalid_specs_is_their_findings():
    world = world_of("btc")
    world.specs.files["strategies/btc.yaml"] = spec_text("btc", size="0.0001")
    assert isinstance(make_plan_of(world), Checked)


def test_the_end_of_a_run_that_cannot_be_recorded_is_an_error_and_loses_nothing():
    world = world_of("btc")

    def full(records):
        if records[0].type == "apply.finished":
            raise StorageError("the disk is full")

    world.ledger.before_append = full
    report = run_apply(world)
    assert report.exit == Exit.ERROR
    assert any("could not be recorded" in item for item in report.notices)
    assert state_in(world).strategies.keys() == {"btc"}


def test_a_state_file_that_cannot_be_stored_is_an_error_and_the_ledger_has_everything():
    world = world_of("btc")

    def full(_document):
        raise StorageError("the disk is full")

    world.ledger.write_state = full
    report = run_apply(world)
    assert report.exit == Exit.ERROR
    assert any("the ledger has everything" in item for item in report.notices)
    del world.ledger.write_state
    assert run_apply(world).exit == Exit.OK
    assert len(world.platform.sent) == 1


def test_candidates_that_cannot_be_looked_for_end_nothing():
    world = world_of("btc")
    world.platform.script = ["timeout"]
    finds = []
    real = world.platform.find

    def fails_at_the_end():
        finds.append(1)
        if len(finds) > 2:
            raise PlatformError("find answered 500")
        return real()

    world.platform.find = fails_at_the_end
    report = run_apply(world)
    assert report.exit == Exit.UNKNOWN
    assert report.attempts[0].candidates is None
    assert any("could not be looked for" in item for item in report.notices)


def test_a_signal_finishes_what_is_in_flight_records_it_and_starts_nothing_new():
    import os
    import signal
    import threading

    pause = threading.Event()
    for number, code in ((signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED)):
        world = world_of("btc", "eth")
        before = signal.getsignal(number)

        class Killer(FakeAudience):
            def finished(self, result, number=number, world=world):
                if world.platform.hurried is None:
                    os.kill(os.getpid(), number)
                while world.platform.hurried is None:  # the handler runs in the main thread
                    pause.wait(0.001)
                super().finished(result)

        report = run_apply(world, Killer())
        assert report.exit == code
        assert isinstance(report.results[0].outcome, Succeeded)
        assert len(world.platform.sent) == 1
        assert types_in(world)[-1] == "apply.finished"
        assert world.platform.hurried == 5.0
        assert signal.getsignal(number) == before


def test_an_open_attempt_matters_more_than_an_invalid_spec_or_a_platform_that_does_not_answer():
    world = world_of("btc", "eth")
    world.platform.script = ["timeout"]
    run_apply(world)
    world.specs.files["strategies/eth.yaml"] = spec_text("eth", size="0.0001")
    checked = run_apply(world)
    assert isinstance(checked, Checked)
    assert checked.exit == Exit.UNKNOWN

    def broken():
        raise PlatformError("accounts answered 500")

    world.platform.accounts = broken
    with pytest.raises(UnresolvedError, match="accounts answered 500; and the outcome is unknown for btc"):
        run_apply(world)


@pytest.mark.parametrize("names", [("btc",), ("btc", "eth")])
def test_a_result_survives_a_ledger_that_was_damaged_while_the_request_was_in_flight(names):
    world = world_of(*names)

    def damaged(records):
        if records[0].type == "attempt.succeeded":
            raise LedgerError("the ledger is damaged at seq 3")

    world.ledger.before_append = damaged
    report = run_apply(world)
    assert report.exit == Exit.UNKNOWN
    [document] = world.ledger.kept.values()
    assert document["data"]["strategyId"] == "S-1"
    assert len(world.platform.sent) == 1


def test_a_bug_in_one_worker_stops_the_others():
    world = world_of(*(f"s{number}" for number in range(8)))
    sent = []

    def breaks_at_the_second():
        sent.append(1)
        if len(sent) == 2:
            raise RuntimeError("a bug")

    world.platform.before_send = breaks_at_the_second
    with pytest.raises(RuntimeError):
        run_apply(world)
    assert len(sent) == 2
    assert run_apply(world).exit == Exit.UNKNOWN


def test_a_stranger_that_turns_up_while_the_question_waits_stops_a_dedicated_user():
    world = live_world("btc", dedicated_user=True)

    class Slow(FakeAudience):
        def confirm(self, plan):
            world.platform.created.append("X-1")
            return True

    with pytest.raises(UnresolvedError, match="X-1 is not in the ledger"):
        run_apply(world, Slow())
    assert world.platform.sent == []


def test_a_dedicated_user_without_find_is_a_guard_that_cannot_be_evaluated():
    world = live_world("btc", dedicated_user=True, find="none")
    report = run_apply(world)
    assert (report.exit, world.platform.sent) == (Exit.UNKNOWN, [])
    assert "cannot be asked" in report.plan.actions[0].reason


def test_a_saved_plan_meets_a_stranger_and_a_person_has_to_look():
    world = live_world("btc", dedicated_user=True)
    saved = make_plan_of(world)
    world.platform.created = ["X-1"]
    with pytest.raises(UnresolvedError, match="X-1"):
        run_apply(world, saved=saved)
    world.platform.created = []
    assert run_apply(world, saved=saved).exit == Exit.OK


def test_a_plan_that_expires_while_the_lock_is_waited_for_is_refused():
    world = world_of("btc")
    saved = make_plan_of(world)
    taken = world.ledger.lock

    def slow_lock(operation, actor):
        world.system.seconds += timedelta(hours=25).total_seconds()
        return taken(operation, actor)

    world.ledger.lock = slow_lock
    with pytest.raises(StalePlanError, match="expired"):
        run_apply(world, saved=saved)
    assert world.platform.sent == []


def test_a_recovered_id_beside_an_adopted_one_proves_two_strategies():
    from volvenctl.pipeline.resolve import adopt, declare_foreign

    world = world_of("btc")
    world.platform.script = ["timeout"]
    run_apply(world)
    attempt = world.ledger.records[2].data["attemptId"]
    world.platform.created.append("S-2")
    adopt(world, "btc", "S-2", "seen")
    data = {"name": "btc", "attemptId": attempt, "strategyId": "S-1"}
    world.ledger.kept["recovery-x.json"] = {"type": "attempt.succeeded", "data": data}
    report = run_apply(world)
    assert report.exit == Exit.DUPLICATE
    assert any("S-1 was launched by attempt" in item for item in report.notices)
    assert world.ledger.kept == {}
    declare_foreign(world, "btc", "S-1", "stopped by hand")
    assert run_apply(world).exit == Exit.OK


def test_wrong_usage_stays_wrong_usage_without_open_attempts():
    from volvenctl.errors import UsageError
    from volvenctl.model.plan import Selection

    world = world_of("btc")
    with pytest.raises(UsageError):
        run_apply(world, selection=Selection(labels=("no-sign",)))


def test_a_saved_plan_goes_on_with_its_other_specs_while_one_is_open():
    world = world_of("btc", "eth", "sol")
    saved = make_plan_of(world)
    world.platform.script = ["ok", "timeout"]
    assert run_apply(world, saved=saved).exit == Exit.UNKNOWN
    report = run_apply(world, saved=saved)
    assert report.exit == Exit.UNKNOWN
    assert [item.name for item in report.results] == ["sol"]
    assert len(world.platform.sent) == 3


def test_an_exchange_that_does_not_answer_hides_no_finding():
    world = world_of("btc")
    world.specs.files["strategies/btc.yaml"] = spec_text("btc").replace("btcusdt_f", "btcusdt_g")
    real = world.platform.products

    def only_our_exchange(exchanges):
        if tuple(exchanges) != ("BYB",):
            raise PlatformError("products answered 404")
        return real(exchanges)

    world.platform.products = only_our_exchange
    report = run_apply(world)
    assert [item.code for item in report.problems] == ["product-unknown"]


def test_a_selection_that_matches_nothing_is_warned_of():
    assert make_plan_of(world_of("btc"), only=("zzz",)).warnings == (
        "no spec matches the selection: nothing is looked at",
    )
