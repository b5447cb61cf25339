"""What monitoring wants to know of an environment beside its status."""

from volvenctl.model.record import Record
from volvenctl.model.state import State
from volvenctl.pipeline.opening import open_for_reading
from volvenctl.ports import World

_FIRST_LOOK = 256
_WIDER = 8


def measure(world: World) -> tuple[State, Record | None]:
    """Return the state, and the newest `apply.finished`, if there is one.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    state = open_for_reading(world).state
    return state, _last_apply(world, state.head.seq)


def _last_apply(world: World, end: int) -> Record | None:
    """Look from the end on, further back each time: a long ledger is not read for what stands near its end."""
    width = _FIRST_LOOK
    while True:
        after = max(end - width, 0)
        found = [item for item in world.ledger.read(after) if item.type == "apply.finished"]
        if found or not after:
            return found[-1] if found else None
        width *= _WIDER
