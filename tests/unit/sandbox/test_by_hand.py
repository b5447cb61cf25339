"""What happens to a simulated strategy without volvenctl."""

import pytest

from volvenctl.errors import UsageError
from volvenctl.model.names import StrategyId
from volvenctl.sandbox.by_hand import EVENTS, after_event, check_event, find_strategy, launched_by_another
from volvenctl.sandbox.market import simulated_market
from volvenctl.sandbox.rules import faults_of
from volvenctl.sandbox.simulator import ACTIONS, REMOVED, STATUSES, SimulatedStrategy

AT = "2026-01-02T03:04:05.678Z"


def strategy(identifier="s-1", status="RUNNING", **request):
    return SimulatedStrategy(StrategyId(identifier), 1, "then", status, request)


@pytest.mark.parametrize(
    ("event", "before", "after"),
    [
        ("pause", "RUNNING", "PAUSED"),
        ("start", "PAUSED", "RUNNING"),
        ("stop", "RUNNING", "STOPPED"),
        ("stop", "PAUSED", "STOPPED"),
        ("fill", "RUNNING", "FILLED"),
        ("end", "RUNNING", "ENDED"),
        ("end", "PAUSED", "ENDED"),
        *(("remove", status, REMOVED) for status in sorted(STATUSES)),
    ],
)
def test_what_can_happen_changes_state_version_and_time(event, before, after):
    check_event(strategy(status=before), event)
    changed = after_event(strategy(status=before), event, AT)
    assert (changed.status, changed.version, changed.changed_at) == (after, 2, AT)


@pytest.mark.parametrize("status", ["STOPPED", "FILLED", "ENDED"])
@pytest.mark.parametrize("event", ["start", "pause", "stop", "fill", "end"])
def test_nothing_but_removal_can_happen_after_the_end(event, status):
    with pytest.raises(UsageError, match=f"s-1 is {status}: {event} is not possible") as caught:
        check_event(strategy(status=status), event)
    assert caught.value.hint.startswith(f"{event} is for strategies that are ")


def test_a_paused_strategy_cannot_be_filled():
    with pytest.raises(UsageError, match="s-1 is PAUSED"):
        check_event(strategy(status="PAUSED"), "fill")


def test_a_person_can_do_what_the_api_can_and_no_more():
    assert all(EVENTS[action] == ACTIONS[action] for action in ACTIONS)


def test_a_stranger_runs_and_could_have_been_launched():
    stranger = launched_by_another(StrategyId("s-9"), None, AT)
    assert (stranger.id, stranger.status, stranger.version) == ("s-9", "RUNNING", 1)
    assert faults_of(stranger.request, simulated_market()) == ()


def test_a_twin_has_the_request_of_the_other_and_runs():
    twin = launched_by_another(StrategyId("s-9"), strategy(status="STOPPED", size=7, autoRun=False), AT)
    assert (twin.status, twin.request) == ("RUNNING", {"size": 7, "autoRun": True})


@pytest.mark.parametrize(("wanted", "found"), [("s-1", "s-1"), ("btc", "s-10"), ("s-10", "s-10"), ("x", "x-1")])
def test_a_strategy_is_found_by_id_name_or_the_beginning_of_its_id(wanted, found):
    known = [strategy("s-1"), strategy("s-10"), strategy("x-1")]
    assert find_strategy(known, wanted, {"btc": "s-10"}).id == found


@pytest.mark.parametrize(
    ("wanted", "message"),
    [("s", "2 ids of the simulated platform begin with 's'"), ("eth", "no strategy 'eth'"), ("", "no strategy ''")],
)
def test_a_word_for_none_or_several_is_refused(wanted, message):
    with pytest.raises(UsageError, match=message):
        find_strategy([strategy("s-1"), strategy("s-2")], wanted, {})


def test_what_was_removed_is_found_no_more():
    with pytest.raises(UsageError, match="no strategy 's-1'"):
        find_strategy([strategy("s-1", REMOVED)], "s-1", {})
