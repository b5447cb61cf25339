"""What `find` shows beside what the ledger says."""

import pytest
from builders_ledger import (
    apply_started,
    apply_started_blind,
    created,
    reported,
    resolved,
    started,
    state_of,
    succeeded,
)
from builders_plan import environment

from volvenctl.core.reconcile import (
    attempt_views,
    candidates,
    doubts,
    late_candidates,
    unjudged_candidates,
    unmanaged,
)
from volvenctl.core.sight import Sight
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.state import State


def live(*ids):
    return tuple(LiveStrategy(item, None, {}) for item in ids)


def ids(found):
    return None if found is None else [item.id for item in found]


def state_with_open(*snapshot):
    return state_of(created(), apply_started(*snapshot), started(), reported("unknown", reason="no answer"))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ((), []),
        (("OLD",), []),
        (("NEW",), ["NEW"]),
        (("NEW-2", "OLD", "NEW-1", "NEW-1"), ["NEW-1", "NEW-2"]),
    ],
)
def test_candidates_are_what_is_new_since_the_snapshot_by_id_and_once(shown, expected):
    state = state_with_open("OLD")
    assert ids(candidates(state, live(*shown), state.attempts["a-1"])) == expected


def test_what_the_ledger_knows_is_no_candidate():
    state = state_of(created(), apply_started(), started(), started("eth", "a-2"), succeeded("S-2", "eth", "a-2"))
    assert ids(candidates(state, live("S-1", "S-2"), state.attempts["a-1"])) == ["S-1"]


def test_without_a_list_before_or_now_nothing_can_be_told():
    state = state_with_open()
    assert candidates(state, None, state.attempts["a-1"]) is None
    blind = state_of(created(), apply_started_blind(), started())
    assert candidates(blind, live("S-1"), blind.attempts["a-1"]) is None


def test_attempts_are_shown_by_name_with_those_they_cannot_be_told_apart_from():
    state = state_of(
        created(),
        apply_started(),
        started("sol", "a-3"),
        started("btc", "a-1"),
        apply_started("S-1"),
        started("eth", "a-2", apply=5),
    )
    views = attempt_views(state, live("S-1", "S-2"), in_flight=True)
    assert [(item.attempt.name, ids(item.candidates), item.rivals, item.in_flight) for item in views] == [
        ("btc", ["S-1", "S-2"], ("eth", "sol"), True),
        ("eth", ["S-2"], ("btc", "sol"), True),
        ("sol", ["S-1", "S-2"], ("btc", "eth"), True),
    ]


def test_attempts_whose_candidates_are_not_known_have_no_rivals():
    [view] = attempt_views(state_with_open(), None, in_flight=False)
    assert (view.candidates, view.rivals) == (None, ())


def test_an_absent_attempt_keeps_its_candidates_as_late_ones():
    state = state_of(created(), apply_started("OLD"), started(), resolved("absent"))
    assert {name: ids(found) for name, found in late_candidates(state, live("OLD", "S-1")).items()} == {"btc": ["S-1"]}
    assert late_candidates(state, live("OLD")) == {}
    assert late_candidates(state, None) == {}


def test_a_candidate_that_the_declaration_judged_is_late_and_not_unjudged():
    state = state_of(created(), apply_started(), started(), resolved("absent", seen=["S-1"]))
    assert ids(late_candidates(state, live("S-1", "S-2"))["btc"]) == ["S-1", "S-2"]
    assert ids(unjudged_candidates(state, live("S-1", "S-2"))["btc"]) == ["S-2"]
    assert unjudged_candidates(state, live("S-1")) == {}


def test_after_a_second_launch_late_candidates_may_be_a_second_strategy():
    state = state_of(
        created(),
        apply_started(),
        started(),
        resolved("absent"),
        apply_started(),
        started(attempt="a-2", apply=5),
        succeeded("S-2", attempt="a-2"),
    )
    found = doubts(state, live("S-1", "S-2"))
    assert (found.twice, found.unjudged) == (("btc",), ())
    assert found.sentences == (
        "btc may run twice: S-1 turned up after an attempt was declared absent, and it was launched again as S-2",
    )


def test_an_unjudged_candidate_is_a_doubt_about_a_spec_that_was_not_launched():
    state = state_of(created(), apply_started(), started(), resolved("absent"))
    found = doubts(state, live("S-1"))
    assert (found.twice, found.unjudged) == ((), ("btc",))
    assert found.sentences == ("btc may run already, as S-1: judge it",)


def test_a_proved_second_strategy_is_a_doubt_without_find():
    state = state_of(created(), apply_started(), started(), resolved("adopted", strategyId="S-2"), succeeded("S-1"))
    found = doubts(state, None)
    assert found.twice == ("btc",)
    assert "S-1 was launched by attempt a-1" in found.sentences[0]


def test_nothing_is_in_doubt_in_an_empty_state():
    found = doubts(State(), live("X"))
    assert (found.twice, found.unjudged, found.sentences) == ((), (), ())


def test_strangers_are_what_the_ledger_does_not_know():
    state = state_of(created(), apply_started(), started(), succeeded("S-1"))
    assert ids(unmanaged(state, Sight.of(live("X", "S-1", "A"), environment()))) == ["A", "X"]
    assert unmanaged(state, Sight()) is None
