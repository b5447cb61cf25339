"""A check-up looks at everything, goes on whatever fails, and changes nothing."""

from dataclasses import replace

import pytest
from builders_world import run_apply, with_environment, world_of

from volvenctl.errors import CredentialsError, Exit, LedgerError, PlatformError, StorageError
from volvenctl.model.project import ApiSettings
from volvenctl.pipeline.doctor import look_at_platform, look_at_state

CALLS = ("accounts", "products", "find")


def asked(world, skew_s=0.0):
    return {item.check: item for item in look_at_platform(world, lambda: skew_s)}


def seen(world):
    return {item.check: item for item in look_at_state(world)}


class Silent:
    """A platform of which each call fails as told, after a second."""

    def __init__(self, world, error):
        self.world = world
        self.error = error

    def _fail(self):
        self.world.system.seconds += 1
        raise self.error

    def accounts(self):
        self._fail()

    def products(self, _exchanges):
        self._fail()

    def find(self):
        self._fail()


def with_platform(world, make):
    return replace(world, platform=make(world))


def test_each_call_is_asked_and_timed():
    world = world_of("btc")
    found = asked(world)
    assert [found[call].verdict for call in CALLS] == ["ok", "ok", "ok"]
    assert [found[call].latency_ms for call in CALLS] == [0, 0, 0]
    assert found["accounts"].seen == "1 found"
    assert found["products"].seen == "1 found on BYB"
    assert found["find"].seen == "0 strategies"
    assert world.platform.sent == []


@pytest.mark.parametrize(
    ("error", "code"), [(PlatformError("no answer"), Exit.ERROR), (CredentialsError("401"), Exit.CREDENTIALS)]
)
def test_it_goes_on_after_each_failure(error, code):
    found = asked(with_platform(world_of("btc"), lambda world: Silent(world, error)), None)
    assert [found[call].verdict for call in CALLS] == ["fail", "fail", "fail"]
    assert {found[call].exit for call in CALLS} == {code}
    assert {found[call].latency_ms for call in CALLS} == {1000}
    assert found["clock"].verdict == "warn"
    assert "state words" not in found


@pytest.mark.parametrize(("live", "verdict", "code"), [(False, "warn", Exit.OK), (True, "fail", Exit.ERROR)])
def test_a_platform_without_find_is_in_the_way_of_a_live_environment_only(live, verdict, code):
    world = with_environment(world_of("btc"), live=live)
    world.platform.has_find = False
    found = asked(world)["find"]
    assert (found.verdict, found.exit) == (verdict, code)


def test_find_is_not_asked_where_the_project_says_there_is_none():
    world = world_of("btc")
    world = with_environment(world, api=replace(world.environment.api, find="none"))
    world.platform.has_find = False
    assert asked(world)["find"].seen == "not asked: api.find is none"


def test_the_clock_is_compared_and_the_sandbox_has_no_other():
    world = world_of("btc")
    assert asked(world, 400.0)["clock"].verdict == "fail"
    sandbox = with_environment(world, api=ApiSettings("sandbox:"))
    assert asked(sandbox, None)["clock"].verdict == "ok"


def test_an_empty_state_is_in_order_and_nothing_is_written():
    world = world_of("btc", commit="a" * 40)
    found = seen(world)
    assert list(found) == ["state", "lock", "attempts", "recovery", "git"]
    assert {item.verdict for item in found.values()} == {"ok"}
    assert (world.ledger.records, world.ledger.state) == ([], None)


def test_an_open_attempt_is_found_with_its_exit_code():
    world = world_of("btc")
    world.platform.script = ["timeout"]
    run_apply(world)
    assert (seen(world)["attempts"].verdict, seen(world)["attempts"].exit) == ("fail", Exit.UNKNOWN)
    with world.ledger.lock("apply", world.system.actor()):
        found = seen(world)
    assert (found["attempts"].verdict, found["lock"].verdict) == ("warn", "warn")


def test_a_live_environment_without_a_ledger_fails_and_the_rest_is_looked_at():
    found = seen(with_environment(world_of("btc"), live=True))
    assert found["state"].verdict == "fail"
    assert found["state"].next_step == "if this is its first use: volvenctl -e sandbox state init"
    assert list(found) == ["state", "lock", "recovery", "git"]


def test_recovery_files_are_named_and_one_that_cannot_be_read_is_no_end():
    world = world_of("btc")
    world.ledger.kept["recovery-1.json"] = {}
    assert seen(world)["recovery"].seen == "waiting: recovery-1.json"

    def broken():
        raise LedgerError("the recovery file is damaged")

    world.ledger.recoveries = broken
    assert seen(world)["recovery"].verdict == "fail"
    assert "git" in seen(world)


def test_a_store_that_cannot_be_reached_fails_line_by_line():
    world = world_of("btc")

    def unreachable(*_):
        raise StorageError("the store does not answer")

    world.ledger.holder = world.ledger.read = world.ledger.recoveries = unreachable
    found = seen(world)
    assert [found[check].verdict for check in ("state", "lock", "recovery", "git")] == ["fail", "fail", "fail", "warn"]
