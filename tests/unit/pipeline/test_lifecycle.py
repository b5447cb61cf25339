"""What an apply does about strategies that run already."""

import pytest
from builders_lifecycle import delete_spec, launched_world, records_named, state_in, telling_world, write_spec
from builders_world import make_plan_of, run_apply, types_in

from volvenctl.errors import Exit
from volvenctl.model.outcome import Accepted, Answered, Noted, NotSent, Refused, Succeeded, Unknown
from volvenctl.model.plan import Adopt, Blocked, Keep, Release, Rename, Replace, Start, action_word
from volvenctl.model.record import Draft
from volvenctl.pipeline.status import status

NO = b'{"errors": [{"fields": [], "description": "not possible"}]}'


def outcomes(report):
    return [item.outcome for item in report.results]


def only_action(world, **options):
    [action] = make_plan_of(world, **options).actions
    return action


@pytest.mark.parametrize(("run_state", "action"), [("paused", "pause"), ("stopped", "stop")])
def test_another_run_state_in_git_is_asked_for_once(run_state, action):
    world = launched_world("btc")
    write_spec(world, "btc", f"runState: {run_state}")
    report = run_apply(world)
    assert (report.exit, outcomes(report)) == (Exit.OK, [Accepted(action, "S-1")])
    assert world.platform.asked == [(action, "S-1")]
    assert state_in(world).strategies["btc"].run_state == run_state
    assert (run_apply(world).results, world.platform.asked) == ((), [(action, "S-1")])


def test_an_action_is_recorded_before_and_after_it_is_sent():
    world = launched_world("btc")
    write_spec(world, "btc", "runState: paused")
    seen = []
    world.platform.before_send = lambda: seen.append(types_in(world)[-1])
    report = run_apply(world)
    assert seen == ["attempt.started"]
    [started] = [item for item in records_named(world, "attempt.started") if item["action"] == "pause"]
    assert started["strategyId"] == "S-1"
    assert (started["method"], started["body"]) == ("PUT", "")
    [accepted] = records_named(world, "action.accepted")
    assert accepted == {
        "name": "btc",
        "attemptId": started["attemptId"],
        "planHash": report.plan.hash,
        "commit": "c" * 40,
        "apply": started["apply"],
        "action": "pause",
        "strategyId": "S-1",
        "runState": "paused",
    }


def test_what_was_paused_outside_is_started_again_by_a_plan_and_shown_as_drift():
    world = launched_world("btc")
    world.platform.words["S-1"] = "PAUSED"
    plan = make_plan_of(world)
    assert [type(item) for item in plan.actions] == [Start]
    assert [(item.kind, item.name) for item in plan.drift] == [("paused", "btc")]


def test_what_ended_by_itself_is_never_started_or_launched_again():
    world = launched_world("btc")
    world.platform.words["S-1"] = "STOPPED"
    assert run_apply(world).results == ()
    assert [item.kind for item in make_plan_of(world).drift] == ["stopped"]
    assert (world.platform.asked, world.platform.created) == ([], ["S-1"])


def test_what_was_stopped_by_git_is_started_again_by_git():
    world = launched_world("btc")
    write_spec(world, "btc", "runState: stopped")
    run_apply(world)
    write_spec(world, "btc", "runState: running")
    assert action_word(only_action(world)) == "start"


def test_an_unknown_action_is_asked_again_by_the_same_apply():
    world = launched_world("btc")
    write_spec(world, "btc", "runState: paused")
    world.platform.script = ["timeout"]
    report = run_apply(world)
    assert (report.exit, outcomes(report)) == (Exit.OK, [Accepted("pause", "S-1")])
    assert world.platform.asked == [("pause", "S-1")] * 2
    assert len(records_named(world, "attempt.unknown")) == 1


def test_an_action_that_stays_unknown_is_exit_4_blocks_nothing_and_is_asked_again_by_the_next_apply():
    world = launched_world("btc", "eth")
    write_spec(world, "btc", "runState: paused")
    world.platform.script = ["lost"] * 3
    report = run_apply(world)
    assert (report.exit, type(outcomes(report)[0])) == (Exit.UNKNOWN, Unknown)
    state = state_in(world)
    assert (state.strategies["btc"].run_state, dict(state.attempts)) == (None, {})
    again = run_apply(world)
    assert (again.exit, outcomes(again)) == (Exit.OK, [Accepted("pause", "S-1")])
    assert state_in(world).strategies["btc"].run_state == "paused"


def test_a_run_state_in_doubt_is_asked_for_even_if_git_went_back_and_find_is_silent():
    world = launched_world("btc", state_key=None, states={})
    write_spec(world, "btc", "runState: paused")
    world.platform.script = ["timeout"] * 3
    run_apply(world)
    write_spec(world, "btc", "runState: running")
    run_apply(world)
    assert world.platform.asked[-1] == ("start", "S-1")


def test_a_refused_action_leaves_the_run_state_as_it_was():
    world = launched_world("btc")
    write_spec(world, "btc", "runState: paused")
    world.platform.script = [Answered(422, NO, complete=True)]
    report = run_apply(world)
    assert (report.exit, type(outcomes(report)[0])) == (Exit.PARTIAL, Refused)
    assert state_in(world).strategies["btc"].run_state == "running"


def test_a_refused_action_does_not_settle_an_earlier_doubt():
    world = launched_world("btc")
    write_spec(world, "btc", "runState: paused")
    world.platform.script = ["lost", "lost", Answered(422, NO, complete=True)]
    run_apply(world)
    assert state_in(world).strategies["btc"].run_state is None


def test_an_action_that_was_put_off_is_sent_again_and_leaves_no_doubt():
    world = launched_world("btc")
    write_spec(world, "btc", "runState: paused")
    world.platform.script = [Answered(429, b"", complete=True, retry_after="1")]
    assert run_apply(world).exit == Exit.OK
    assert len(records_named(world, "attempt.not-sent")) == 1


def test_a_strategy_that_is_unknown_to_the_platform_does_not_end_the_run_for_the_others():
    world = launched_world("btc", "eth")
    write_spec(world, "btc", "runState: paused")
    write_spec(world, "eth", "runState: paused")
    world.platform.script = [Answered(404, NO, complete=True)]
    report = run_apply(world)
    assert [type(item) for item in outcomes(report)] == [Refused, Accepted]


def test_what_was_accepted_and_does_not_show_is_said_and_asked_again_by_the_next_plan():
    world = launched_world("btc")
    write_spec(world, "btc", "runState: paused")
    world.platform.script = [Answered(202, b"", complete=True)]
    report = run_apply(world)
    assert report.exit == Exit.OK
    assert any("does not show it paused yet" in item for item in report.notices)
    assert action_word(only_action(world)) == "pause"


def test_without_a_mapping_an_apply_says_that_nothing_shows_the_effect():
    world = launched_world("btc", state_key=None, states={})
    write_spec(world, "btc", "runState: paused")
    report = run_apply(world)
    assert report.notices == ("the actions were accepted; find does not say here whether they took effect",)
    assert isinstance(only_action(world), Keep)


class TestReplace:
    def edited(self, *names, **settings):
        world = launched_world(*(names or ("btc",)), **settings)
        write_spec(world, "btc", "onChange: replace", size="0.2")
        return world

    def test_the_old_one_is_stopped_before_the_new_one_is_launched(self):
        world = self.edited()
        assert isinstance(only_action(world), Replace)
        report = run_apply(world)
        assert (report.exit, outcomes(report)) == (Exit.OK, [Succeeded("S-2")])
        assert world.platform.words == {"S-1": "STOPPED"}
        assert state_in(world).strategies["btc"].strategy_id == "S-2"
        started = records_named(world, "attempt.started")[1:]
        assert [(item["action"], item.get("replaces")) for item in started] == [("stop", None), ("create", "S-1")]
        assert run_apply(world).results == ()

    def test_nothing_is_launched_while_the_old_one_does_not_show_stopped(self):
        world = self.edited()
        world.platform.script = [Answered(202, b"", complete=True)]
        report = run_apply(world)
        assert (report.exit, type(outcomes(report)[0])) == (Exit.PARTIAL, NotSent)
        assert world.platform.created == ["S-1"]

    def test_nothing_is_launched_when_the_old_one_has_vanished(self):
        world = self.edited()
        world.platform.before_send = lambda: world.platform.hidden.add("S-1")
        assert type(outcomes(run_apply(world))[0]) is NotSent
        assert world.platform.created == ["S-1"]

    @pytest.mark.parametrize("step", ["lost", Answered(422, NO, complete=True)])
    def test_nothing_is_launched_after_a_stop_that_was_not_accepted(self, step):
        world = self.edited()
        world.platform.script = [step] * 3
        run_apply(world)
        assert world.platform.created == ["S-1"]

    def test_after_an_interruption_the_old_one_is_not_stopped_twice(self):
        world = self.edited()
        world.platform.words["S-1"] = "STOPPED"
        assert outcomes(run_apply(world)) == [Succeeded("S-2")]
        assert world.platform.asked == []

    def test_a_new_one_with_an_unknown_outcome_blocks_the_spec(self):
        world = self.edited()
        world.platform.script = ["ok", "timeout"]
        assert run_apply(world).exit == Exit.UNKNOWN
        assert isinstance(only_action(world), Blocked)
        assert run_apply(world).exit == Exit.UNKNOWN
        assert len(world.platform.created) == 2

    def test_what_was_learned_before_is_stored_before_a_replace_looks_at_the_platform(self):
        world = launched_world("btc")
        write_spec(world, "btc", "onChange: replace", size="0.2")
        write_spec(world, "abc")
        run_apply(world)
        types = types_in(world)[5:]
        assert types[:4] == ["apply.started", "attempt.started", "attempt.succeeded", "attempt.started"]

    def test_the_capital_is_that_of_the_new_one(self):
        [line] = make_plan_of(self.edited()).capital
        assert (str(line.before), str(line.after)) == ("9500.0", "19000.0")

    def test_a_strategy_whose_state_cannot_be_read_is_not_replaced(self):
        for settings in ({"state_key": None, "states": {}}, {"states": {"RUNNING": "running"}}):
            action = only_action(self.edited(**settings))
            assert isinstance(action, Blocked)
            assert "find cannot show" in action.reason

    def test_a_protected_strategy_is_not_replaced(self):
        world = telling_world()
        write_spec(world, "btc", "protect: true")
        run_apply(world)
        write_spec(world, "btc", "protect: true, onChange: replace", size="0.2")
        action = only_action(world)
        assert isinstance(action, Blocked)
        assert "protected" in action.reason


class TestNoted:
    def test_a_strategy_that_runs_already_is_adopted_by_a_reviewed_line(self):
        world = telling_world()
        world.platform.created = ["X-1"]
        write_spec(world, "btc", 'adopt: "X-1"')
        assert isinstance(only_action(world), Adopt)
        report = run_apply(world)
        assert (report.exit, outcomes(report), world.platform.sent) == (Exit.OK, [Noted("X-1")], [])
        assert state_in(world).strategies["btc"].strategy_id == "X-1"
        assert isinstance(only_action(world), Keep)

    def test_an_adopted_strategy_is_brought_to_its_run_state_by_the_next_plan(self):
        world = telling_world()
        world.platform.created, world.platform.words = ["X-1"], {"X-1": "PAUSED"}
        write_spec(world, "btc", 'adopt: "X-1"')
        run_apply(world)
        assert state_in(world).strategies["btc"].run_state == "paused"
        assert isinstance(only_action(world), Start)

    def test_an_id_that_find_does_not_show_or_another_spec_has_is_not_adopted(self):
        world = launched_world("eth")
        write_spec(world, "btc", 'adopt: "X-9"')
        assert "does not show" in only_action(world, only=("btc",)).reason
        write_spec(world, "btc", 'adopt: "S-1"')
        action = only_action(world, only=("btc",))
        assert isinstance(action, Blocked)
        assert "managed as 'eth'" in action.reason

    def test_a_new_name_goes_on_with_the_same_strategy(self):
        world = launched_world("btc")
        delete_spec(world, "btc")
        write_spec(world, "btc-dip", metadata=", was: btc")
        assert isinstance(only_action(world), Rename)
        assert make_plan_of(world).orphaned == ()
        assert outcomes(run_apply(world)) == [Noted("S-1")]
        assert list(state_in(world).strategies) == ["btc-dip"]
        assert (run_apply(world).results, world.platform.created) == ((), ["S-1"])

    def test_a_former_name_that_still_has_a_spec_blocks(self):
        world = launched_world("btc")
        write_spec(world, "btc-dip", metadata=", was: btc")
        assert isinstance(only_action(world, only=("btc-dip",)), Blocked)

    def test_a_spec_is_not_launched_under_a_new_name_while_its_launch_under_the_old_one_is_open(self):
        world = telling_world("btc")
        world.platform.script = ["timeout"]
        run_apply(world)
        delete_spec(world, "btc")
        write_spec(world, "btc-dip", metadata=", was: btc")
        assert run_apply(world).exit == Exit.UNKNOWN
        assert world.platform.created == ["S-1"]

    def test_a_released_strategy_runs_on_and_is_not_launched_beside_itself(self):
        world = launched_world("btc")
        write_spec(world, "btc", "runState: released")
        assert isinstance(only_action(world), Release)
        run_apply(world)
        assert (state_in(world).strategies, world.platform.asked) == ({}, [])
        assert make_plan_of(world).unmanaged == 1
        write_spec(world, "btc")
        assert isinstance(only_action(world), Blocked)
        write_spec(world, "btc", 'adopt: "S-1"')
        assert isinstance(only_action(world), Adopt)

    def test_a_released_strategy_does_not_block_a_dedicated_user(self):
        from volvenctl.model.project import ApiSettings

        world = launched_world("btc", api=ApiSettings("https://volven.example", dedicated_user=True))
        write_spec(world, "btc", "runState: released")
        run_apply(world)
        write_spec(world, "eth")
        assert outcomes(run_apply(world)) == [Succeeded("S-2")]

    def test_what_was_stopped_and_then_deleted_is_archived(self):
        world = launched_world("btc", "eth")
        write_spec(world, "btc", "runState: stopped")
        run_apply(world)
        delete_spec(world, "btc")
        assert make_plan_of(world).orphaned == ()
        run_apply(world)
        assert list(state_in(world).strategies) == ["eth"]
        assert [item["strategyId"] for item in records_named(world, "strategy.archived")] == ["S-1"]

    def test_what_was_deleted_and_runs_is_an_orphan_and_is_not_stopped(self):
        world = launched_world("btc", "eth")
        delete_spec(world, "btc")
        run_apply(world)
        assert [item.name for item in make_plan_of(world).orphaned] == ["btc"]
        assert world.platform.asked == []


class TestProtection:
    def protected(self):
        world = telling_world()
        write_spec(world, "btc", "protect: true")
        run_apply(world)
        return world

    def test_a_protected_strategy_is_not_stopped(self):
        world = self.protected()
        write_spec(world, "btc", "protect: true, runState: stopped")
        assert run_apply(world).exit == Exit.OK
        assert world.platform.asked == []

    def test_lifting_a_protection_is_a_change_of_its_own(self):
        world = self.protected()
        write_spec(world, "btc", "runState: stopped")
        assert isinstance(only_action(world), Adopt)
        run_apply(world)
        assert world.platform.asked == []
        assert not state_in(world).strategies["btc"].is_protected
        run_apply(world)
        assert world.platform.asked == [("stop", "S-1")]

    def test_a_protection_survives_the_deletion_of_its_file(self):
        world = self.protected()
        delete_spec(world, "btc")
        run_apply(world, allow_empty=True)
        write_spec(world, "btc", "runState: stopped")
        assert isinstance(only_action(world), Adopt)


class TestHalted:
    def halted(self, scope, *names):
        world = launched_world(*(names or ("btc",)))
        whole = {"all": False, "names": [], "accounts": [], "ids": [], **scope}
        head = world.ledger.records[-1]
        from volvenctl.model.record import Head
        from volvenctl.wire.ledger_v1 import make_records

        drafts = [Draft("halt", {"scope": whole, "reason": "storm"}), Draft("halt", {"stopped": ["S-1"], "failed": []})]
        world.ledger.records.extend(make_records(drafts, Head(head.seq, head.hash), head.time, head.actor))
        world.ledger.state = None
        world.platform.words["S-1"] = "STOPPED"
        return world

    @pytest.mark.parametrize("scope", [{"names": ["btc"]}, {"accounts": ["99998"]}, {"ids": ["S-1"]}, {"all": True}])
    def test_what_is_halted_is_neither_started_nor_drift(self, scope):
        world = self.halted(scope)
        plan = make_plan_of(world)
        assert isinstance(plan.actions[0], Blocked)
        assert "storm" in plan.actions[0].reason
        assert plan.drift == ()
        assert status(world, ()).rows[0].summary == "halted"

    @pytest.mark.parametrize("scope", [{"accounts": ["99998"]}, {"all": True}])
    def test_nothing_new_is_launched_on_what_is_halted(self, scope):
        world = self.halted(scope)
        write_spec(world, "new")
        run_apply(world)
        assert world.platform.created == ["S-1"]

    def test_others_go_on_while_one_is_halted(self):
        world = self.halted({"names": ["btc"]})
        write_spec(world, "new")
        run_apply(world)
        assert world.platform.created == ["S-1", "S-2"]


@pytest.mark.parametrize(
    ("word", "summary"),
    [("RUNNING", "live"), ("PAUSED", "to start"), ("STOPPED", "ended"), ("WEIRD", "unclear")],
)
def test_status_has_a_word_for_what_find_shows(word, summary):
    world = launched_world("btc")
    world.platform.words["S-1"] = word
    assert status(world, ()).rows[0].summary == summary


def test_twins_are_told_and_are_no_drift():
    world = launched_world("a", "b")
    assert make_plan_of(world).warnings == ("twins: a, b ask for exactly the same",)
    assert make_plan_of(world).drift == ()


def test_a_word_without_a_meaning_is_shown_and_is_never_taken_for_live():
    world = launched_world("btc")
    world.platform.words["S-1"] = "FILLED"
    assert "find says 'FILLED' of it" in only_action(world).reason
    assert not status(world, ()).complete


def test_where_no_word_has_a_meaning_what_was_accepted_counts():
    world = launched_world("btc", state_key=None, states={})
    assert status(world, ()).complete
