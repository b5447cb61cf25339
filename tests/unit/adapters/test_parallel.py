"""Calls beside each other: results in order, threads used again, a hanging one left behind."""

import threading

import pytest

from volvenctl.adapters import parallel
from volvenctl.adapters.parallel import Lanes, results_of
from volvenctl.errors import PlatformError


def named_call(name, gate=None):
    def call():
        if gate is not None:
            gate.wait(10)
        return name

    return call


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_results_come_in_the_order_of_the_calls(threads):
    assert results_of([named_call(number) for number in range(20)], threads) == list(range(20))


def test_no_calls_have_no_results():
    assert results_of([], 6) == []


def test_as_many_calls_run_at_once_as_there_are_threads():
    meeting = threading.Barrier(3, timeout=10)
    assert len(results_of([meeting.wait] * 3, 3)) == 3


def test_the_first_error_in_the_order_of_the_calls_is_raised_after_all_have_ended():
    ended = []

    def fails(text):
        def call():
            ended.append(text)
            raise PlatformError(text)

        return call

    with pytest.raises(PlatformError, match="first"):
        results_of([named_call("fine"), fails("first"), fails("second")], 3)
    assert sorted(ended) == ["first", "second"]


class Job:
    """Work that says which thread it is on, and ends when it is let go."""

    def __init__(self):
        self.began, self.goes_on, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.thread = None

    def __call__(self):
        self.thread = threading.current_thread()
        self.began.set()
        self.goes_on.wait(10)
        self.ended.set()

    def finish(self):
        self.goes_on.set()
        assert self.ended.wait(10)


def started(lanes):
    job = Job()
    lanes.start(job)
    assert job.began.wait(10)
    return job


def idle(lanes):
    """Wait until a lane is free again."""
    pause = threading.Event()
    for _ in range(10_000):
        if lanes._idle:
            return
        pause.wait(0.001)
    raise AssertionError("no lane became free")


def test_work_runs_beside_the_caller_on_a_thread_that_keeps_no_program_alive():
    job = started(Lanes())
    assert job.thread is not threading.current_thread()
    assert job.thread.daemon
    job.finish()


def test_a_thread_whose_work_has_ended_is_used_again():
    lanes = Lanes()
    first = started(lanes)
    first.finish()
    idle(lanes)
    second = started(lanes)
    second.finish()
    assert second.thread is first.thread


def test_work_that_hangs_holds_up_nothing_else():
    lanes = Lanes()
    hanging = started(lanes)
    other = started(lanes)
    assert other.thread is not hanging.thread
    other.finish()
    hanging.finish()


def test_a_thread_that_waited_long_enough_for_work_ends(monkeypatch):
    monkeypatch.setattr(parallel, "_IDLE_S", 0.01)
    lanes = Lanes()
    job = started(lanes)
    job.finish()
    job.thread.join(10)
    assert not job.thread.is_alive()
    assert lanes._idle == []
    again = started(lanes)
    again.finish()


def test_without_a_thread_left_the_caller_is_told(monkeypatch):
    def no_thread(_self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", no_thread)
    with pytest.raises(RuntimeError):
        Lanes().start(lambda: None)
