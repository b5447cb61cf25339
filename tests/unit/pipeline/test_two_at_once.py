"""Long ways round by which one spec could come to two strategies, or a run state that nobody asked for."""

import json

import pytest
from builders_ledger import apply_started, created, resolved, started, state_of, succeeded
from builders_lifecycle import delete_spec, launched_world, records_named, state_in, telling_world, write_spec
from builders_world import make_plan_of, run_apply

from volvenctl.core.fold import Fold
from volvenctl.errors import Conflict, Exit, RefusedError, StalePlanError
from volvenctl.model.names import StrategyName
from volvenctl.model.outcome import NotSent, Unknown
from volvenctl.model.plan import Adopt, Blocked, Keep, Rename, Start, action_word
from volvenctl.model.record import Draft, Head
from volvenctl.model.report import Checked
from volvenctl.pipeline.adopt import adopt, release
from volvenctl.pipeline.resolve import adopt as resolve_adopt
from volvenctl.pipeline.resolve import declare_absent
from volvenctl.pipeline.status import status
from volvenctl.wire.ledger_v1 import make_records
from volvenctl.wire.state_v1 import read_state, state_document

NO = b'{"errors": [{"fields": [], "description": "not possible"}]}'
STOPPED_HALT = {"stopped": ["S-1"], "failed": []}


def only_action(world, **options):
    [action] = make_plan_of(world, **options).actions
    return action


def record(world, kind, **facts):
    """Put a record on the ledger, as another run would."""
    head = world.ledger.records[-1]
    world.ledger.records.extend(make_records([Draft(kind, facts)], Head(head.seq, head.hash), head.time, head.actor))
    world.ledger.state = None


def halted(world, **scope):
    whole = {"all": False, "names": [], "accounts": [], "ids": [], **scope}
    record(world, "halt", scope=whole, reason="storm")


def replaced_with_unknown_outcome():
    """Return a world where btc was to be replaced, and the launch of the new one was declared absent."""
    world = launched_world("btc")
    write_spec(world, "btc", "onChange: replace", size="0.2")
    world.platform.script = ["ok", "timeout"]
    world.platform.hidden = {"S-2"}
    run_apply(world)
    world.system.sleep(200)
    declare_absent(world, "btc", "not seen", looked=False)
    world.platform.hidden = set()
    return world


class TestAReplaceWhoseLaunchWasDeclaredAbsent:
    def test_launches_no_third_one_while_its_candidate_is_in_sight(self):
        world = replaced_with_unknown_outcome()
        assert isinstance(only_action(world), Blocked)
        assert run_apply(world).exit == Exit.UNKNOWN
        assert world.platform.created == ["S-1", "S-2"]

    def test_takes_its_candidate_over_by_resolve(self):
        world = replaced_with_unknown_outcome()
        resolve_adopt(world, "btc", "S-2", "seen in the terminal")
        assert state_in(world).strategies["btc"].strategy_id == "S-2"
        assert isinstance(only_action(world), Keep)


class TestASpecWithTwoStrategies:
    def doubled(self):
        world = launched_world("btc")
        record(world, "attempt.succeeded", name="btc", attemptId="late", strategyId="S-9")
        world.platform.created.append("S-9")
        return world

    @pytest.mark.parametrize("lifecycle", ["onChange: replace", "runState: paused"])
    def test_gets_nothing_sent_that_makes_it_worse(self, lifecycle):
        world = self.doubled()
        write_spec(world, "btc", lifecycle, size="0.2" if "replace" in lifecycle else "0.1")
        report = run_apply(world)
        assert report.exit == Exit.DUPLICATE
        assert world.platform.created == ["S-1", "S-9"]

    def test_is_not_started(self):
        world = self.doubled()
        world.platform.words["S-1"] = "PAUSED"
        assert isinstance(only_action(world), Blocked)

    def test_is_one_again_once_the_second_one_is_adopted_by_a_spec_of_its_own(self):
        world = self.doubled()
        write_spec(world, "btc-two", 'adopt: "S-9"')
        refused = next(item for item in make_plan_of(world).actions if item.name == "btc-two")
        assert "may be what a launch of 'btc' made" in refused.reason


def test_a_candidate_of_another_name_is_not_adopted():
    world = telling_world("btc")
    world.platform.script = ["timeout"]
    run_apply(world)
    write_spec(world, "other", 'adopt: "S-1"')
    assert "may be what a launch of 'btc' made" in only_action(world, only=("other",)).reason
    with pytest.raises(RefusedError, match="may be what a launch of 'btc' made"):
        adopt(world, "other", "S-1", None)


def test_a_spec_with_a_former_name_is_renamed_before_it_adopts_anything():
    world = launched_world("btc")
    world.platform.created.append("X-1")
    delete_spec(world, "btc")
    write_spec(world, "dip", 'adopt: "X-1"', metadata=", was: btc")
    assert isinstance(only_action(world), Rename)
    with pytest.raises(RefusedError, match="btc is launched as S-1"):
        adopt(world, "dip", "X-1", None)


def test_another_id_than_the_managed_one_is_not_adopted_beside_it():
    world = launched_world("btc")
    world.platform.created.append("X-1")
    write_spec(world, "btc", 'adopt: "X-1"')
    assert isinstance(only_action(world), Blocked)


def test_an_id_that_the_name_had_before_it_was_replaced_is_no_conflict():
    world = telling_world()
    world.platform.created = ["X-1"]
    write_spec(world, "btc", 'adopt: "X-1"')
    run_apply(world)
    write_spec(world, "btc", 'adopt: "X-1", onChange: replace', size="0.2")
    run_apply(world)
    assert isinstance(only_action(world), Keep)


@pytest.mark.parametrize(
    ("first", "second"), [({"metadata": ", was: old"}, {"metadata": ", was: old"}), ({"lifecycle": 'adopt: "X"'},) * 2]
)
def test_two_specs_that_go_on_with_the_same_strategy_are_both_found(first, second):
    world = telling_world()
    write_spec(world, "a", **first)
    write_spec(world, "b", **second)
    found = make_plan_of(world)
    assert isinstance(found, Checked)
    assert [item.code for item in found.problems] == ["lifecycle-conflict"] * 2


def test_an_adopted_id_stays_with_its_first_name():
    drafts = (Draft("strategy.adopted", {"name": name, "strategyId": "X", "facts": {}}) for name in ("a", "b"))
    assert list(state_of(created(), *drafts).strategies) == ["a"]


def test_a_double_that_is_adopted_is_a_double_no_longer():
    adopted = Draft("strategy.adopted", {"name": "eth", "strategyId": "S-2", "facts": {}})
    ground = (created(), apply_started(), started(), succeeded("S-1"), succeeded("S-2"))
    assert list(state_of(*ground).doubles) == ["S-2"]
    assert dict(state_of(*ground, adopted).doubles) == {}


def test_a_late_answer_under_a_former_name_proves_a_second_strategy_of_the_new_one():
    state = state_of(
        created(),
        apply_started(),
        started(),
        resolved("absent"),
        started(attempt="a-2"),
        succeeded("S-2", attempt="a-2"),
        Draft("strategy.renamed", {"name": "dip", "was": "btc", "strategyId": "S-2"}),
        succeeded("S-1"),
    )
    assert {item.strategy_id: item.name for item in state.doubles.values()} == {"S-1": "dip"}


class TestArchiving:
    def stopped_and_deleted(self, **settings):
        world = launched_world("btc", "eth", **settings)
        write_spec(world, "btc", "runState: stopped")
        run_apply(world)
        delete_spec(world, "btc")
        return world

    @pytest.mark.parametrize("word", ["RUNNING", "STOPPING"])
    def test_what_does_not_show_stopped_is_not_archived_and_stays_an_orphan(self, word):
        world = self.stopped_and_deleted()
        world.platform.words["S-1"] = word
        run_apply(world)
        assert "btc" in state_in(world).strategies
        assert [item.name for item in make_plan_of(world).orphaned] == ["btc"]
        assert {row.name: row.summary for row in status(world, ()).rows}["btc"] == "orphaned"

    def test_what_has_vanished_is_not_archived(self):
        world = self.stopped_and_deleted()
        world.platform.hidden = {"S-1"}
        run_apply(world)
        write_spec(world, "btc")
        assert isinstance(only_action(world, only=("btc",)), Blocked)

    def test_without_a_mapping_nothing_is_archived(self):
        world = self.stopped_and_deleted(state_key=None, states={})
        run_apply(world)
        assert records_named(world, "strategy.archived") == []

    def test_an_apply_of_some_specs_archives_nothing(self):
        from volvenctl.model.plan import Selection

        world = self.stopped_and_deleted()
        run_apply(world, selection=Selection(only=("eth",)))
        assert records_named(world, "strategy.archived") == []

    def test_what_goes_on_under_a_new_name_is_renamed_and_not_archived(self):
        world = self.stopped_and_deleted()
        write_spec(world, "dip", "runState: stopped", metadata=", was: btc")
        run_apply(world)
        assert records_named(world, "strategy.archived") == []
        assert state_in(world).strategies[StrategyName("dip")].strategy_id == "S-1"


class TestWhatNobodyManages:
    def test_a_strategy_that_was_let_go_of_is_listed_when_it_runs(self):
        world = launched_world("btc", "eth")
        write_spec(world, "btc", "onChange: replace", size="0.2")
        run_apply(world)
        assert make_plan_of(world).unmanaged == 0
        world.platform.words["S-1"] = "RUNNING"
        assert [item.id for item in status(world, ()).unmanaged] == ["S-1"]


class TestWhatEndedByItself:
    def test_is_not_started_because_an_older_start_is_in_doubt(self):
        world = launched_world("btc")
        world.platform.words["S-1"] = "PAUSED"
        world.platform.script = ["lost"] * 3
        run_apply(world)
        world.platform.words["S-1"] = "STOPPED"
        assert isinstance(only_action(world), Keep)
        assert [item.kind for item in make_plan_of(world).drift] == ["stopped"]

    def test_a_doubt_is_over_once_find_shows_what_git_wants(self):
        world = launched_world("btc")
        write_spec(world, "btc", "runState: paused")
        world.platform.script = ["lost", "lost", "lost"]
        run_apply(world)
        world.platform.words["S-1"] = "PAUSED"
        assert isinstance(only_action(world), Adopt)
        run_apply(world)
        assert state_in(world).strategies["btc"].run_state == "paused"
        assert (isinstance(only_action(world), Keep), world.platform.asked) == (True, [])

    def test_is_archived_after_git_agreed_and_let_go(self):
        world = launched_world("btc", "eth")
        world.platform.words["S-1"] = "STOPPED"
        write_spec(world, "btc", "runState: stopped")
        run_apply(world)
        assert make_plan_of(world).drift == ()
        delete_spec(world, "btc")
        run_apply(world)
        assert list(state_in(world).strategies) == ["eth"]
        assert world.platform.asked == []

    def test_a_stop_in_doubt_that_took_effect_is_started_again_if_git_wants_it(self):
        world = launched_world("btc")
        write_spec(world, "btc", "runState: stopped")
        world.platform.script = ["timeout"] * 3
        run_apply(world)
        write_spec(world, "btc")
        assert isinstance(only_action(world), Start)


class TestAdoptingWithoutKnowingHowItRuns:
    @pytest.mark.parametrize(("run_state", "action"), [("stopped", "stop"), ("paused", "pause"), ("running", "keep")])
    def test_asks_for_what_git_wants(self, run_state, action):
        world = telling_world(state_key=None, states={})
        world.platform.created = ["X-1"]
        write_spec(world, "btc", f'adopt: "X-1", runState: {run_state}')
        run_apply(world) if run_state != "stopped" else adopt_first(world)
        assert action_word(only_action(world)) == action

    def test_what_is_declared_released_is_not_adopted(self):
        world = telling_world()
        world.platform.created = ["X-1"]
        write_spec(world, "btc", 'adopt: "X-1", runState: released')
        assert isinstance(only_action(world), Keep)


def adopt_first(world):
    adopt(world, "btc", "X-1", None)


def test_a_saved_adoption_covers_what_the_spec_asks_for():
    world = telling_world()
    world.platform.created = ["X-1"]
    write_spec(world, "btc", 'adopt: "X-1"')
    saved = make_plan_of(world)
    write_spec(world, "btc", 'adopt: "X-1"', size="0.2")
    with pytest.raises(StalePlanError, match="another request"):
        run_apply(world, saved=saved)


class TestHalted:
    def test_what_runs_although_it_is_halted_is_drift_and_has_a_word_of_its_own(self):
        world = launched_world("btc")
        halted(world, names=["btc"])
        assert [item.kind for item in make_plan_of(world).drift] == ["running"]
        assert status(world, ()).rows[0].summary == "halted, but runs"
        assert isinstance(only_action(world), Blocked)

    def test_a_doubt_that_find_settles_stays_halted_until_it_is_resumed(self):
        world = launched_world("btc")
        write_spec(world, "btc", "runState: paused")
        world.platform.script = ["timeout"] * 3
        run_apply(world)
        halted(world, names=["btc"])
        assert isinstance(only_action(world), Blocked)

    def test_an_apply_that_set_something_to_work_during_a_halt_says_so_and_is_no_success(self):
        world = telling_world("btc")
        run_apply(telling_world("other"))
        platform_send = world.platform.send

        def send(*arguments):
            answer = platform_send(*arguments)
            halted(world, all=True)
            return answer

        world.platform.send = send
        report = run_apply(world)
        assert report.exit in {Exit.PARTIAL, Exit.LOCKED}
        assert any("was set to work while a halt was recorded" in item for item in report.notices)


class TestWhatTheReportKeeps:
    def test_a_stop_whose_launch_could_not_be_announced_is_told(self):
        world = launched_world("btc")
        write_spec(world, "btc", "onChange: replace", size="0.2")
        world.ledger.before_append = lose_launches
        report = run_apply(world)
        assert isinstance(report.results[0].outcome, NotSent)
        assert "was stopped" in report.results[0].outcome.reason

    def test_an_action_in_doubt_that_could_not_be_asked_again_is_unknown(self):
        world = launched_world("btc")
        write_spec(world, "btc", "runState: paused")
        world.platform.script = ["timeout"]
        seen = []

        def second_attempt_loses(records):
            seen.extend(item for item in records if item.type == "attempt.started")
            if len(seen) > 1:
                raise Conflict("another writer was here")

        world.ledger.before_append = second_attempt_loses
        report = run_apply(world)
        assert (type(report.results[0].outcome), report.exit) == (Unknown, Exit.UNKNOWN)

    def test_a_replace_sends_nothing_after_the_run_was_stopped(self):
        world = launched_world("btc")
        write_spec(world, "btc", "onChange: replace", size="0.2")
        write_spec(world, "abc")
        world.platform.script = ["timeout"]
        report = run_apply(world)
        assert [type(item.outcome) for item in report.results] == [Unknown, type(None)]
        assert world.platform.asked == []


def lose_launches(records):
    if any(item.type == "attempt.started" and item.data["action"] == "create" for item in records):
        raise Conflict("another writer was here")


def test_a_state_file_of_an_earlier_version_is_read():
    state = state_of(created(), apply_started(), started(), succeeded("S-1"))
    from volvenctl.wire.exact_json import digest_of

    document = json.loads(json.dumps(state_document(state)))
    for key in ("released", "halts", "digest"):
        del document[key]
    for entry in document["strategies"].values():
        del entry["asked"]
    assert read_state({**document, "digest": digest_of(document)}) == state


def test_the_capital_counts_what_find_shows_at_work_and_what_is_in_doubt():
    world = launched_world("btc", "eth")
    write_spec(world, "btc", "runState: stopped")
    run_apply(world)
    world.platform.words["S-1"] = "RUNNING"
    write_spec(world, "new")
    world.platform.script = ["ok", "timeout"]
    [line] = make_plan_of(world).capital
    assert (str(line.before), str(line.after)) == ("19000.0", "19000.0")
    run_apply(world)
    [line] = make_plan_of(world).capital
    assert str(line.before) == "19000.0"


def test_a_released_strategy_is_forgotten_by_command_once():
    world = launched_world("btc")
    assert [release(world, "btc", None).is_news for _ in range(2)] == [True, False]
    assert isinstance(only_action(world), Blocked)


def test_a_fold_can_be_looked_at_while_it_goes_on():
    fold = Fold()
    assert (dict(fold.strategies), fold.head.seq) == ({}, 0)
