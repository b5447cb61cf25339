"""The first signal asks to stop, its echo is nothing new, a later one ends the process."""

import os
import signal
import subprocess
import sys

import pytest

from volvenctl.errors import Exit
from volvenctl.pipeline.interrupts import GRACE_S, Interrupts


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ended():
    """Let a signal that would end the process be noted instead."""
    seen = []
    before = signal.signal(signal.SIGTERM, lambda *_: seen.append("outer"))
    yield seen
    signal.signal(signal.SIGTERM, before)


def test_the_first_signal_gives_what_is_in_flight_its_grace(clock, ended):
    asked = []
    with Interrupts(asked.append, clock) as interrupts:
        os.kill(os.getpid(), signal.SIGTERM)
    assert (asked, interrupts.exits, ended) == ([GRACE_S], {Exit.TERMINATED}, [])


def test_an_echo_of_the_signal_is_not_a_second_one(clock, ended):
    asked = []
    with Interrupts(asked.append, clock) as interrupts:
        os.kill(os.getpid(), signal.SIGTERM)
        clock.seconds = 0.9
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    assert (asked, interrupts.exits) == ([GRACE_S], {Exit.TERMINATED})


LATE = """
import os, signal
from volvenctl.pipeline.interrupts import Interrupts
moments = iter([0.0, 2.0])
with Interrupts(lambda _: None, lambda: next(moments)):
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_later_second_signal_ends_the_process():
    ended = subprocess.run([sys.executable, "-c", LATE], check=False, timeout=60)
    assert ended.returncode == -signal.SIGTERM


def test_the_signals_are_given_back(clock):
    before = signal.getsignal(signal.SIGINT)
    with Interrupts(lambda _: None, clock):
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before
