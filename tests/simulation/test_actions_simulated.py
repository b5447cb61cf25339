"""The real apply pauses, stops, starts and replaces in a world that fails at every step.

Never do two strategies of one spec run, and nothing is stopped that git did not want stopped.
"""

import pytest
from builders_lifecycle import launched_world, state_in, write_spec
from builders_world import run_apply
from simulation.dicing import roll
from simulation.ends import check_end, check_plan
from simulation.invariants import Violation
from simulation.scene import replay
from simulation.search import Search, explore
from simulation.session import PAUSE_S
from simulation.story import STORIES
from simulation.variants_actions import ACTION_VARIANTS

from volvenctl.pipeline.resolve import adopt, declare_absent


def types_and_actions(scene):
    kinds = {"attempt.started", "attempt.succeeded", "action.accepted"}
    return [(item.type, item.data.get("action")) for item in scene.disk.records if item.type in kinds]


def test_without_faults_each_run_state_is_asked_for_once():
    scene, codes = replay(((), (), (), ()), "run states")

    assert codes == [0, 0, 0, 0]
    asked = [action for kind, action in types_and_actions(scene) if kind == "attempt.started"]
    assert asked == ["create", "pause", "stop", "start"]
    assert [item.state for item in scene.market.running] == ["running"]


def test_without_faults_a_replace_stops_once_and_launches_once():
    scene, codes = replay(((), (), ()), "replaced twice")

    assert codes == [0, 0, 0]
    found = [(item.size, item.state) for item in scene.market.running]
    assert found == [(1, "stopped"), (2, "stopped"), (3, "running")]


@pytest.mark.parametrize("story", ["replace", "run states"])
def test_no_two_faults_in_two_runs_stop_or_launch_what_nobody_asked_for(story):
    tally = explore(faults=2, runs=2, story=story)

    assert tally.cases > 4_000
    assert {None, 0, 1, 4, 6, 7} <= set(tally.codes), "some way to end was never taken"


@pytest.mark.parametrize("story", [item for item in STORIES if item != "launches"])
def test_after_any_fault_every_strategy_comes_to_be_as_git_wants_it(story):
    search = Search(faults=1, story=story)
    for _ in range(2):
        search.next_run()
        for scene, _path in search.scenes():
            check_plan(scene)
            check_end(scene)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_many_faults_at_once_by_chance_in_every_story(story):
    assert sum(roll(seed, faults=6, runs=4, story=story) for seed in range(12)) > 30


@pytest.mark.parametrize("variant", ACTION_VARIANTS)
def test_the_simulation_catches(variant):
    """Each variant breaks one rule behind the ports: see its class for which."""
    rule, story, wiring = ACTION_VARIANTS[variant]

    with pytest.raises(Violation, match=rf"^{rule}: "):
        explore(faults=1, story=story, wiring=wiring)


class TestALateSuccessor:
    """The launch of a replace timed out and was declared absent; then its strategy turned up."""

    @pytest.fixture
    def world(self):
        world = launched_world("btc")
        write_spec(world, "btc", "onChange: replace", size="0.2")
        world.platform.script, world.platform.hidden = ["ok", "timeout"], {"S-2"}
        run_apply(world)
        world.system.seconds += PAUSE_S
        declare_absent(world, "btc", "not there", looked=False)
        world.platform.hidden = set()
        return world

    def test_keeps_another_one_from_being_launched(self, world):
        assert run_apply(world).exit == 4
        assert world.platform.created == ["S-1", "S-2"]

    def test_can_be_adopted_after_all(self, world):
        adopt(world, "btc", "S-2", "it came late")
        assert (run_apply(world).exit, state_in(world).strategies["btc"].strategy_id) == (0, "S-2")
