"""How everything ends well: whatever happened, a person who looks and two more runs put it right."""

from dataclasses import replace

from simulation.chance import Chance
from simulation.session import Session

from volvenctl.errors import Exit
from volvenctl.model.plan import Create, Selection
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
    world = replace(scene.world(Session(scene, Chance(), "plan", is_guest=True)), ledger=ReadOnly(scene.disk))
    made = plan(world, Selection())
    planned = {item.name for item in made.actions if isinstance(item, Create)}
    absent = {item.data["attemptId"] for item in scene.disk.records if item.data.get("resolution") == "absent"}
    running = {item.spec for item in scene.market.running if item.attempt not in absent}
    scene.invariants.require("I10", not planned & running, f"the plan launches {planned & running} again")


def check_end(scene):
    """Nothing is stuck: what is open can be resolved, and then each spec runs exactly once."""
    scene = scene.rested()
    scene.market.running = [replace(item, due=0) for item in scene.market.running]
    scene.resolve_all(Chance(), "p")
    scene.judge_all(Chance(), "q")
    scene.invariants.at_rest()
    codes = []
    for number in ("y", "z"):
        scene = scene.rested()
        codes.append(scene.run(Chance(), number))
    twice = {item.spec for item in scene.market.running if item.spec and len(scene.market.of_spec(item.spec)) > 1}
    if twice:
        scene.invariants.require("I1", codes[-1] == Exit.DUPLICATE, f"{twice} run twice, exit {codes[-1]}")
        return
    missing = [name for name in scene.names if len(scene.market.of_spec(name)) != 1]
    scene.invariants.require("I2", not missing, f"{missing} cannot be launched any more, exit {codes}")
    scene.invariants.require("I8", codes[-1] in {Exit.OK, Exit.DUPLICATE}, f"it never ends well: exit {codes}")
