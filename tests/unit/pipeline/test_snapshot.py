from dataclasses import replace
from types import SimpleNamespace

from builders_world import ACCOUNTS, PRODUCTS, make_plan_of, run_apply, with_environment, world_of
from fakes import FakePlatform

from volvenctl.errors import Exit, OfflineError
from volvenctl.model.plan import Plan
from volvenctl.pipeline.snapshot import snapshot


def test_a_snapshot_holds_all_products_of_the_exchanges_of_the_accounts():
    unused = replace(PRODUCTS[0], code="ethusdt_f")
    elsewhere = replace(PRODUCTS[0], exchange="OKX")
    world = replace(world_of("btc"), platform=FakePlatform(ACCOUNTS, (*PRODUCTS, unused, elsewhere)))
    taken = snapshot(world)
    assert (taken.environment, taken.taken_at) == ("sandbox", world.system.now())
    assert (taken.accounts, taken.products) == (ACCOUNTS, (*PRODUCTS, unused))


def test_without_accounts_there_are_no_products():
    assert snapshot(replace(world_of("btc"), platform=FakePlatform((), PRODUCTS))).products == ()


def offline(world):
    def find():
        raise OfflineError("made offline")

    platform = SimpleNamespace(accounts=world.platform.accounts, products=world.platform.products, find=find)
    return replace(world, platform=platform)


def test_an_offline_plan_says_so_and_compares_nothing_that_runs():
    made = make_plan_of(offline(world_of("btc")))
    assert isinstance(made, Plan)
    assert made.warnings == ("made offline",)
    assert made.unmanaged is None


def test_a_live_environment_that_has_a_ledger_can_be_planned_offline():
    world = world_of("btc")
    run_apply(world)
    assert isinstance(make_plan_of(offline(with_environment(world, live=True))), Plan)


def test_a_plan_made_offline_is_carried_out_where_the_platform_is_asked():
    world = world_of("btc")
    saved = make_plan_of(offline(world))
    report = run_apply(world, saved=saved)
    assert report.exit == Exit.OK
    assert world.platform.created == ["S-1"]
