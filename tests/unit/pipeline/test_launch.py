"""How a launcher carries steps out: what it sends again, what ends it, and what it keeps of its results."""

import threading
from dataclasses import replace

import pytest
from builders_ledger import HASH, apply_started, created
from builders_lifecycle import launched_world, records_named, write_spec
from builders_world import make_plan_of, types_in, world_of
from fakes import FakeAudience

from volvenctl.core.fold import fold_all
from volvenctl.errors import Conflict, Exit, StorageError
from volvenctl.model.outcome import Accepted, Answered, NotSent, Refused, Succeeded, Unknown
from volvenctl.model.plan import Selection
from volvenctl.model.state import State
from volvenctl.pipeline.check import check
from volvenctl.pipeline.journal import Journal
from volvenctl.pipeline.launch import Launcher, Orders

NO = b'{"errors": [{"field": "size", "description": "too small"}]}'
TOO_MANY = Answered(429, b"", complete=True, retry_after="3")


def launcher_of(world, audience=None, **changes):
    """Return a launcher of everything that git asks for, one request at a time."""
    orders = Orders(
        steps=make_plan_of(world).steps,
        specs={item.name: item for item in check(world, Selection()).specs},
        known_ids=frozenset(),
        common={"planHash": HASH, "apply": 2},
        parallelism=1,
        keep_going=False,
    )
    state = fold_all(world.ledger.records) if world.ledger.records else State()
    journal = Journal(world.ledger, world.system, state)
    if not world.ledger.records:
        journal.announce(created(), apply_started())
    return Launcher(world, journal, audience or FakeAudience(), replace(orders, **changes))


def outcomes(results):
    return [item.outcome for item in results]


def calls_at_sleep(world, number, call):
    """Let `call` happen during the wait of this number, counted from 1."""
    waits = []
    real = world.system.sleep

    def sleep(seconds):
        waits.append(seconds)
        real(seconds)
        if len(waits) == number:
            call()

    world.system.sleep = sleep
    return waits


def replacing_world():
    world = launched_world("btc")
    write_spec(world, "btc", "onChange: replace", size="0.2")
    return world


def test_results_come_in_the_order_of_the_plan_also_for_what_was_not_begun():
    world = world_of("a", "b", "c")
    world.platform.script = ["ok", "lost"]
    results = launcher_of(world).run()
    assert [(item.name, item.action, type(item.outcome)) for item in results] == [
        ("a", "create", Succeeded),
        ("b", "create", Unknown),
        ("c", "create", type(None)),
    ]
    assert [item.attempt_id for item in results] == ["id-0001", "id-0002", None]


def test_a_launcher_without_steps_does_nothing():
    world = world_of()
    assert launcher_of(world).run() == ()
    assert types_in(world) == ["ledger.created", "apply.started"]


@pytest.mark.parametrize("parallelism", [0, 9])
def test_there_is_at_least_one_worker_and_none_without_a_step(parallelism):
    world = world_of("btc")
    names = set()
    world.platform.before_send = lambda: names.add(threading.current_thread().name)
    assert outcomes(launcher_of(world, parallelism=parallelism).run()) == [Succeeded("S-1")]
    assert names == {"launch_0"}


def test_a_stopped_launcher_starts_nothing_and_tells_the_platform_how_long_it_may_take():
    world = world_of("btc")
    launcher = launcher_of(world)
    launcher.stop(2.5)
    assert outcomes(launcher.run()) == [None]
    assert (world.platform.hurried, world.platform.sent) == (2.5, [])
    assert types_in(world) == ["ledger.created", "apply.started"]


def test_a_bug_in_one_step_stops_the_launcher_for_good():
    world = world_of("btc", "eth")

    def bug():
        raise RuntimeError("a bug")

    world.platform.before_send = bug
    launcher = launcher_of(world)
    with pytest.raises(RuntimeError, match="a bug"):
        launcher.run()
    world.platform.before_send = lambda: None
    assert outcomes(launcher.run()) == [None, None]
    assert world.platform.sent == []


class TestPutOff:
    def test_a_stop_during_the_wait_ends_it_and_the_last_answer_counts(self):
        world = world_of("btc", "eth")
        world.platform.script = [TOO_MANY]
        audience = FakeAudience()
        launcher = launcher_of(world, audience)
        waits = calls_at_sleep(world, 2, lambda: launcher.stop(1.0))
        results = launcher.run()
        assert audience.results == [results[0]]
        assert outcomes(results) == [NotSent("the platform puts requests off (429)", 3.0), None]
        assert waits == [0.5, 0.5]
        assert types_in(world)[2:] == ["attempt.started", "attempt.not-sent"]
        assert len(world.platform.sent) == 1

    def test_a_stop_at_the_end_of_the_wait_is_heeded_too(self):
        world = world_of("btc")
        world.platform.script = [Answered(429, b"", complete=True, retry_after="1")]
        launcher = launcher_of(world)
        calls_at_sleep(world, 2, lambda: launcher.stop(1.0))
        launcher.run()
        assert len(world.platform.sent) == 1

    def test_what_was_put_off_is_recorded_before_the_wait(self):
        world = world_of("btc")
        world.platform.script = [TOO_MANY]
        seen = []
        calls_at_sleep(world, 1, lambda: seen.extend(types_in(world)[2:]))
        launcher_of(world).run()
        assert seen == ["attempt.started", "attempt.not-sent"]

    def test_a_wait_shorter_than_a_slice_is_one_wait_and_a_long_one_ends_on_time(self):
        world = world_of("btc")
        world.platform.script = [Answered(429, b"", complete=True, retry_after="1")]
        world.system.seconds = 1000.25
        waits = []
        real = world.system.sleep

        def uneven(seconds):
            waits.append(seconds)
            real(0.3)

        world.system.sleep = uneven
        launcher_of(world).run()
        assert waits == pytest.approx([0.5, 0.5, 0.4, 0.1])

    def test_nobody_is_told_of_an_attempt_that_is_made_again(self):
        world, audience = world_of("btc"), FakeAudience()
        world.platform.script = [TOO_MANY]
        launcher_of(world, audience).run()
        assert audience.begun == ["btc", "btc"]
        assert [type(item.outcome) for item in audience.results] == [Succeeded]

    def test_a_result_that_could_not_be_stored_is_kept_once_and_the_next_attempt_is_not_made(self):
        world = world_of("btc")
        world.platform.script = [TOO_MANY]

        def fail():
            world.ledger.fail_appends = 2

        world.platform.before_send = fail
        launcher = launcher_of(world)
        [result] = launcher.run()
        assert isinstance(result.outcome, Unknown)
        assert list(world.ledger.kept) == ["recovery-id-0001.json"]
        assert types_in(world)[-1] == "attempt.started"
        assert len(world.platform.sent) == 1
        assert launcher.failure is None


class TestAskedAgain:
    def paused(self, *script):
        world = launched_world("btc")
        write_spec(world, "btc", "runState: paused")
        world.platform.script = list(script)
        return world

    def test_an_unknown_action_is_sent_three_times_in_all_a_second_apart(self):
        world = self.paused(*["lost"] * 4)
        waits = calls_at_sleep(world, 99, lambda: None)
        [result] = launcher_of(world).run()
        assert isinstance(result.outcome, Unknown)
        assert len(world.platform.sent) == 1 + 3
        assert waits == [0.5] * 4
        assert len(records_named(world, "attempt.unknown")) == 3

    def test_an_unknown_launch_is_sent_once(self):
        world = world_of("btc")
        world.platform.script = ["lost"]
        launcher_of(world).run()
        assert (len(world.platform.sent), world.system.seconds) == (1, 1000.0)

    def test_only_the_last_answer_stops_the_run(self):
        world = launched_world("btc", "eth")
        write_spec(world, "btc", "runState: paused")
        write_spec(world, "eth", "runState: paused")
        world.platform.script = ["lost", "lost"]
        assert [type(item) for item in outcomes(launcher_of(world).run())] == [Accepted, Accepted]

    def test_an_action_in_doubt_stops_the_run_unless_it_is_told_to_keep_going(self):
        for keep_going, second in ((False, type(None)), (True, Accepted)):
            world = launched_world("btc", "eth")
            write_spec(world, "btc", "runState: paused")
            write_spec(world, "eth", "runState: paused")
            world.platform.script = ["lost"] * 3
            results = launcher_of(world, keep_going=keep_going).run()
            assert [type(item) for item in outcomes(results)] == [Unknown, second]


class TestReplace:
    def test_a_stop_that_the_ledger_does_not_take_is_kept_and_nothing_is_launched(self):
        world = replacing_world()

        def fail():
            world.ledger.fail_appends = 2

        world.platform.before_send = fail
        [result] = launcher_of(world).run()
        assert isinstance(result.outcome, Unknown)
        assert world.platform.created == ["S-1"]
        [document] = world.ledger.kept.values()
        assert document["type"] == "action.accepted"

    def test_the_stop_is_recorded_before_it_is_looked_for(self):
        world = replacing_world()
        seen, real = [], world.platform.find

        def find():
            seen.append(types_in(world)[-1])
            return real()

        launcher = launcher_of(world)
        world.platform.find = find
        launcher.run()
        assert seen[1:] == ["action.accepted"]

    def test_what_is_not_shown_stopped_within_a_minute_is_not_launched_and_says_so(self):
        world = replacing_world()
        world.platform.script = [Answered(202, b"", complete=True)]
        before = world.system.seconds
        launcher = launcher_of(world)
        [result] = launcher.run()
        assert result.outcome == NotSent("find did not show S-1 stopped within 60 s, so nothing was launched")
        assert result.outcome.retry_after_s is None
        assert world.system.seconds - before == 60
        assert (world.platform.created, world.ledger.kept) == (["S-1"], {})

    def test_a_run_that_is_stopped_while_it_looks_launches_nothing(self):
        world = replacing_world()
        world.platform.script = [Answered(202, b"", complete=True)]
        launcher = launcher_of(world)
        waits = calls_at_sleep(world, 3, lambda: launcher.stop(1.0))
        [outcome] = outcomes(launcher.run())
        assert outcome.reason == "find did not show S-1 stopped before this run ended, so nothing was launched"
        assert (len(waits), world.platform.created) == (3, ["S-1"])

    def test_what_is_shown_stopped_at_last_is_replaced(self):
        world = replacing_world()
        world.platform.script = [Answered(202, b"", complete=True)]

        def shows_stopped():
            world.platform.words["S-1"] = "STOPPED"

        calls_at_sleep(world, 2, shows_stopped)
        assert outcomes(launcher_of(world).run()) == [Succeeded("S-2")]

    def test_a_replaced_strategy_is_known_so_the_new_one_cannot_have_its_id(self):
        world = replacing_world()
        world.platform.script = ["ok", Answered(201, b'{"strategyId": "S-1"}', complete=True)]
        [outcome] = outcomes(launcher_of(world, known_ids=frozenset({"S-1"})).run())
        assert isinstance(outcome, Unknown)
        assert "existed before" in outcome.reason

    def test_the_result_names_the_attempt_that_launched(self):
        world = replacing_world()
        [result] = launcher_of(world).run()
        started = records_named(world, "attempt.started")[-1]
        assert (result.action, result.attempt_id) == ("replace", started["attemptId"])

    def test_what_was_learned_before_is_told_before_the_replace_looks(self):
        world = replacing_world()
        write_spec(world, "abc")
        audience = FakeAudience()
        seen, real = [], world.platform.find
        launcher = launcher_of(world, audience)

        def find():
            seen.append([item.name for item in audience.results])
            return real()

        world.platform.find = find
        launcher.run()
        assert seen[0] == ["abc"]
        assert [item.name for item in audience.results] == ["abc", "btc"]

    def test_a_result_that_the_ledger_does_not_take_keeps_a_replace_from_beginning(self):
        world = replacing_world()
        write_spec(world, "abc")

        def fail_once():
            world.platform.before_send = lambda: None
            world.ledger.fail_appends = 2

        world.platform.before_send = fail_once
        launcher = launcher_of(world)
        results = launcher.run()
        assert [type(item.outcome) for item in results] == [Unknown, type(None)]
        assert world.platform.asked == []
        assert types_in(world)[-1] == "attempt.started"
        assert launcher.failure is None

    def test_a_run_that_is_stopped_before_a_replace_looks_begins_nothing(self):
        world = replacing_world()
        write_spec(world, "abc")
        looks, real = [], world.platform.find

        def find():
            looks.append(1)
            return real()

        class Stopping(FakeAudience):
            def finished(self, result):
                launcher.stop(1.0)
                super().finished(result)

        launcher = launcher_of(world, Stopping())
        world.platform.find = find
        results = launcher.run()
        assert [type(item.outcome) for item in results] == [Succeeded, type(None)]
        assert (looks, world.platform.asked, types_in(world)[-1]) == ([], [], "attempt.succeeded")

    def test_a_launch_that_cannot_be_announced_leaves_the_stop_before_it_in_the_report(self):
        world = replacing_world()

        def full(records):
            if records[-1].data.get("action") == "create":
                raise StorageError("the disk is full")

        launcher = launcher_of(world)
        world.ledger.before_append = full
        [result] = launcher.run()
        assert result.outcome == NotSent("S-1 was stopped, and nothing was launched")
        assert (launcher.failure.message, world.platform.created) == ("the disk is full", ["S-1"])


class TestKept:
    """The ledger takes the start of the next launch no more, or not even the result before it."""

    def test_a_next_start_that_loses_a_race_ends_the_run_and_the_result_before_it_is_stored(self):
        world, audience = world_of("a", "b", "c"), FakeAudience()

        def overtaken(records):
            if len(records) == 2:
                raise Conflict("another writer was here")

        launcher = launcher_of(world, audience)
        world.ledger.before_append = overtaken
        results = launcher.run()
        assert outcomes(results) == [Succeeded("S-1"), None, None]
        assert types_in(world)[2:] == ["attempt.started", "attempt.succeeded"]
        assert launcher.failure.message == "another writer was here"
        assert [item.name for item in audience.results] == ["a"]
        assert world.ledger.kept == {}

    def test_a_result_that_is_lost_beside_the_next_start_is_kept_told_and_ends_the_run(self):
        world, audience = world_of("a", "b"), FakeAudience()

        def full(records):
            if records[0].type == "attempt.succeeded":
                raise StorageError("the disk is full")

        launcher = launcher_of(world, audience)
        world.ledger.before_append = full
        results = launcher.run()
        assert [type(item) for item in outcomes(results)] == [Unknown, type(None)]
        assert [type(item.outcome) for item in audience.results] == [Unknown]
        assert list(world.ledger.kept) == ["recovery-id-0001.json"]
        assert (launcher.failure.message, launcher.failure.exit) == ("the disk is full", Exit.ERROR)
        assert len(world.platform.sent) == 1

    def test_the_first_failure_is_the_one_that_is_told(self):
        world = world_of("a", "b")
        gate = threading.Barrier(2)
        texts = iter(("first", "second"))

        def broken(_records):
            raise StorageError(next(texts))

        launcher = launcher_of(world, parallelism=2)
        intents = world.system.new_id

        def new_id():
            gate.wait(5)
            return intents()

        world.system.new_id = new_id
        world.ledger.before_append = broken
        launcher.run()
        assert launcher.failure.message == "first"


def test_a_refusal_is_placed_at_its_field_or_at_the_spec():
    world = world_of("btc")
    body = b'{"errors": [{"field": "size.unit", "description": "small"}, {"description": "no"}]}'
    world.platform.script = [Answered(422, body, complete=True)]
    [result] = launcher_of(world).run()
    assert isinstance(result.outcome, Refused)
    assert [(item.place.line, item.path, item.fault.description) for item in result.faults] == [
        (9, "$.spec.size.unit", "small"),
        (5, "$.spec", "no"),
    ]


def test_two_launches_that_are_answered_with_one_id_are_not_both_believed():
    world = world_of("a", "b")
    world.platform.script = [Answered(201, b'{"strategyId": "S-7"}', complete=True)] * 2
    first, second = outcomes(launcher_of(world).run())
    assert first == Succeeded("S-7")
    assert second == Unknown('201, but the strategyId "S-7" belongs to a strategy that existed before')
