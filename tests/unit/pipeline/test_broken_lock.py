"""A lock that was broken is recorded by the run that broke it."""

import pytest
from builders_world import run_apply, world_of

from volvenctl.errors import LockHeldError
from volvenctl.pipeline import state
from volvenctl.pipeline.opening import open_for_writing

DEAD = {
    "id": "id-9",
    "operation": "apply",
    "since": "2026-01-02T03:04:05.678Z",
    "beatAt": "2026-01-02T03:05:05.678Z",
    "actor": {"user": "bob", "host": "runner-2", "pid": 9},
}
TEXT = "the lock of bob@runner-2 (apply since 2026-01-02T03:04:05.678Z) was broken"


@pytest.fixture
def world():
    world = world_of("btc")
    run_apply(world)
    return world


def types_of(world):
    return [record.type for record in world.ledger.records]


def test_a_broken_lock_is_recorded_with_its_holder(world):
    world.ledger.broken = DEAD
    with world.ledger.lock("apply", {}):
        opened = open_for_writing(world)
    last = world.ledger.records[-1]
    assert (last.type, last.data) == ("lock.broken", {"holder": DEAD})
    assert opened.records == tuple(world.ledger.records)
    assert opened.state.head.seq == last.seq
    assert opened.notices == (TEXT,)


def test_nothing_is_recorded_where_no_lock_was_broken(world):
    before = types_of(world)
    with world.ledger.lock("apply", {}):
        assert open_for_writing(world).notices == ()
    assert types_of(world) == before


def test_a_ledger_never_begins_with_a_broken_lock():
    world = world_of("btc")
    world.ledger.broken = DEAD
    run_apply(world)
    assert types_of(world)[0] == "ledger.created"
    assert "lock.broken" not in types_of(world)


def test_unlock_leaves_a_living_holder_alone(world):
    world.ledger.held = DEAD
    with pytest.raises(LockHeldError, match="bob"):
        state.unlock(world)
    assert world.ledger.held == DEAD


def test_unlock_by_force_takes_the_lock_and_records_it(world):
    world.ledger.held = DEAD
    assert state.unlock(world, force=True) == f"In environment sandbox, {TEXT}."
    assert world.ledger.held is None
    assert world.ledger.records[-1].data == {"holder": DEAD}


def test_unlock_by_force_works_before_there_is_a_ledger():
    world = world_of("btc")
    world.ledger.held = DEAD
    assert TEXT in state.unlock(world, force=True)
    assert world.ledger.records == []


def test_unlock_records_a_lock_that_was_broken_for_its_silence(world):
    world.ledger.broken = DEAD
    assert TEXT in state.unlock(world)
    assert types_of(world)[-1] == "lock.broken"


def test_what_an_unreadable_lock_does_not_say_is_left_open(world):
    world.ledger.broken = {"actor": "x"}
    assert "somebody@an unknown host (a command since ?)" in state.unlock(world)
