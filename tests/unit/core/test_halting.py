"""What an emergency stop is about."""

from datetime import UTC, datetime, timedelta

import pytest
from builders_ledger import apply_started, created, reported, resolved, started, state_of, succeeded
from builders_plan import environment

from volvenctl.core.halting import (
    Picture,
    Target,
    halt_scope,
    is_launch_arriving,
    is_meant,
    starts_arriving,
    take_aim,
)
from volvenctl.core.sight import Sight
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.record import Draft
from volvenctl.model.report import HaltScope

RECORDS = (
    created(),
    apply_started(),
    started("btc", "a-1", labels={"desk": "macro"}),
    succeeded("S-1", "btc", "a-1"),
    started("eth", "a-2", accountIds=["7"]),
    succeeded("S-2", "eth", "a-2"),
)
STATE = state_of(*RECORDS)
LIVE = (
    LiveStrategy("S-1", None, {"status": "RUNNING"}),
    LiveStrategy("S-2", None, {"status": "STOPPED"}),
    LiveStrategy("X-1", None, {}),
)
OPEN = state_of(created(), apply_started("S-1"), started("sol", "a-3", labels={"desk": "alts"}))
LATER = datetime(2026, 1, 2, 3, 4, 15, tzinfo=UTC)


def scope(*names, everything=False, accounts=(), labels=()):
    return HaltScope(everything, names, accounts, labels)


def aim(wanted, live=LIVE, state=STATE, **picture):
    return take_aim(wanted, Picture(state, Sight.of(live, environment()), **picture))


def ids(wanted, **where):
    return [item.strategy_id for item in aim(wanted, **where).targets]


def missed(wanted, **where):
    return [item.said for item in aim(wanted, **where).misses]


def kept(wanted, **where):
    return halt_scope(wanted, aim(wanted, **where))


class TestTargets:
    def test_everything_is_what_the_platform_lists_ours_or_not(self):
        assert aim(scope(everything=True)).targets == (
            Target("S-1", "btc", "running"),
            Target("S-2", "eth", "stopped"),
            Target("X-1", None, "unsaid"),
        )

    def test_everything_is_what_the_ledger_manages_too_shown_or_not(self):
        assert ids(scope(everything=True), live=LIVE[1:]) == ["S-2", "X-1", "S-1"]
        assert ids(scope(everything=True), live=None) == ["S-1", "S-2"]

    def test_everything_is_what_the_platform_lists_where_there_is_no_ledger(self):
        assert ids(scope(everything=True), state=None) == ["S-1", "S-2", "X-1"]

    def test_names_ids_accounts_and_labels_add_up_and_each_strategy_is_there_once(self):
        assert ids(scope("btc", "S-1")) == ["S-1"]
        assert ids(scope("X-1")) == ["X-1"]
        assert ids(scope("S-1"), live=None) == ["S-1"]
        assert ids(scope(accounts=("7",))) == ["S-2"]
        assert ids(scope(labels=("desk=macro",))) == ["S-1"]
        assert ids(scope("btc", accounts=("7",), labels=("desk=macro",))) == ["S-1", "S-2"]
        assert ids(scope(labels=("desk=rates",))) == []

    def test_a_label_that_git_says_counts_as_one_that_the_ledger_keeps(self):
        assert ids(scope(labels=("desk=alts",)), labels={"eth": frozenset({"desk=alts"})}) == ["S-2"]

    def test_a_second_strategy_of_a_spec_is_meant_with_it_and_by_its_own_id(self):
        state = state_of(*RECORDS, succeeded("S-9", "btc", "a-9"))
        assert ids(scope("btc"), state=state) == ["S-1", "S-9"]
        assert ids(scope(labels=("desk=macro",)), state=state) == ["S-1", "S-9"]
        assert aim(scope("S-9"), state=state).targets == (Target("S-9", "btc", "gone"),)
        assert ids(scope(everything=True), live=None, state=state) == ["S-9", "S-1", "S-2"]
        assert ids(scope("eth"), state=state) == ["S-2"]

    @pytest.mark.parametrize(
        "wanted",
        [scope("sol"), scope(accounts=("99998",)), scope(labels=("desk=alts",)), scope(everything=True)],
    )
    def test_what_an_attempt_may_have_launched_is_meant_with_its_spec(self, wanted):
        found = aim(wanted, live=LIVE[:2], state=OPEN)
        assert Target("S-2", "sol", "stopped") in found.targets
        assert found.misses == ()

    def test_what_an_attempt_declared_absent_may_have_launched_is_meant_too(self):
        state = state_of(created(), apply_started(), started("sol"), resolved("absent", "sol"))
        assert aim(scope("sol"), live=LIVE[:1], state=state).targets == (Target("S-1", "sol", "running"),)
        assert aim(scope("sol"), live=(), state=state).misses == ()

    def test_find_is_believed_that_something_has_stopped_only_if_it_is_not_ours(self):
        assert [Target("S", name, "stopped").is_told for name in ("btc", None)] == [True, False]
        assert Target("S", None, "unsaid").is_told


class TestMisses:
    def test_a_part_that_matches_nothing_is_missed(self):
        assert missed(scope("sol", "btc")) == ["sol"]
        assert missed(scope(accounts=("7", "8"))) == ["--account 8"]
        assert missed(scope(labels=("desk=macro", "desk=rates"))) == ["--label desk=rates"]
        assert missed(scope("X-1"), live=None) == ["X-1"]

    def test_a_name_or_label_that_is_only_in_git_is_not_missed(self):
        assert missed(scope("sol", labels=("a=b",)), labels={"sol": frozenset({"a=b"})}) == []

    def test_without_a_ledger_no_part_is_known_but_ids_in_sight(self):
        found = aim(scope("btc", "S-1", accounts=("7",), labels=("desk=macro",)), state=None)
        assert [item.said for item in found.misses] == ["btc", "--account 7", "--label desk=macro"]
        assert all("--all" in item.detail for item in found.misses)
        assert missed(scope("btc"), state=None, labels={"btc": frozenset()}) == ["btc"]

    def test_a_released_name_says_which_id_it_had_until_it_is_launched_again(self):
        note = Draft("strategy.released", {"name": "btc", "strategyId": "S-1"})
        [miss] = aim(scope("btc"), state=state_of(*RECORDS, note)).misses
        assert "volvenctl halt S-1" in miss.detail
        again = Draft("strategy.adopted", {"name": "btc", "strategyId": "S-5", "facts": {}})
        assert missed(scope("btc"), state=state_of(*RECORDS, note, again)) == []

    def test_a_list_that_cannot_be_read_is_missed_by_everything_only(self):
        [miss] = aim(scope(everything=True), live=None, unlisted="find answered 503").misses
        assert miss.said == "--all"
        assert "could not be read: find answered 503" in miss.detail
        assert missed(scope("btc"), live=None) == []

    @pytest.mark.parametrize("live", [None, (), LIVE[:1]])
    def test_an_open_attempt_without_a_strategy_in_sight_is_missed(self, live):
        [miss] = aim(scope("sol"), live=live, state=OPEN).misses
        assert (miss.said, "attempt a-3 may run" in miss.detail) == ("sol", True)
        assert missed(scope("ada"), live=live, state=OPEN) == ["ada"]

    def test_attempts_that_have_fewer_strategies_than_they_are_are_missed(self):
        state = state_of(created(), apply_started(), started("sol", "a-3"), started("ada", "a-4"))
        assert missed(scope(everything=True), live=LIVE[:1], state=state) == ["ada", "sol"]
        assert missed(scope(everything=True), live=LIVE, state=state) == []


class TestRecord:
    def test_names_that_stand_for_something_are_kept_and_ids_are_kept_as_ids(self):
        assert kept(scope("btc", "S-2", "typo")) == {
            "all": False,
            "names": ["btc"],
            "accounts": [],
            "ids": ["S-1", "S-2"],
        }
        assert kept(scope("sol"), labels={"sol": frozenset()})["names"] == ["sol"]

    def test_a_label_is_kept_as_the_names_that_bear_it(self):
        found = kept(scope(labels=("desk=macro",)), labels={"sol": frozenset({"desk=macro"})})
        assert found == {"all": False, "names": ["btc", "sol"], "accounts": [], "ids": ["S-1"]}

    def test_accounts_and_everything_are_kept_as_such(self):
        assert kept(scope(accounts=("8",))) == {"all": False, "names": [], "accounts": ["8"], "ids": []}
        assert kept(scope(everything=True), live=(), state=None)["all"] is True

    def test_nothing_is_kept_of_what_stands_for_nothing(self):
        assert kept(scope("typo", labels=("a=b",))) is None


class TestArriving:
    def test_a_launch_may_arrive_until_its_time_is_over(self):
        found = aim(scope("sol"), state=OPEN)
        assert is_launch_arriving(found, LATER, 15)
        assert not is_launch_arriving(found, LATER + timedelta(seconds=10), 15)
        assert not is_launch_arriving(aim(scope("ada"), state=OPEN), LATER, 15)

    def test_a_start_may_arrive_until_its_time_is_over(self):
        about = {"name": "btc", "attemptId": "a-7", "action": "start", "strategyId": "S-1"}
        begun = (*RECORDS, Draft("attempt.started", about))
        found = aim(scope("btc"), state=state_of(*begun))
        assert starts_arriving(found, LATER, 15) == {"S-1"}
        assert starts_arriving(found, LATER + timedelta(seconds=10), 15) == frozenset()
        refused = state_of(*begun, reported("refused", "btc", "a-7"))
        assert aim(scope("btc"), state=refused).starts == {}
        pausing = state_of(*RECORDS, Draft("attempt.started", {**about, "action": "pause"}))
        assert aim(scope("btc"), state=pausing).starts == {}


def test_facts_without_accounts_and_labels_are_meant_by_name_or_as_everything_only():
    assert not is_meant(scope("eth", accounts=("7",), labels=("a=b",)), "btc", {})
    assert is_meant(scope("btc"), "btc", {})
    assert is_meant(scope(everything=True), "btc", {})
