import pytest
from builders_ledger import created, records_of
from builders_world import run_apply, types_in, world_of

from volvenctl.model.record import Draft
from volvenctl.pipeline.measure import measure


class Reads:
    """A ledger that remembers from where on it was read."""

    def __init__(self, real):
        self.real = real
        self.after = []

    def __getattr__(self, name):
        return getattr(self.real, name)

    def read(self, after):
        self.after.append(after)
        return self.real.read(after)


def long_world(*drafts):
    world = world_of()
    world.ledger.records = records_of(created(), *drafts)
    return world


def test_the_newest_end_of_an_apply_is_found():
    world = world_of("btc", "eth")
    run_apply(world)
    state, last = measure(world)
    assert types_in(world)[last.seq - 1] == "apply.finished"
    assert state.head.seq == last.seq


def test_without_any_apply_there_is_none():
    assert measure(world_of())[1] is None
    assert measure(long_world())[1] is None


@pytest.mark.parametrize("later", [0, 255, 256, 3000])
def test_however_long_ago_it_is_the_newest_end_is_found(later):
    ends = [Draft("apply.finished", {"exit": code}) for code in (1, 0)]
    world = long_world(*ends, *[Draft("plan.approved", {})] * later)
    assert measure(world)[1].data == {"exit": 0}


def test_a_long_ledger_is_read_from_its_end_only():
    world = long_world(*[Draft("plan.approved", {})] * 1000, Draft("apply.finished", {"exit": 0}))
    world.ledger.state = None
    ledger = Reads(world.ledger)
    object.__setattr__(world, "ledger", ledger)
    assert measure(world)[1].data == {"exit": 0}
    assert ledger.after[-1] == 1002 - 256
