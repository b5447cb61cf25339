"""A lock that lives by its holder's heartbeat: held while it beats, broken when it is silent, never in a run's way."""

import threading
from contextlib import ExitStack

import pytest
from builders_lock import ANN, BOB, MemoryCell, SharedSystem
from fakes import FakeSystem

from volvenctl.adapters.heartbeat_lock import BEAT_S, SILENCE_S, HeartbeatLock
from volvenctl.errors import Exit, LockHeldError, StorageError


@pytest.fixture
def cell():
    return MemoryCell()


@pytest.fixture
def system():
    return FakeSystem()


@pytest.fixture
def ann(cell, system):
    return HeartbeatLock(cell, "memory", system)


@pytest.fixture
def bob(cell, system):
    return HeartbeatLock(cell, "memory", SharedSystem(system))


def bob_on(cell, machine, lock_timeout_s=0):
    return HeartbeatLock(cell, "memory", machine, lock_timeout_s)


def test_a_free_lock_is_held_and_given_back(cell, ann):
    with ann.hold("apply", ANN):
        assert cell.text is not None
        assert ann.broken() is None
    assert cell.text is None


def test_who_holds_it_is_told_to_readers(ann, bob):
    assert bob.holder() is None
    with ann.hold("apply", ANN):
        assert bob.holder() == {"operation": "apply", "since": "2026-01-02T03:04:05.678Z", "actor": ANN}
    assert bob.holder() is None


def test_a_second_writer_is_told_who_where_and_since_when(ann, bob):
    with ann.hold("apply", ANN), pytest.raises(LockHeldError) as caught, bob.hold("apply", BOB):
        pass
    assert caught.value.exit == Exit.LOCKED
    assert caught.value.message == (
        "the state is locked (memory): apply by ann@desk-1 pid 7 since 2026-01-02T03:04:05.678Z"
    )
    assert "state unlock --force" in caught.value.hint


def test_a_waiting_writer_gets_the_lock_once_it_is_free(cell, ann, system):
    machine = SharedSystem(system)
    with ExitStack() as held:
        held.enter_context(ann.hold("apply", ANN))
        machine.while_asleep = held.close
        with bob_on(cell, machine, 30).hold("apply", BOB):
            assert ann.holder()["actor"] == BOB


def test_waiting_for_a_living_holder_ends_at_the_time_out(cell, ann, system):
    began = system.clock()
    with ann.hold("apply", ANN):
        machine = SharedSystem(system)
        machine.while_asleep = ann.beat
        with pytest.raises(LockHeldError), bob_on(cell, machine, 30).hold("apply", BOB):
            pass
    assert system.clock() - began == 30


def test_a_lock_silent_for_a_minute_is_broken_and_its_holder_reported(ann, bob, system):
    with ann.hold("apply", ANN):
        system.sleep(SILENCE_S + 1)
        assert bob.holder() is None
        with bob.hold("apply", BOB):
            assert bob.broken() == {
                "id": "id-0001",
                "operation": "apply",
                "since": "2026-01-02T03:04:05.678Z",
                "actor": ANN,
                "beatAt": "2026-01-02T03:04:05.678Z",
            }
            assert ann.holder()["actor"] == BOB
        assert bob.broken() is None


def test_a_lock_silent_for_less_than_a_minute_is_respected(ann, bob, system):
    with ann.hold("apply", ANN):
        system.sleep(SILENCE_S - 1)
        with pytest.raises(LockHeldError), bob.hold("apply", BOB):
            pass


def test_a_beat_keeps_the_lock(ann, bob, system):
    with ann.hold("apply", ANN):
        for _ in range(10):
            system.sleep(BEAT_S)
            ann.beat()
        with pytest.raises(LockHeldError, match="ann"), bob.hold("apply", BOB):
            pass


@pytest.mark.parametrize("ahead_s", [3600, -3600])
def test_a_living_holder_keeps_its_lock_however_far_the_clocks_differ(cell, ann, system, ahead_s):
    machine = SharedSystem(system, ahead_s=ahead_s)
    machine.while_asleep = lambda: system.clock() % BEAT_S or ann.beat()
    with ann.hold("apply", ANN), pytest.raises(LockHeldError, match="ann"), bob_on(cell, machine).hold("x", BOB):
        pass


@pytest.mark.parametrize("ahead_s", [3600, -3600])
def test_a_dead_holder_loses_its_lock_however_far_the_clocks_differ(cell, ann, system, ahead_s):
    bob = bob_on(cell, SharedSystem(system, ahead_s=ahead_s))
    with ann.hold("apply", ANN):
        began = system.clock()
        with bob.hold("apply", BOB):
            assert bob.broken()["actor"] == ANN
            assert system.clock() - began <= SILENCE_S


def test_a_waiting_writer_breaks_the_lock_of_a_holder_that_dies_meanwhile(cell, ann, system):
    machine = SharedSystem(system)
    bob = bob_on(cell, machine, 300)
    with ann.hold("apply", ANN):
        machine.while_asleep = lambda: system.clock() == 1020 and ann.beat()
        with bob.hold("apply", BOB):
            assert bob.broken()["actor"] == ANN
            assert system.clock() == 1020 + SILENCE_S


def test_whose_lock_was_broken_does_not_take_it_back(ann, bob, system):
    with ann.hold("apply", ANN):
        system.sleep(SILENCE_S + 1)
        with bob.hold("apply", BOB):
            ann.beat()
            ann.beat()
            assert ann.holder()["actor"] == BOB
    assert ann.holder() is None


def test_who_lost_the_lock_does_not_free_the_next_holders(cell, ann, bob, system):
    with ExitStack() as held:
        held.enter_context(ann.hold("apply", ANN))
        system.sleep(SILENCE_S + 1)
        with bob.hold("apply", BOB):
            held.close()
            assert ann.holder()["actor"] == BOB


def test_a_failing_heartbeat_does_not_end_the_run(cell, ann):
    with ann.hold("apply", ANN):
        cell.is_down = True
        ann.beat()
        cell.is_down = False
        ann.beat()
        assert ann.holder()["actor"] == ANN
    assert cell.text is None


def test_a_storage_that_fails_at_the_end_leaves_a_lock_that_falls_silent(cell, ann, bob, system):
    with ann.hold("apply", ANN):
        cell.is_down = True
    cell.is_down = False
    system.sleep(SILENCE_S + 1)
    with bob.hold("apply", BOB):
        assert bob.broken()["actor"] == ANN


def test_a_storage_that_fails_at_the_start_is_an_error(cell, ann):
    cell.is_down = True
    with pytest.raises(StorageError, match="down"), ann.hold("apply", ANN):
        pass


@pytest.mark.parametrize("fault", ["lose_answers", "says_conflict"])
def test_a_lost_answer_is_no_lost_lock(cell, ann, fault):
    setattr(cell, fault, True)
    with ann.hold("apply", ANN):
        ann.beat()
        ann.beat()
        assert ann.holder()["actor"] == ANN
    assert cell.text is None


def test_a_cell_that_takes_nothing_is_an_error_in_the_end(cell, ann):
    cell.put = lambda version, document: None
    with pytest.raises(LockHeldError, match="somebody"), ann.hold("apply", ANN):
        pass


def test_an_error_under_the_lock_passes_through_and_frees_it(cell, ann):
    with pytest.raises(OSError, match="not the lock's"), ann.hold("apply", ANN):
        raise OSError("not the lock's")
    assert cell.text is None


def test_a_person_may_take_the_lock_from_a_living_holder(ann, bob):
    with ann.hold("apply", ANN):
        bob.break_lock()
        with bob.hold("state unlock", BOB):
            assert bob.broken()["actor"] == ANN


def test_breaking_a_free_lock_does_nothing(ann):
    ann.break_lock()
    assert ann.broken() is None


@pytest.mark.parametrize(
    "text", ["{}", '{"beatAt":"soon","id":1.5}', '{"beatAt":7}', '{"actor":"x","n":99999999999999999}']
)
def test_a_lock_that_nobody_can_read_is_shown_as_none_and_broken_in_the_end(cell, ann, text):
    cell.text = text
    assert ann.holder() is None
    with ann.hold("apply", ANN):
        assert ann.broken() is not None


def test_the_heart_beats_only_while_the_lock_is_held(ann):
    with ann.hold("apply", ANN):
        assert "volvenctl-heartbeat" in {thread.name for thread in threading.enumerate()}
    assert "volvenctl-heartbeat" not in {thread.name for thread in threading.enumerate()}
    ann.beat()
    assert ann.holder() is None
