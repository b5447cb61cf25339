"""The life of a strategy, from record to record."""

from builders_ledger import apply_started, created, records_of, reported, started, succeeded

from volvenctl.core.spans import spans_of
from volvenctl.model.record import Draft

LAUNCH = (created(), apply_started(), started("btc", "a-1"), succeeded("S-1", "btc", "a-1"))


def told(*drafts):
    return [
        (span.name, span.strategy_id, span.run_state, span.begin.seq, span.end and span.end.seq)
        for span in spans_of(records_of(*drafts))
    ]


def asked(action, attempt):
    return started("btc", attempt, action=action, strategyId="S-1")


def test_a_launch_that_is_not_proved_is_no_life():
    assert told(*LAUNCH[:3]) == []


def test_what_was_launched_and_never_ended_is_still_so():
    assert told(*LAUNCH) == [("btc", "S-1", "running", 4, None)]


def test_a_pause_is_unknown_until_it_is_accepted():
    paused = Draft("action.accepted", {"name": "btc", "attemptId": "a-2", "strategyId": "S-1", "runState": "paused"})
    assert told(*LAUNCH, asked("pause", "a-2"), paused) == [
        ("btc", "S-1", "running", 4, 5),
        ("btc", "S-1", "unknown", 5, 6),
        ("btc", "S-1", "paused", 6, None),
    ]


def test_a_halt_ends_what_it_stopped_and_nothing_else():
    more = (started("eth", "a-2"), succeeded("S-2", "eth", "a-2"))
    assert told(*LAUNCH, *more, Draft("halt", {"stopped": ["S-1"], "failed": []})) == [
        ("btc", "S-1", "running", 4, 7),
        ("eth", "S-2", "running", 6, None),
        ("btc", "S-1", "stopped", 7, None),
    ]


def test_a_rename_ends_one_name_and_begins_the_other():
    renamed = Draft("strategy.renamed", {"name": "new", "was": "btc", "strategyId": "S-1"})
    assert told(*LAUNCH, renamed) == [("btc", "S-1", "running", 4, 5), ("new", "S-1", "running", 5, None)]


def test_what_is_released_is_ours_no_more():
    released = Draft("strategy.released", {"name": "btc", "strategyId": "S-1"})
    assert told(*LAUNCH, released, reported("refused", "btc", "a-9")) == [("btc", "S-1", "running", 4, 5)]
