"""How everything ends well: whatever happened, a person who looks and two more runs put it right."""

from dataclasses import replace

from simulation.chance import Chance
from simulation.session import Session

from volvenctl.errors import Exit
from volvenctl.model.plan import Create, Replace, Selection
from volvenctl.pipeline.plan import plan


class ReadOnly:
    """A store that fails the test when it is written to."""

    def __init__(self, disk):
        self._disk = disk

    def read(self, after):
        return self._disk.records[after:]

    def read_state(self):
        return self._disk.state

    def holder(self):
        return None


def check_plan(scene):
    """A plan writes nothing, and launches nothing that runs already or may run."""
    made = _planned(scene)
    planned = {item.name: None for item in made.actions if isinstance(item, Create)}
    planned |= {item.name: item.strategy_id for item in made.actions if isinstance(item, Replace)}
    absent = {item.data["attemptId"] for item in scene.disk.records if item.data.get("resolution") == "absent"}
    again = {
        item.spec
        for item in scene.market.running
        if item.is_live and item.attempt not in absent and item.spec in planned and planned[item.spec] != item.id
    }
    scene.invariants.require("I10", not again, f"the plan launches {again} again")


def check_end(scene):
    """Nothing is stuck: what is open can be resolved, and then each spec is at the platform as git wants it."""
    scene = scene.rested()
    scene.market.settle()
    scene.market.running = [replace(item, due=0) for item in scene.market.running]
    scene.resolve_all(Chance(), "p")
    scene.judge_all(Chance(), "q")
    scene.invariants.at_rest()
    codes = []
    for number in ("w", "x", "y", "z") if scene.story.is_saved else ("y", "z"):
        scene = scene.rested()
        codes.append(scene.run(Chance(), number))
    twice = {item.spec for item in scene.market.running if item.spec and len(scene.market.of_spec(item.spec)) > 1}
    if twice:
        scene.invariants.require("I1", codes[-1] == Exit.DUPLICATE, f"{twice} run twice, exit {codes[-1]}")
        return
    for wanted in scene.git:
        _check_wanted(scene, wanted, codes)
    fine = {Exit.OK, Exit.DUPLICATE} | ({Exit.STALE} if scene.story.is_saved else set())
    scene.invariants.require("I8", codes[-1] in fine, f"it never ends well: exit {codes}")


def _check_wanted(scene, wanted, codes):
    """What runs is what git wants; or it ended without us, and the plan says so.

    Where `find` says nothing, what the platform took counts: that it forgot it, nobody can know.
    """
    mine = [item for item in scene.market.running if item.spec == wanted.name]
    states = [(item.state if scene.story.words else item.told, item) for item in mine]
    live = [(state, item.size) for state, item in states if state != "stopped"]
    expected = [] if wanted.run_state == "stopped" else [(wanted.run_state, wanted.size)]
    if live == expected:
        return
    made = _planned(scene)
    said = {(item.name, item.kind) for item in made.drift}
    rule, fault = "I2", f"{wanted} is {live} for good, exit {codes}"
    scene.invariants.require(rule, not live and (wanted.name, "stopped") in said, fault)


def _planned(scene):
    world = replace(scene.world(Session(scene, Chance(), "plan", is_guest=True)), ledger=ReadOnly(scene.disk))
    return plan(world, Selection())
