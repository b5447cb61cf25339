"""The real apply in a world that fails at every step: what must never happen does not.

`tests/simulation/deep.py` looks longer. A failure prints `replay(...)`, which repeats it.
"""

from dataclasses import replace

import pytest
from builders_world import run_apply, world_of
from fakes import MemoryLedger
from simulation.dicing import roll
from simulation.ends import check_end, check_plan
from simulation.invariants import Violation
from simulation.scene import replay
from simulation.search import Search, explore
from simulation.session import PAUSE_S
from simulation.variants import VARIANTS

from volvenctl.pipeline.resolve import declare_absent


def test_without_faults_each_spec_is_launched_once_and_a_second_apply_sends_nothing():
    scene, codes = replay(((), ()))

    assert codes == [0, 0]
    assert [item.spec for item in scene.market.running] == ["btc", "eth"]
    assert [item.type for item in scene.disk.records].count("attempt.started") == 2


def test_no_two_faults_in_three_runs_launch_twice_or_lose_an_id():
    tally = explore(faults=2)

    assert tally.cases > 5_000
    assert {None, 0, 1, 4, 6, 7, 8, 9} <= set(tally.codes), "some way to end was never taken"


def test_after_any_fault_a_plan_tells_the_truth_and_a_person_can_put_everything_right():
    search = Search(faults=1)
    for _ in range(3):
        search.next_run()
        for scene, _path in search.scenes():
            check_plan(scene)
            check_end(scene)


def test_many_faults_at_once_by_chance():
    assert sum(roll(seed, faults=6, runs=4) for seed in range(60)) > 150


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_simulation_catches(variant):
    """Each variant breaks one rule behind the ports: see its class for which."""
    rule, wiring = VARIANTS[variant]

    with pytest.raises(Violation, match=rf"^{rule}: "):
        explore(faults=1, wiring=wiring)


def test_a_violation_names_the_choices_that_repeat_it():
    _, wiring = VARIANTS["a time-out counts as not sent"]
    with pytest.raises(Violation) as caught:
        explore(faults=1, wiring=wiring)

    choices, _ = eval(str(caught.value).partition("replay")[2])  # noqa: S307 - our own text
    with pytest.raises(Violation, match=r"^I2: S-1 of btc runs"):
        replay(choices, wiring=wiring)


class BrokenInto(MemoryLedger):
    """Its lock is broken, and another run comes and goes, just before the state file is first replaced."""

    def __init__(self, other):
        super().__init__()
        self.others = [other]

    def write_state(self, document):
        if self.others:
            self.held = None
            run_apply(replace(self.others.pop(), ledger=self))
        super().write_state(document)


def test_a_resumed_run_does_not_replace_a_newer_state_file_by_an_older_one():
    first, second = world_of("btc"), world_of("btc", "eth")
    ledger = BrokenInto(replace(second, platform=first.platform))

    run_apply(replace(first, ledger=ledger))

    assert ledger.read_state()["serial"] == len(ledger.records)


def test_a_spec_is_not_launched_again_while_a_late_candidate_of_it_is_shown():
    world = world_of("btc")
    world.platform.script, world.platform.hidden = ["timeout"], {"S-1"}
    run_apply(world)
    world.system.seconds += PAUSE_S
    declare_absent(world, "btc", "not there", looked=False)
    world.platform.hidden = set()

    run_apply(world)

    assert world.platform.created == ["S-1"]
