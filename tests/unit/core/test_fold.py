"""Every change of the state there is."""

import pytest
from builders_ledger import (
    FACTS,
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

from volvenctl.core.fold import Fold, fold, fold_all
from volvenctl.errors import LedgerError
from volvenctl.model.record import Draft
from volvenctl.model.state import State


def test_a_new_ledger_gives_lineage_and_environment():
    state = state_of(created())
    assert (state.lineage, state.environment, state.head.seq) == ("L-1", "sandbox", 1)


def test_an_announced_attempt_is_open_and_blocks_its_spec():
    state = state_of(created(), apply_started(), started())
    assert state.open_attempt_of("btc").id == "a-1"
    assert state.open_attempt_of("eth") is None
    assert state.strategies == {}


def test_success_closes_the_attempt_and_keeps_what_was_sent():
    state = state_of(created(), apply_started(), started(), succeeded("S-1"))
    assert state.attempts == {}
    assert state.strategies["btc"].strategy_id == "S-1"
    assert state.strategies["btc"].facts == FACTS
    assert state.known_ids == {"S-1"}


@pytest.mark.parametrize("word", ["refused", "not-sent"])
def test_a_certain_failure_closes_the_attempt_and_launches_nothing(word):
    state = state_of(created(), apply_started(), started(), reported(word))
    assert (state.attempts, state.strategies) == ({}, {})


def test_an_unknown_outcome_keeps_the_attempt_open_with_its_reason():
    state = state_of(created(), apply_started(), started(), reported("unknown", reason="no answer"))
    assert state.attempts["a-1"].reason == "no answer"


def test_an_adopted_strategy_is_launched_under_its_spec():
    state = state_of(created(), apply_started(), started(), resolved("adopted", strategyId="S-9"))
    assert state.strategies["btc"].strategy_id == "S-9"
    assert state.attempts == {}


def test_an_absent_attempt_is_remembered_with_its_snapshot():
    state = state_of(created(), apply_started("S-0"), started(), resolved("absent"), apply_started("S-0", "S-5"))
    assert state.attempts == {}
    assert state.absent["a-1"].name == "btc"
    assert state.snapshots == {2: {"S-0"}, 5: {"S-0", "S-5"}}


def test_a_late_success_of_an_absent_attempt_is_launched_if_nothing_else_was():
    state = state_of(created(), apply_started(), started(), resolved("absent"), succeeded("S-1"))
    assert state.strategies["btc"].strategy_id == "S-1"
    assert state.absent == {}


def test_a_late_success_beside_a_second_launch_proves_two_strategies_until_a_person_decides():
    state = state_of(
        created(),
        apply_started(),
        started(),
        resolved("absent"),
        apply_started(),
        started(attempt="a-2", apply=5),
        succeeded("S-2", attempt="a-2"),
        succeeded("S-1"),
    )
    assert state.strategies["btc"].strategy_id == "S-2"
    assert {key: item.name for key, item in state.doubles.items()} == {"S-1": "btc"}
    assert state.absent == {}


def test_a_proved_second_strategy_is_settled_by_declaring_it_foreign():
    state = state_of(
        created(),
        apply_started(),
        started(),
        resolved("adopted", strategyId="S-2"),
        succeeded("S-1"),
        resolved("foreign", strategyId="S-1"),
    )
    assert state.strategies["btc"].strategy_id == "S-2"
    assert (state.doubles, state.known_ids) == ({}, {"S-1", "S-2"})


def test_a_foreign_id_is_known_and_nobodys():
    state = state_of(created(), apply_started(), started(), resolved("absent"), resolved("foreign", strategyId="S-7"))
    assert state.known_ids == {"S-7"}
    assert state.strategies == {}


@pytest.mark.parametrize(
    "report",
    [
        succeeded("S-1"),
        reported("refused"),
        reported("not-sent"),
        reported("unknown", reason="x"),
        resolved("absent"),
        resolved("adopted", strategyId="S-1"),
        reported("unknown", attempt="a-9", reason="x"),
    ],
)
def test_a_report_that_was_stored_twice_changes_nothing_more(report):
    once = state_of(created(), apply_started(), started(), report)
    twice = state_of(created(), apply_started(), started(), report, report)
    assert (once.strategies, once.attempts, once.absent) == (twice.strategies, twice.attempts, twice.absent)


def test_snapshots_that_nobody_needs_are_forgotten():
    state = state_of(created(), apply_started("A"), apply_started("B"), apply_started_blind())
    assert state.snapshots == {4: None}


def test_the_commit_of_the_last_apply_that_did_everything_is_kept():
    def finished(**facts):
        return Draft("apply.finished", {"planHash": "h", "exit": 0, "whole": True, "counts": {}, **facts})

    others = (finished(), finished(commit="def", exit=7), finished(commit="def", whole=False))
    assert state_of(created(), finished(commit="abc"), *others).applied_commit == "abc"


def test_a_record_that_does_not_continue_the_chain_is_refused():
    first, second, third = records_of(created(), apply_started(), started())
    with pytest.raises(LedgerError, match="damaged at seq 3"):
        fold_all([first, third])
    with pytest.raises(LedgerError, match="damaged at seq 2"):
        fold(State(), second)


def test_a_record_of_an_unknown_type_is_refused_since_it_may_mean_a_launch():
    with pytest.raises(LedgerError, match="unknown to this version"):
        state_of(created(), Draft("strategy.cloned", {}))


def test_a_newer_ledger_format_is_refused():
    with pytest.raises(LedgerError, match="format version 2"):
        state_of(created(formatVersion=2))


@pytest.mark.parametrize("draft", [Draft("attempt.started", {"name": "x"}), Draft("attempt.succeeded", {"name": 5})])
def test_a_record_without_what_its_type_needs_is_damage(draft):
    with pytest.raises(LedgerError, match="damaged at seq 2"):
        state_of(created(), draft)


def test_an_attempt_that_no_snapshot_was_kept_for_can_be_closed():
    state = state_of(created(), started(apply=1), reported("refused"))
    assert (dict(state.attempts), dict(state.snapshots)) == ({}, {})


def test_what_is_managed_can_be_looked_at_between_two_records():
    folded = Fold()
    seen = []
    for record in records_of(created(), apply_started(), started(), succeeded("S-1")):
        folded.add(record)
        seen.append(list(folded.strategies))
    assert seen == [[], [], [], ["btc"]]
    assert folded.strategies == folded.state.strategies
