"""How an apply ends: what it counts, what it tells, which exit code it has, and what it leaves behind."""

import os
import signal

import pytest
from builders_ledger import apply_started, created, records_of
from builders_ledger import started as announced
from builders_ledger import succeeded as launched
from builders_lifecycle import delete_spec, launched_world, records_named, state_in, telling_world, write_spec
from builders_plan import spec as spec_of
from builders_world import environment, make_plan_of, run_apply, spec_text, types_in, with_environment, world_of
from fakes import FakeAudience

from volvenctl.errors import Exit, PlatformError, RefusedError, StalePlanError, StorageError, UnresolvedError
from volvenctl.model.outcome import Accepted, Answered, Noted, Succeeded
from volvenctl.model.project import ApiSettings
from volvenctl.model.record import Draft, Head
from volvenctl.pipeline.intent import adoption_facts, launch_facts
from volvenctl.wire.exact_json import json_text
from volvenctl.wire.state_v1 import state_document

NO = Answered(422, b'{"errors": []}', complete=True)
TOO_LATE = "the disk is full; the ledger has everything, and the next command folds the state again"


def full(_document):
    raise StorageError("the disk is full")


def finished(world):
    return records_named(world, "apply.finished")[-1]


def mixed_world():
    """Return a world in which `ada` is adopted, `btc` paused and `eth` launched."""
    world = launched_world("btc")
    world.platform.created.append("X-1")
    write_spec(world, "ada", 'adopt: "X-1"')
    write_spec(world, "btc", "runState: paused")
    write_spec(world, "eth")
    return world


class TestCounts:
    def test_results_come_by_name_whatever_was_sent_or_only_recorded(self):
        report = run_apply(mixed_world())
        assert [(item.name, item.action, item.outcome) for item in report.results] == [
            ("ada", "adopt", Noted("X-1")),
            ("btc", "pause", Accepted("pause", "S-1")),
            ("eth", "create", Succeeded("S-3")),
        ]

    def test_all_that_came_true_is_counted(self):
        world = mixed_world()
        run_apply(world)
        assert finished(world)["counts"] == {"planned": 3, "succeeded": 3, "open": 0}
        assert (finished(world)["exit"], finished(world)["whole"]) == (0, True)

    def test_what_was_refused_or_is_unknown_is_planned_and_no_success(self):
        world = mixed_world()
        world.platform.script = [NO, "timeout"]
        run_apply(world)
        assert finished(world)["counts"] == {"planned": 3, "succeeded": 1, "open": 1}
        assert finished(world)["exit"] == 4

    def test_what_is_only_recorded_is_told_before_anything_is_sent(self):
        world, audience = mixed_world(), FakeAudience()
        told = []
        world.platform.before_send = lambda: told.append([item.name for item in audience.results])
        run_apply(world, audience)
        assert told[0] == ["ada"]
        assert [item.name for item in audience.results] == ["ada", "btc", "eth"]

    def test_what_is_only_recorded_is_in_the_ledger_before_anything_is_sent(self):
        world = mixed_world()
        told = []
        world.platform.before_send = lambda: told.append("strategy.adopted" in types_in(world))
        run_apply(world)
        assert told == [True, True]

    @pytest.mark.parametrize(
        ("selection", "whole"), [({}, True), ({"only": ("eth",)}, False), ({"exclude": ("zzz",)}, False)]
    )
    def test_only_a_run_over_everything_is_whole(self, selection, whole):
        from volvenctl.model.plan import Selection

        world = mixed_world()
        run_apply(world, selection=Selection(**selection))
        assert finished(world)["whole"] is whole

    def test_a_saved_plan_that_leaves_something_out_is_not_whole(self):
        world = world_of("btc", commit="c" * 40)
        saved = make_plan_of(world)
        write_spec(world, "eth")
        run_apply(world, saved=saved)
        assert finished(world)["whole"] is False
        assert state_in(world).applied_commit is None
        run_apply(world)
        assert finished(world)["whole"] is True
        assert state_in(world).applied_commit == "c" * 40


class TestNothingSent:
    def test_a_run_with_nothing_to_do_records_nothing_and_stores_the_state_again(self):
        world = launched_world("btc")
        count = len(world.ledger.records)
        world.ledger.state = None
        report = run_apply(world)
        assert (report.exit, report.results, report.attempts) == (Exit.OK, (), ())
        assert world.ledger.read_state() == state_document(state_in(world))
        assert len(world.ledger.records) == count

    def test_without_a_ledger_no_state_is_stored(self):
        world = world_of()
        world.ledger.write_state = full
        report = run_apply(world)
        assert (report.exit, world.ledger.records, world.ledger.state) == (Exit.OK, [], None)

    def test_a_state_that_cannot_be_stored_is_an_error(self):
        world = launched_world("btc")
        world.ledger.state = None
        world.ledger.write_state = full
        report = run_apply(world)
        assert (report.exit, report.notices[-1]) == (Exit.ERROR, TOO_LATE)

    def test_who_says_no_gets_each_action_as_not_reached(self):
        world = launched_world("btc")
        write_spec(world, "btc", "runState: paused")
        write_spec(world, "eth")
        count = len(world.ledger.records)
        report = run_apply(world, FakeAudience(agrees=False))
        assert [(item.name, item.action, item.outcome) for item in report.results] == [
            ("btc", "pause", None),
            ("eth", "create", None),
        ]
        assert report.exit == Exit.PARTIAL
        assert (len(world.ledger.records), world.platform.asked) == (count, [])

    def test_nobody_is_asked_about_nothing(self):
        audience = FakeAudience()
        run_apply(launched_world("btc"), audience)
        assert audience.plans == []

    def test_an_open_attempt_is_shown_with_its_candidates_and_is_exit_4(self):
        world = world_of("btc")
        world.platform.script = ["timeout"]
        run_apply(world)
        report = run_apply(world)
        assert (report.exit, report.results) == (Exit.UNKNOWN, ())
        [view] = report.attempts
        assert (view.attempt.name, [item.id for item in view.candidates]) == ("btc", ["S-1"])

    def test_a_platform_that_cannot_be_looked_at_afterwards_is_told(self):
        world = world_of("btc")
        world.platform.script = ["timeout"]
        run_apply(world)
        looks, real = [], world.platform.find

        def fails_at_the_end():
            looks.append(1)
            if len(looks) > 1:
                raise PlatformError("find answered 500")
            return real()

        world.platform.find = fails_at_the_end
        report = run_apply(world)
        assert "candidates could not be looked for: find answered 500" in report.notices


class TestArchive:
    def stopped(self):
        world = launched_world("btc", "eth")
        write_spec(world, "btc", "runState: stopped")
        run_apply(world)
        delete_spec(world, "btc")
        return world

    def test_without_a_step_it_is_recorded_with_its_commit_and_nothing_else_is(self):
        world = self.stopped()
        count = len(world.ledger.records)
        report = run_apply(world)
        assert types_in(world)[count:] == ["strategy.archived"]
        assert world.ledger.records[-1].data == {"name": "btc", "strategyId": "S-1", "commit": "c" * 40}
        assert (report.exit, report.results) == (Exit.OK, ())
        assert world.ledger.read_state() == state_document(state_in(world))
        assert len(world.ledger.records) == count + 1
        run_apply(world)
        assert len(world.ledger.records) == count + 1

    def test_beside_other_steps_it_is_part_of_their_run(self):
        world = self.stopped()
        write_spec(world, "sol")
        run_apply(world)
        [archived] = records_named(world, "strategy.archived")
        begun = records_named(world, "attempt.started")[-1]
        assert archived == {
            "name": "btc",
            "strategyId": "S-1",
            "planHash": begun["planHash"],
            "commit": "c" * 40,
            "apply": begun["apply"],
        }

    def test_what_was_deleted_and_still_runs_is_neither_looked_for_nor_recorded(self):
        world = launched_world("btc", "eth")
        delete_spec(world, "btc")
        count = len(world.ledger.records)
        assert run_apply(world).exit == Exit.OK
        assert len(world.ledger.records) == count

    def test_the_platform_is_looked_at_once_where_nothing_was_deleted(self):
        world = launched_world("btc")
        looks, real = [], world.platform.find

        def find():
            looks.append(1)
            return real()

        world.platform.find = find
        run_apply(world)
        assert len(looks) == 1

    def test_who_says_no_archives_nothing(self):
        world = self.stopped()
        write_spec(world, "sol")
        run_apply(world, FakeAudience(agrees=False))
        assert records_named(world, "strategy.archived") == []


class TestStrangers:
    """An id that find shows and nobody knows may be the strategy of a launch, where one user launches all."""

    def dedicated(self, *names):
        return world_of(*names, env=environment(api=ApiSettings("https://volven.example", dedicated_user=True)))

    def test_a_blocked_launch_is_an_open_question(self):
        world = self.dedicated("btc")
        world.platform.created = ["X-1"]
        report = run_apply(world)
        assert (report.exit, report.results, world.platform.sent) == (Exit.UNKNOWN, (), [])

    def test_a_launch_that_is_blocked_for_another_reason_is_none(self):
        world = launched_world("btc")
        write_spec(world, "btc", size="0.2")
        assert make_plan_of(world).counts["blocked"] == 1
        assert run_apply(world).exit == Exit.OK

    def test_a_saved_launch_is_refused_with_what_to_look_at(self):
        world = self.dedicated("btc")
        saved = make_plan_of(world)
        world.platform.created = ["X-1"]
        with pytest.raises(UnresolvedError, match=r"^btc: ") as caught:
            run_apply(world, saved=saved)
        assert (caught.value.hint, caught.value.exit) == ("volvenctl status", Exit.UNKNOWN)
        assert world.ledger.records == []

    def test_a_saved_pause_goes_on_beside_a_stranger(self):
        api = ApiSettings("https://volven.example", dedicated_user=True)
        world = launched_world("btc", api=api)
        write_spec(world, "btc", "runState: paused")
        saved = make_plan_of(world)
        world.platform.created.append("X-1")
        write_spec(world, "eth")
        report = run_apply(world, saved=saved)
        assert [item.outcome for item in report.results] == [Accepted("pause", "S-1")]
        assert report.exit == Exit.UNKNOWN

    def test_a_pause_that_is_agreed_to_goes_on_when_a_stranger_turns_up_meanwhile(self):
        world = launched_world("btc", api=ApiSettings("https://volven.example", dedicated_user=True))
        write_spec(world, "btc", "runState: paused")

        class Slow(FakeAudience):
            def confirm(self, plan):
                world.platform.created.append("X-1")
                return super().confirm(plan)

        assert [item.outcome for item in run_apply(world, Slow()).results] == [Accepted("pause", "S-1")]


class TestErrorsBesideOpenAttempts:
    def open_world(self):
        world = world_of("btc", "abc")
        world.platform.script = ["timeout", "timeout"]
        run_apply(world, keep_going=True)
        return world

    def test_all_open_names_are_told_in_order_with_the_command(self):
        world = self.open_world()

        def broken():
            raise PlatformError("accounts answered 500")

        world.platform.accounts = broken
        with pytest.raises(UnresolvedError) as caught:
            run_apply(world)
        assert caught.value.message == "accounts answered 500; and the outcome is unknown for abc, btc"
        assert caught.value.hint == "see what there is with `volvenctl resolve`"
        assert isinstance(caught.value.__cause__, PlatformError)

    def test_without_an_open_attempt_the_error_is_told_as_it_is(self):
        world = launched_world("btc")

        def broken():
            raise PlatformError("accounts answered 500")

        world.platform.accounts = broken
        with pytest.raises(PlatformError, match=r"^accounts answered 500$"):
            run_apply(world)

    def test_an_invalid_spec_is_exit_2_without_an_open_attempt(self):
        world = launched_world("btc")
        world.specs.files["strategies/eth.yaml"] = spec_text("eth", size="0.0001")
        assert run_apply(world).exit == Exit.INVALID


class TestSavedPlans:
    def test_the_first_error_of_a_spec_that_became_invalid_is_told_with_its_place(self):
        from dataclasses import replace

        world = world_of("btc")
        saved = make_plan_of(world)
        world.platform.offered_products = tuple(
            replace(item, max_size=item.min_size) for item in world.platform.offered_products
        )
        with pytest.raises(StalePlanError) as caught:
            run_apply(world, saved=saved)
        assert caught.value.message.startswith("the plan is no longer valid at the platform: strategies/btc.yaml:9:")
        assert caught.value.hint == "see all with `volvenctl validate`, then make and review a new plan"

    def test_the_report_is_about_the_saved_plan(self):
        world = world_of("btc")
        saved = make_plan_of(world)
        write_spec(world, "eth")
        report = run_apply(world, saved=saved)
        assert report.plan == saved
        assert [item.name for item in report.results] == ["btc"]

    def test_notices_are_told_before_the_question_and_are_in_the_report(self):
        world = world_of("btc")
        saved = make_plan_of(world)
        write_spec(world, "eth")
        told = []

        class Asked(FakeAudience):
            def confirm(self, plan):
                told.extend(self.notices)
                return super().confirm(plan)

        report = run_apply(world, Asked(), saved=saved)
        assert told == ["eth: the checkout also says create; that is not part of this plan"]
        assert report.notices == tuple(told)

    def test_the_selection_of_the_saved_plan_counts(self):
        from volvenctl.model.plan import Selection

        world = world_of("btc", "eth")
        saved = make_plan_of(world, only=("btc",))
        run_apply(world, saved=saved, selection=Selection(only=("eth",)))
        assert list(state_in(world).strategies) == ["btc"]


class TestHaltedMeanwhile:
    """Somebody records a halt while a request is in flight."""

    def halting(self, world, **scope):
        whole = {"all": False, "names": [], "accounts": [], "ids": [], **scope}

        def halt():
            last = world.ledger.records[-1]
            halt = Draft("halt", {"scope": whole, "reason": "storm"})
            world.ledger.records.extend(records_of(halt, head=Head(last.seq, last.hash)))
            world.platform.before_send = lambda: None

        world.platform.before_send = halt
        return world

    @pytest.mark.parametrize("scope", [{"all": True}, {"names": ["btc"]}, {"accounts": ["99998"]}, {"ids": ["S-1"]}])
    def test_what_was_launched_is_told_with_the_command_that_stops_it(self, scope):
        world = self.halting(telling_world("btc"), **scope)
        report = run_apply(world)
        assert "btc: S-1 was set to work while a halt was recorded: volvenctl halt btc" in report.notices
        assert (report.exit, [item.outcome for item in report.results]) == (Exit.PARTIAL, [Succeeded("S-1")])

    @pytest.mark.parametrize("scope", [{"names": ["eth"]}, {"accounts": ["1"]}, {"ids": ["S-9"]}])
    def test_a_halt_of_something_else_is_no_concern_of_this_run(self, scope):
        report = run_apply(self.halting(telling_world("btc"), **scope))
        assert (report.exit, report.notices) == (Exit.OK, ())

    def test_what_was_started_is_told_and_what_was_paused_is_not(self):
        for before, now, told in (("paused", "running", 1), ("running", "paused", 0)):
            world = telling_world()
            write_spec(world, "btc", f"runState: {before}")
            run_apply(world)
            world.platform.words["S-1"] = before.upper()
            write_spec(world, "btc", f"runState: {now}")
            report = run_apply(self.halting(world, all=True))
            assert sum("was set to work" in item for item in report.notices) == told
            assert (report.exit == Exit.PARTIAL) == bool(told)


def test_the_person_is_asked_about_the_plan_and_the_report_names_the_head_it_left():
    world, audience = world_of("btc"), FakeAudience()
    report = run_apply(world, audience)
    assert audience.plans == [report.plan]
    assert report.head == state_in(world).head
    again = run_apply(world)
    assert again.head == report.head


def test_a_second_strategy_of_one_spec_is_exit_8_in_the_report_and_in_the_ledger():
    world = world_of("btc", "eth")
    second = (announced(attempt="a-1"), launched("S-1"), launched("S-2"))
    world.ledger.records = list(records_of(created(), apply_started(), *second))
    world.platform.created = ["S-1", "S-2"]
    report = run_apply(world)
    assert [item.name for item in report.results if isinstance(item.outcome, Succeeded)] == ["eth"]
    assert (report.exit, finished(world)["exit"]) == (Exit.DUPLICATE, int(Exit.DUPLICATE))


def test_a_signal_ends_the_wait_for_what_was_accepted():
    world = launched_world("btc")
    write_spec(world, "btc", "runState: paused")
    world.platform.script = [Answered(202, b"", complete=True)]
    waits, real = [], world.system.sleep

    def interrupted(seconds):
        waits.append(seconds)
        real(seconds)
        os.kill(os.getpid(), signal.SIGINT)

    world.system.sleep = interrupted
    report = run_apply(world)
    assert (report.exit, len(waits)) == (Exit.INTERRUPTED, 1)
    assert finished(world)["exit"] == int(Exit.INTERRUPTED)


def test_an_unknown_limit_is_refused_before_the_lock_is_taken():
    world = with_environment(world_of("btc"), limits={"maxMood": 1})
    world.ledger.lock = None
    with pytest.raises(RefusedError):
        run_apply(world)


def test_nothing_is_sent_where_the_beginning_cannot_be_recorded():
    world = world_of("btc")
    world.ledger.fail_appends = 1
    with pytest.raises(StorageError, match="the disk is full"):
        run_apply(world)
    assert (world.platform.sent, world.ledger.records) == ([], [])


def test_the_ledger_is_created_once():
    world = world_of("btc")
    run_apply(world)
    write_spec(world, "eth")
    run_apply(world)
    assert types_in(world).count("ledger.created") == 1


def test_ids_of_the_ledger_and_of_the_snapshot_are_not_believed_for_a_new_strategy():
    for taken in ("S-1", "X-1"):
        world = launched_world("btc")
        world.platform.created.append("X-1")
        world.platform.hidden.add("S-1")
        write_spec(world, "eth")
        world.platform.script = [Answered(201, f'{{"strategyId": "{taken}"}}'.encode(), complete=True)]
        assert run_apply(world).exit == Exit.UNKNOWN


def test_what_was_accepted_is_looked_for_at_the_end_and_told_if_it_does_not_show():
    world = launched_world("btc")
    write_spec(world, "btc", "runState: paused")
    world.platform.script = [Answered(202, b"", complete=True)]
    before = world.system.seconds
    report = run_apply(world)
    assert report.notices == ("btc: the pause was accepted, and find does not show it paused yet; the next plan tells",)
    assert world.system.seconds - before == 10


def test_an_adoption_keeps_what_a_launch_keeps_and_the_body_it_would_have_sent():
    spec = spec_of("btc")
    facts = adoption_facts(spec, "paused")
    assert facts == {**launch_facts(spec), "body": json_text(spec.request), "runState": "paused"}
    assert facts["body"] == (
        '{"strategyType":"SMO","accountId":"99998","productCode":"btcusdt_f","side":"BUY","size":0.10,'
        '"priceLimit":95000,"autoRun":true}'
    )


def test_a_record_of_an_open_attempt_survives_a_ledger_that_only_says_it_began():
    world = telling_world("btc")
    world.ledger.records = list(records_of(created(), announced(apply=1)))
    report = run_apply(world)
    assert (report.exit, world.platform.sent) == (Exit.UNKNOWN, [])
    assert [item.attempt.name for item in report.attempts] == ["btc"]
