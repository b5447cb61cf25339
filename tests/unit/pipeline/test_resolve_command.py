"""Only a person closes an unknown outcome, and what the person says is checked against what can be seen."""

import pytest
from builders_world import environment, run_apply, types_in, with_environment, world_of

from volvenctl.core.fold import fold_all
from volvenctl.errors import Exit, RefusedError, UsageError
from volvenctl.pipeline.resolve import adopt, declare_absent, declare_foreign, list_attempts


@pytest.fixture
def world():
    """A world in which the launch of btc was created at the platform and its answer lost."""
    world = world_of("btc")
    world.platform.created = ["OLD"]
    world.platform.script = ["timeout"]
    assert run_apply(world).exit == Exit.UNKNOWN
    return world


def state_in(world):
    return fold_all(world.ledger.records)


def test_the_attempt_is_listed_with_what_it_may_have_launched(world):
    [view] = list_attempts(world, None).attempts
    assert view.attempt.name == "btc"
    assert "ReadTimeout" in view.attempt.reason
    assert [item.id for item in view.candidates] == ["S-2"]
    assert not view.in_flight


def test_attempts_of_a_running_apply_are_shown_as_in_flight(world):
    with world.ledger.lock("apply", {"user": "bob"}):
        [view] = list_attempts(world, "btc").attempts
    assert view.in_flight


def test_a_name_without_an_attempt_is_wrong_usage(world):
    for call in (
        lambda: list_attempts(world, "eth"),
        lambda: adopt(world, "eth", "S-2", ""),
        lambda: declare_absent(world, "eth", "x", looked=True),
        lambda: declare_foreign(world, "eth", "S-2", "x"),
    ):
        with pytest.raises(UsageError, match="no attempt to resolve"):
            call()


def test_attempts_with_the_same_candidates_cannot_be_told_apart():
    world = world_of("btc", "eth")
    world.platform.script = ["timeout", "timeout"]
    run_apply(world, keep_going=True)
    btc, eth = list_attempts(world, None).attempts
    assert (btc.rivals, eth.rivals) == (("eth",), ("btc",))


def test_an_adopted_strategy_is_managed_from_then_on(world):
    resolution = adopt(world, "btc", "S-2", "seen in the terminal")
    assert (resolution.name, resolution.resolution, resolution.strategy_id) == ("btc", "adopted", "S-2")
    assert world.ledger.records[-1].data["reason"] == "seen in the terminal"
    assert run_apply(world).exit == Exit.OK
    assert state_in(world).strategies["btc"].strategy_id == "S-2"
    assert len(world.platform.sent) == 1


@pytest.mark.parametrize(
    ("strategy_id", "said"), [("S-9", "find does not show S-9"), ("OLD", "existed before the attempt")]
)
def test_an_id_that_cannot_be_its_strategy_is_refused(world, strategy_id, said):
    before = types_in(world)
    with pytest.raises(RefusedError, match=said):
        adopt(world, "btc", strategy_id, "")
    assert types_in(world) == before


def test_an_id_of_another_spec_is_refused():
    world = world_of("btc", "eth")
    world.platform.script = ["ok", "timeout"]
    run_apply(world)
    with pytest.raises(RefusedError, match="of btc"):
        adopt(world, "eth", "S-1", "")


@pytest.mark.parametrize("strategy_id", ["", "a b", "é", "x" * 129, "a\n"])
def test_an_id_that_is_none_is_wrong_usage(world, strategy_id):
    with pytest.raises(UsageError, match="printable ASCII"):
        adopt(world, "btc", strategy_id, "")


def test_without_find_any_well_formed_id_can_be_adopted(world):
    world.platform.has_find = False
    adopt(world, "btc", "ANY-1", "")
    assert state_in(world).strategies["btc"].strategy_id == "ANY-1"


def test_an_attempt_is_not_declared_absent_while_its_strategy_may_still_appear(world):
    with pytest.raises(RefusedError, match="may still appear until 2026-01-02T03:05:15"):
        declare_absent(world, "btc", "looked", looked=False)
    world.system.seconds += 70
    declare_absent(world, "btc", "looked", looked=False)
    assert world.ledger.records[-1].data["resolution"] == "absent"


def test_a_person_who_looked_need_not_wait_and_that_is_recorded(world):
    declare_absent(world, "btc", "looked", looked=True)
    assert world.ledger.records[-1].data["looked"] is True


@pytest.mark.parametrize("reason", ["", "  "])
def test_absent_and_foreign_need_a_reason(world, reason):
    with pytest.raises(UsageError, match="needs a reason"):
        declare_absent(world, "btc", reason, looked=True)
    with pytest.raises(UsageError, match="needs a reason"):
        declare_foreign(world, "btc", "S-2", reason)


def test_a_strategy_that_turns_up_after_a_second_launch_is_exit_8_until_it_is_declared_foreign(world):
    world.platform.hidden = {"S-2"}
    declare_absent(world, "btc", "looked", looked=True)
    assert run_apply(world).exit == Exit.OK
    world.platform.hidden = set()
    assert run_apply(world).exit == Exit.DUPLICATE
    [notice] = list_attempts(world, "btc").notices
    assert "S-2" in notice
    with pytest.raises(RefusedError, match="launched again as S-3"):
        adopt(world, "btc", "S-2", "")
    with pytest.raises(RefusedError, match="of btc"):
        declare_foreign(world, "btc", "S-3", "x")
    declare_foreign(world, "btc", "S-2", "bob's")
    assert run_apply(world).exit == Exit.OK


def test_a_strategy_that_turns_up_before_a_second_launch_can_still_be_adopted(world):
    declare_absent(world, "btc", "looked", looked=True)
    adopt(world, "btc", "S-2", "it came late")
    assert run_apply(world).exit == Exit.OK
    assert len(world.platform.sent) == 1


def test_the_ledger_is_closed_to_another_environment(world):
    from volvenctl.errors import LedgerError

    with pytest.raises(LedgerError):
        list_attempts(with_environment(world, name=environment(name="other").name), None)


def dedicated(world):
    from volvenctl.model.project import ApiSettings

    return with_environment(world, api=ApiSettings("https://volven.example", dedicated_user=True))


def test_with_a_dedicated_user_the_only_candidate_of_the_only_attempt_is_adopted_without_asking():
    world = dedicated(world_of("btc", "eth"))
    world.platform.script = ["timeout"]
    assert run_apply(world).exit == Exit.UNKNOWN
    report = run_apply(world)
    assert report.exit == Exit.OK
    assert "adopted S-1" in report.notices[0]
    assert {item.strategy_id for item in state_in(world).strategies.values()} == {"S-1", "S-2"}
    assert len(world.platform.sent) == 2


def test_a_dedicated_user_does_not_help_where_nothing_or_more_than_one_is_found():
    for script, strangers in ((["lost"], []), (["timeout"], ["X"])):
        world = dedicated(world_of("btc"))
        world.platform.script = script
        run_apply(world)
        world.platform.created += strangers
        assert run_apply(world).exit == Exit.UNKNOWN
        assert state_in(world).strategies == {}


def test_a_dedicated_user_does_not_help_after_an_attempt_was_declared_absent():
    world = dedicated(world_of("btc", "eth"))
    world.platform.script = ["timeout"]
    run_apply(world)
    world.platform.hidden = {"S-1"}
    declare_absent(world, "btc", "looked", looked=True)
    world.platform.script = ["lost"]
    run_apply(world)
    world.platform.hidden = set()
    assert run_apply(world).exit == Exit.UNKNOWN
    assert state_in(world).strategies == {}


def test_two_open_attempts_are_never_settled_by_themselves():
    world = world_of("btc", "eth")
    world.platform.script = ["timeout", "timeout"]
    run_apply(world, keep_going=True)
    assert run_apply(dedicated(world)).exit == Exit.UNKNOWN
    assert state_in(world).strategies == {}


def test_a_candidate_that_turns_up_after_the_declaration_blocks_the_launch_until_a_person_has_judged_it(world):
    world.platform.hidden = {"S-2"}
    world.system.seconds += 600
    declare_absent(world, "btc", "not there", looked=False)
    world.platform.hidden = set()
    report = run_apply(world)
    assert report.exit == Exit.UNKNOWN
    assert "S-2 turned up since" in report.plan.actions[0].reason
    assert len(world.platform.sent) == 1
    declare_foreign(world, "btc", "S-2", "bob's")
    assert run_apply(world).exit == Exit.OK
    assert len(world.platform.sent) == 2


def test_a_candidate_that_was_shown_at_the_declaration_was_judged_by_it(world):
    declare_absent(world, "btc", "S-2 is bob's", looked=True)
    assert world.ledger.records[-1].data["seen"] == ["S-2"]
    assert run_apply(world).exit == Exit.DUPLICATE
    assert len(world.platform.sent) == 2


def test_late_candidates_of_several_absent_attempts_are_all_reported(world):
    declare_absent(world, "btc", "looked", looked=True)
    world.platform.script = ["timeout"]
    run_apply(world)
    declare_absent(world, "btc", "looked again", looked=True)
    notices = list_attempts(world, "btc").notices
    assert [("S-2" in item, "S-3" in item) for item in notices] == [(True, False), (False, True)]


def test_a_candidate_in_sight_is_not_judged_by_who_does_not_say_to_have_looked(world):
    world.system.seconds += 600
    resolution = declare_absent(world, "btc", "I think not", looked=False)
    assert "S-2" in resolution.notices[0]
    assert world.ledger.records[-1].data["seen"] == []
    assert run_apply(world).exit == Exit.UNKNOWN
    assert len(world.platform.sent) == 1


def test_an_attempt_can_be_declared_absent_while_the_platform_does_not_answer(world):
    from volvenctl.errors import PlatformError

    def broken():
        raise PlatformError("find answered 500")

    world.platform.find = broken
    resolution = declare_absent(world, "btc", "looked", looked=True)
    assert "could not be looked at" in resolution.notices[0]


def test_an_id_that_find_does_not_show_cannot_be_declared_foreign(world):
    declare_absent(world, "btc", "looked", looked=True)
    with pytest.raises(RefusedError, match="find does not show TYPO-99"):
        declare_foreign(world, "btc", "TYPO-99", "x")


def test_a_candidate_of_an_open_attempt_can_be_declared_foreign(world):
    declare_foreign(world, "btc", "S-2", "bob's")
    [view] = list_attempts(world, "btc").attempts
    assert view.candidates == ()


def test_status_says_that_a_strategy_may_run_twice_or_already(world):
    from volvenctl.pipeline.status import status

    world.platform.hidden = {"S-2"}
    declare_absent(world, "btc", "looked", looked=True)
    world.platform.hidden = set()
    already = status(world, ())
    assert ([row.summary for row in already.rows], already.complete) == (["may run already"], False)
    world.platform.hidden = {"S-2"}
    run_apply(world)
    world.platform.hidden = set()
    twice = status(world, ())
    assert ([row.summary for row in twice.rows], twice.twice, twice.complete) == (["may run twice"], True, False)
    assert any("S-2" in item for item in twice.notices)
