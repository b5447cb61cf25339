"""What an emergency stop reaches, what it admits not to have reached, and how it is lifted."""

import threading

import pytest
from builders_lifecycle import launched_world, records_named, state_in, telling_world, write_spec
from builders_world import make_plan_of, run_apply, types_in
from fakes import FakeAudience

from volvenctl.errors import CredentialsError, PlatformError, UsageError
from volvenctl.model.outcome import Answered
from volvenctl.model.report import HaltScope
from volvenctl.pipeline import resolve
from volvenctl.pipeline.halt import Emergency, halt
from volvenctl.pipeline.resume import resume

REFUSED = Answered(500, b"", complete=True)
LOST = PlatformError("find answered 503")


def scope(*names, everything=False, accounts=(), labels=()):
    return HaltScope(everything, names, accounts, labels)


def halted(world, *names, dry_run=False, waits=(2.0, 30.0), **parts):
    emergency = Emergency(world.platform, world.system, world.environment, world, *waits)
    return halt(emergency, scope(*names, **parts), "storm", FakeAudience(), dry_run=dry_run)


def resumed(world, *names, **parts):
    return resume(world, scope(*names, **parts), "over", dry_run=False)


def failures(report):
    return [(item.strategy_id or item.name, item.detail) for item in report.failed]


def failed(report):
    return [item for item, _ in failures(report)]


def words(world):
    return {item: world.platform.words.get(item, "RUNNING") for item in world.platform.created}


def planned(world):
    return {item.name: item.reason for item in make_plan_of(world).actions}


def unlisted(world):
    def find():
        raise LOST

    world.platform.find = find


def obstinate(world, *ids):
    """Let the platform accept every stop, and these strategies go on all the same."""

    def act(path):
        *_, strategy_id, _, action = path.split("/")
        world.platform.asked.append((action, strategy_id))
        if strategy_id not in ids:
            world.platform.words[strategy_id] = "STOPPED"
        return Answered(202, b"", complete=True)

    world.platform._act = act


def while_sending(world, act):
    """Do something once, when the next request has been announced and has not yet arrived."""

    def once():
        world.platform.before_send = lambda: None
        act()

    world.platform.before_send = once


def doubled_world():
    """Return a world in which S-1 turned out to be a second strategy of `btc`, beside S-2."""
    world = telling_world("btc")
    world.platform.script, world.platform.hidden = ["timeout"], {"S-1"}
    run_apply(world)
    [attempt] = state_in(world).attempts
    world.system.sleep(200)
    resolve.declare_absent(world, "btc", "looked", looked=True)
    run_apply(world)
    facts = {"name": "btc", "attemptId": attempt, "strategyId": "S-1"}
    world.ledger.kept["recovery-x.json"] = {"type": "attempt.succeeded", "data": facts}
    world.platform.hidden = set()
    run_apply(world)
    assert list(state_in(world).doubles) == ["S-1"]
    return world


class TestWhatIsReached:
    @pytest.mark.parametrize(
        ("names", "parts"), [(("btc",), {}), ((), {"accounts": ("99998",)}), ((), {"everything": True})]
    )
    def test_the_second_strategy_of_a_spec_is_stopped_with_it(self, names, parts):
        world = doubled_world()
        assert failed(halted(world, *names, **parts)) == []
        assert set(words(world).values()) == {"STOPPED"}

    @pytest.mark.parametrize(("names", "parts"), [(("btc",), {}), ((), {"accounts": ("99998",)})])
    def test_what_an_open_attempt_may_have_launched_is_stopped(self, names, parts):
        world = launched_world("btc")
        write_spec(world, "btc", "onChange: replace", size="0.2")
        world.platform.script = ["ok", "timeout"]
        run_apply(world)
        assert failed(halted(world, *names, **parts)) == []
        assert words(world) == {"S-1": "STOPPED", "S-2": "STOPPED"}

    def test_an_open_attempt_that_nothing_in_sight_belongs_to_did_not_stop(self):
        world = telling_world("btc")
        world.platform.script, world.platform.hidden = ["timeout"], {"S-1"}
        run_apply(world)
        [(name, detail)] = failures(halted(world, "btc"))
        assert name == "btc"
        assert "may run, and is not in sight: volvenctl resolve btc" in detail
        assert failed(halted(world, everything=True)) == ["btc"]

    def test_two_attempts_with_one_strategy_in_sight_did_not_both_stop(self):
        world = telling_world("btc", "eth")
        world.platform.script = ["timeout", "lost"]
        run_apply(world, keep_going=True)
        assert words(world) == {"S-1": "RUNNING"}
        assert failed(halted(world, everything=True)) == ["btc", "eth"]
        assert words(world) == {"S-1": "STOPPED"}

    def test_everything_is_what_the_ledger_manages_too(self):
        world = launched_world("btc", "eth")
        world.platform.hidden = {"S-2"}
        assert failed(halted(world, everything=True)) == []
        assert words(world) == {"S-1": "STOPPED", "S-2": "STOPPED"}

    def test_what_is_not_at_the_platform_any_more_is_said_so(self):
        world = launched_world("btc", "eth")
        world.platform.hidden = {"S-2"}
        world.platform.script = [Answered(404, b"{}", complete=True)] * 2
        details = {item.strategy_id: item.detail for item in halted(world, "btc", "eth").results}
        assert details == {"S-1": "refused with 404", "S-2": "not at the platform"}

    def test_an_account_is_known_by_the_environments_alias(self):
        for said in ("@main", "main", "99998"):
            world = launched_world("btc", accounts={"main": "99998"})
            assert failed(halted(world, accounts=(said,))) == []
            assert words(world) == {"S-1": "STOPPED"}
            assert state_in(world).halts[-1].accounts == {"99998"}
            resumed(world, accounts=(said,))
            assert state_in(world).halts == ()

    def test_a_label_in_git_counts_launched_or_not(self):
        world = launched_world("btc", "eth")
        write_spec(world, "btc", metadata=", labels: {desk: macro}")
        write_spec(world, "new", size="0.3", metadata=", labels: {desk: macro}")
        world.specs.files["strategies/broken.yaml"] = "metadata: {name: [\n"
        assert failed(halted(world, labels=("desk=macro",))) == []
        assert words(world) == {"S-1": "STOPPED", "S-2": "RUNNING"}
        assert state_in(world).halts[-1].names == {"btc", "new"}
        del world.specs.files["strategies/broken.yaml"]
        assert "halted" in planned(world)["new"]

    def test_what_is_ours_is_told_to_stop_whatever_its_word_is_taken_for(self):
        world = telling_world("btc", states={"RUNNING": "running", "PAUSED": "stopped"})
        run_apply(world)
        world.platform.words["S-1"] = "PAUSED"
        halted(world, everything=True)
        assert words(world) == {"S-1": "STOPPED"}

    def test_what_is_not_ours_is_believed_to_have_stopped(self):
        world = launched_world("btc")
        world.platform.created.append("X-1")
        world.platform.words["X-1"] = "STOPPED"
        report = halted(world, everything=True)
        assert failed(report) == []
        assert world.platform.asked == [("stop", "S-1")]


class TestWhatIsAdmitted:
    @pytest.mark.parametrize(
        ("names", "parts", "said"),
        [
            (("typo",), {}, "typo"),
            ((), {"accounts": ("9999",)}, "--account 9999"),
            ((), {"labels": ("desk=typo",)}, "--label desk=typo"),
        ],
    )
    def test_a_part_that_matches_nothing_is_on_the_list(self, names, parts, said):
        world = launched_world("btc")
        assert failed(halted(world, *names, **parts)) == [said]
        assert words(world) == {"S-1": "RUNNING"}

    def test_a_name_in_git_that_was_never_launched_is_halted_all_the_same(self):
        world = launched_world("btc")
        write_spec(world, "new", size="0.3")
        assert failed(halted(world, "new")) == []
        assert "halted" in planned(world)["new"]

    def test_a_name_that_stands_for_nothing_is_not_halted(self):
        world = launched_world("btc")
        before = types_in(world)
        halted(world, "typo")
        assert (types_in(world), state_in(world).halts) == (before, ())

    def test_a_released_strategy_is_stopped_by_its_id_only(self):
        world = launched_world("btc")
        write_spec(world, "btc", "runState: released")
        run_apply(world)
        [(name, detail)] = failures(halted(world, "btc"))
        assert (name, "volvenctl halt S-1" in detail) == ("btc", True)
        assert failed(halted(world, "S-1")) == []
        assert words(world) == {"S-1": "STOPPED"}

    @pytest.mark.parametrize(
        ("names", "parts"), [(("btc",), {}), ((), {"accounts": ("99998",)}), ((), {"labels": ("desk=macro",)})]
    )
    def test_without_a_ledger_only_ids_and_everything_can_be_stopped(self, names, parts):
        world = launched_world("btc")
        del world.ledger.records[:]
        report = halted(world, *names, "S-1", **parts)
        [(_, detail)] = failures(report)
        assert "--all" in detail
        assert words(world) == {"S-1": "STOPPED"}
        assert not report.is_recorded

    def test_what_the_platform_does_not_list_may_still_run(self):
        world = launched_world("btc")
        world.platform.created.append("X-9")
        unlisted(world)
        [(said, detail)] = failures(halted(world, everything=True))
        assert said == "--all"
        assert "the platform's list could not be read: find answered 503" in detail
        assert words(world) == {"S-1": "STOPPED", "X-9": "RUNNING"}

    def test_without_a_list_and_a_ledger_nothing_is_claimed(self):
        world = launched_world("btc")
        del world.ledger.records[:]
        unlisted(world)
        with pytest.raises(PlatformError, match="503"):
            halted(world, everything=True)

    def test_what_find_still_shows_running_in_the_end_did_not_stop(self):
        world = launched_world("btc", "eth")
        obstinate(world, "S-2")
        assert failures(halted(world, everything=True)) == [("S-2", "stop accepted, but find still shows it RUNNING")]
        assert records_named(world, "halt")[-1] == {"stopped": ["S-1"], "failed": ["S-2"]}

    def test_what_find_shows_stopped_in_the_end_did_stop_whatever_was_answered(self):
        world = launched_world("btc")
        world.platform.script = ["timeout", REFUSED, REFUSED]
        assert failed(halted(world, "btc")) == []
        assert words(world) == {"S-1": "STOPPED"}

    def test_one_that_cannot_be_told_keeps_no_other_from_being_stopped(self):
        world = launched_world("btc", "eth")
        send = world.platform.send

        def failing(request, attempt_id, not_after):
            if "S-1" in request.path:
                raise CredentialsError("the token file is gone")
            return send(request, attempt_id, not_after)

        world.platform.send = failing
        assert failures(halted(world, everything=True)) == [("S-1", "the token file is gone")]
        assert words(world)["S-2"] == "STOPPED"

    def test_where_find_says_nothing_of_states_accepted_is_all_that_is_known(self):
        world = launched_world("btc", state_key=None, states={})
        report = halted(world, everything=True)
        assert failed(report) == []
        assert any("what find's state means is not known" in item for item in report.notices)

    def test_a_platform_that_falls_silent_at_the_end_takes_nothing_back(self):
        world = launched_world("btc")
        sleep = world.system.sleep
        world.platform.hidden = {"S-1"}

        def sleeping(seconds):
            unlisted(world)
            sleep(seconds)

        world.system.sleep = sleeping
        report = halted(world, "btc")
        assert failed(report) == []
        assert any("does not show all of them stopped" in item for item in report.notices)

    def test_a_dry_run_waits_for_nothing_and_sends_and_records_nothing(self):
        world = launched_world("btc")
        before = types_in(world)
        report = halted(world, "btc", "typo", dry_run=True)
        assert (report.results[0].detail, failed(report)) == ("would be told to stop", ["typo"])
        assert (types_in(world), world.platform.asked) == (before, [])


class TestWhatIsUnderWay:
    @pytest.mark.parametrize("part", [{"everything": True}, {"accounts": ("99998",)}])
    def test_a_launch_that_was_announced_is_waited_for_and_admitted(self, part):
        world = telling_world("btc")
        reports = []
        while_sending(world, lambda: reports.append(halted(world, **part)))
        began = world.system.clock()
        run_apply(world)
        assert failed(reports[0]) == ["btc"]
        assert 14 < world.system.clock() - began < 40

    def test_a_launch_that_arrives_during_the_halt_is_stopped(self):
        world = telling_world("btc")
        sleep, arrived = world.system.sleep, []

        def sleeping(seconds):
            sleep(seconds)
            if not arrived:
                arrived.append(world.platform._create())

        world.system.sleep = sleeping
        reports = []
        while_sending(world, lambda: reports.append(halted(world, "btc")))
        world.platform.script = ["ok", "lost"]
        run_apply(world)
        assert failed(reports[0]) == []
        assert words(world) == {"S-1": "STOPPED"}

    def test_a_start_that_was_announced_is_admitted(self):
        world = launched_world("btc")
        world.platform.words["S-1"] = "PAUSED"
        reports = []
        while_sending(world, lambda: reports.append(halted(world, "btc")))
        run_apply(world)
        [(strategy_id, detail)] = failures(reports[0])
        assert (strategy_id, "may run again" in detail) == ("S-1", True)
        assert world.platform.asked[0] == ("stop", "S-1")

    def test_a_start_that_takes_effect_during_the_halt_is_undone(self):
        world = launched_world("btc")
        world.platform.words["S-1"] = "PAUSED"
        sleep, reports, done = world.system.sleep, [], []

        def sleeping(seconds):
            sleep(seconds)
            if not done:
                done.append(True)
                world.platform.words["S-1"] = "RUNNING"

        world.system.sleep = sleeping
        while_sending(world, lambda: reports.append(halted(world, everything=True)))
        world.platform.script = ["ok", "ok"]
        run_apply(world)
        assert world.platform.asked[:2] == [("stop", "S-1"), ("stop", "S-1")]

    def test_a_start_of_long_ago_is_not_waited_for(self):
        world = launched_world("btc")
        world.platform.words["S-1"] = "PAUSED"
        world.platform.script = ["lost"] * 3
        run_apply(world)
        world.system.sleep(600)
        assert failed(halted(world, "btc")) == []


class TestWhatIsRecorded:
    def test_only_what_took_the_stop_on_is_recorded_as_stopped_by_it(self):
        world = launched_world("btc", "eth")
        world.platform.words["S-1"] = "STOPPED"
        report = halted(world, everything=True)
        assert failed(report) == []
        assert records_named(world, "halt")[-1] == {"stopped": ["S-2"], "failed": []}

    def test_what_was_resumed_during_the_halt_is_not_recorded_as_stopped(self):
        world = launched_world("btc", "eth")
        obstinate(world, "S-1", "S-2")
        sleep = world.system.sleep

        def sleeping(seconds):
            sleep(seconds)
            world.platform.words.update({"S-1": "STOPPED", "S-2": "STOPPED"})
            if "resume" not in types_in(world):
                resumed(world, "btc")

        world.system.sleep = sleeping
        assert failed(halted(world, everything=True)) == []
        assert records_named(world, "halt")[-1] == {"stopped": ["S-2"], "failed": []}

    def test_a_halt_comes_before_the_first_launch(self):
        world = telling_world("btc")
        assert halted(world, everything=True).is_recorded
        assert types_in(world) == ["ledger.created", "halt"]
        assert "halted" in planned(world)["btc"]

    def test_a_ledger_that_somebody_else_creates_meanwhile_takes_the_halt(self):
        world, other = telling_world("btc"), telling_world("btc")
        halted(other, everything=True)

        def arrive(_records):
            world.ledger.before_append = lambda _records: None
            world.ledger.records.extend(other.ledger.records)

        world.ledger.before_append = arrive
        assert halted(world, everything=True).is_recorded
        assert types_in(world) == ["ledger.created", "halt", "halt"]

    def test_a_live_environment_gets_no_ledger_by_a_halt(self):
        world = telling_world("btc", live=True)
        report = halted(world, everything=True)
        assert (report.is_recorded, types_in(world)) == (False, [])

    def test_a_halt_that_cannot_be_recorded_says_so(self):
        world = launched_world("btc")
        world.ledger.fail_appends = 9
        report = halted(world, everything=True)
        assert (failed(report), report.is_recorded) == ([], False)
        assert any("apply does not know of it" in item for item in report.notices)
        assert words(world) == {"S-1": "STOPPED"}

    def test_an_end_that_cannot_be_recorded_says_so(self):
        world = launched_world("btc")

        def fail_the_end(records):
            if "stopped" in records[0].data:
                world.ledger.fail_appends = 1

        world.ledger.before_append = fail_the_end
        report = halted(world, everything=True)
        assert not report.is_recorded
        assert any("what this halt stopped could not be recorded" in item for item in report.notices)

    def test_a_ledger_that_does_not_answer_delays_no_stop_and_is_told_when_it_does(self):
        world = launched_world("btc")
        read, told = world.ledger.read, threading.Event()
        act = world.platform._act

        def slow(after):
            assert told.wait(30)
            return read(after)

        def acting(path):
            told.set()
            return act(path)

        world.ledger.read, world.platform._act = slow, acting
        report = halted(world, everything=True, waits=(0.01, 30.0))
        assert (failed(report), report.is_recorded) == ([], True)
        assert state_in(world).halts[-1].everything

    def test_specs_that_are_read_late_are_halted_by_their_label_all_the_same(self):
        world, told = launched_world("btc"), threading.Event()
        write_spec(world, "btc", metadata=", labels: {desk: macro}")
        run_apply(world)
        write_spec(world, "new", size="0.3", metadata=", labels: {desk: macro}")
        read_all, act = world.specs.read_all, world.platform._act

        def slow():
            assert told.wait(30)
            return read_all()

        def acting(path):
            told.set()
            return act(path)

        world.specs.read_all, world.platform._act = slow, acting
        report = halted(world, "btc", labels=("desk=macro",), waits=(0.2, 30.0))
        assert (failed(report), report.is_recorded) == ([], True)
        assert "halted" in planned(world)["new"]

    def test_a_ledger_that_never_answers_is_admitted(self):
        world, never = launched_world("btc"), threading.Event()
        read = world.ledger.read
        world.ledger.read = lambda after: never.wait(30) and read(after)
        report = halted(world, everything=True, waits=(0.01, 0.02))
        never.set()
        assert (failed(report), report.is_recorded) == ([], False)
        assert words(world) == {"S-1": "STOPPED"}


class TestResume:
    def test_a_name_is_resumed_from_a_halt_of_its_account_launched_or_not(self):
        world = launched_world("btc")
        write_spec(world, "new", size="0.3")
        halted(world, accounts=("99998",))
        resumed(world, "new")
        assert "halted" not in planned(world)["new"]
        assert "halted" in planned(world)["btc"]
        resumed(world, "btc")
        assert "halted" not in planned(world)["btc"]

    def test_a_name_is_resumed_from_a_halt_of_everything_whether_its_spec_can_be_read_or_not(self):
        world = launched_world("btc")
        halted(world, everything=True)
        write_spec(world, "new", size="many")
        resumed(world, "new")
        assert records_named(world, "resume")[-1]["scope"]["names"] == ["new"]

    def test_a_halt_of_an_id_is_lifted_by_the_name_that_has_it(self):
        world = launched_world("btc")
        halted(world, "S-1")
        resumed(world, "btc")
        assert state_in(world).halts == ()

    def test_a_halt_of_an_id_is_lifted_by_the_id(self):
        world = launched_world("btc")
        halted(world, "S-1")
        resumed(world, "S-1")
        assert state_in(world).halts == ()

    def test_a_halt_of_a_second_strategy_is_lifted_with_the_name(self):
        world = doubled_world()
        halted(world, "btc")
        resumed(world, "btc")
        assert state_in(world).halts == ()

    def test_what_is_halted_by_label_is_resumed_by_label_launched_or_not(self):
        world = launched_world("btc", "eth")
        write_spec(world, "new", size="0.3", metadata=", labels: {desk: macro}")
        halted(world, labels=("desk=macro",))
        resumed(world, labels=("desk=macro",))
        assert state_in(world).halts == ()

    @pytest.mark.parametrize(
        ("names", "parts"), [(("eth",), {}), ((), {"accounts": ("7",)}), ((), {"labels": ("desk=macro",)})]
    )
    def test_what_is_not_halted_is_not_resumed(self, names, parts):
        world = launched_world("btc", "eth")
        with pytest.raises(UsageError, match="nothing is halted"):
            resumed(world, *names, **parts)
        halted(world, "btc")
        with pytest.raises(UsageError, match="is"):
            resumed(world, *names, **parts)
        assert "resume" not in types_in(world)
