"""One line of truth for each strategy."""

import pytest
from builders_world import run_apply, spec_text, world_of

from volvenctl.errors import UsageError
from volvenctl.pipeline import offers
from volvenctl.pipeline.status import status


def summaries(world, *names):
    return {row.name: row.summary for row in status(world, names).rows}


def test_everything_launched_as_written_is_live_and_complete():
    world = world_of("btc")
    run_apply(world)
    found = status(world, ())
    [row] = found.rows
    assert (row.summary, row.strategy_id, row.live.id) == ("live", "S-1", "S-1")
    assert row.notional == {"amount": "9500.0", "currency": "USDT"}
    assert found.complete
    assert found.unmanaged == ()


def test_each_odd_state_has_its_word():
    world = world_of("edited", "gone", "orphan", "invalid", "unknown")
    world.platform.script = ["ok", "ok", "ok", "ok", "timeout"]
    run_apply(world)
    del world.specs.files["strategies/orphan.yaml"]
    world.specs.files |= {
        "strategies/edited.yaml": spec_text("edited", size="0.2"),
        "strategies/invalid.yaml": spec_text("invalid", size="0.00001"),
        "strategies/new.yaml": spec_text("new"),
        "strategies/bad.yaml": spec_text("bad", size="0.0001"),
        "strategies/idle.yaml": spec_text("idle", extra="lifecycle: {runState: stopped}\n"),
    }
    world.platform.hidden = {"S-2"}
    assert summaries(world) == {
        "edited": "edited",
        "gone": "gone",
        "bad": "invalid",
        "invalid": "invalid",
        "new": "not launched",
        "idle": "nothing to launch",
        "orphan": "orphaned",
        "unknown": "unknown outcome",
    }
    found = status(world, ())
    assert not found.complete
    assert [item.code for item in found.problems] == ["size-minimum", "size-step"] * 2
    assert [item.name for item in found.drift] == ["gone"]
    assert [item.id for item in found.unmanaged] == ["S-5"]


def test_what_git_wants_stopped_and_never_launched_is_as_it_should_be():
    world = world_of()
    world.specs.files["strategies/idle.yaml"] = spec_text("idle", extra="lifecycle: {runState: stopped}\n")
    assert status(world, ()).complete


def test_names_choose_and_unknown_ones_are_wrong_usage():
    world = world_of("btc", "eth")
    assert summaries(world, "btc") == {"btc": "not launched"}
    with pytest.raises(UsageError, match="'sol'"):
        status(world, ("sol",))


def test_the_holder_of_the_lock_is_shown():
    world = world_of("btc")
    with world.ledger.lock("apply", {"user": "bob"}):
        assert status(world, ()).holder["actor"] == {"user": "bob"}


def test_products_are_searched_in_code_name_and_currencies():
    world = world_of()
    assert [item.code for item in offers.products(world, None, "PERPETUAL")] == ["btcusdt_f"]
    assert [item.code for item in offers.products(world, "BYB", "usdt")] == ["btcusdt_f"]
    assert offers.products(world, "BIN", None) == ()
    assert offers.products(world, None, "doge") == ()


def test_accounts_are_listed_by_id():
    assert [item.id for item in offers.accounts(world_of())] == ["99998"]
