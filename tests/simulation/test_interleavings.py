"""Two runs at once, in every order of their port calls: one create for each spec, nothing lost."""

from dataclasses import replace

import pytest
from simulation.interleave import Interleavings
from simulation.invariants import Violation


class WithoutCompareAndSwap(Interleavings):
    """Whoever writes last wins."""

    def _append(self, shared, expected, records):
        return super()._append(replace(shared, records=shared.records[:expected]), expected, records)


@pytest.mark.parametrize("names", [("btc",), ("btc", "eth")], ids=["one spec", "two specs"])
def test_of_two_runs_that_respect_the_lock_one_waits_its_turn_or_is_refused(names):
    found = Interleavings(names, is_lock_broken=False)

    assert found.count() > 20
    assert set(found.ends) == {(0, 0), (0, 6), (6, 0)}


@pytest.mark.parametrize(("names", "least"), [(("btc",), 500_000), (("btc", "eth"), 50_000_000)], ids=["one", "two"])
def test_two_runs_under_a_broken_lock_launch_each_spec_once_in_every_order(names, least):
    found = Interleavings(names, is_lock_broken=True)

    assert found.count() > least
    assert {code for codes in found.ends for code in codes} == {0, 4, 6}


def test_the_interleavings_catch_a_ledger_without_compare_and_swap():
    with pytest.raises((Violation, AssertionError)):
        WithoutCompareAndSwap(("btc",), is_lock_broken=True).count()
