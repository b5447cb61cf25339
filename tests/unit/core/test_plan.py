"""What apply would do, for each meeting of spec, state and platform."""

from decimal import Decimal

import pytest
from builders_ledger import apply_started, created, reported, resolved, started, state_of, succeeded
from builders_plan import plan_of, spec
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.outcome import Request
from volvenctl.model.plan import Blocked, Capital, Create, Keep, Money, Rename, Stop, ValueChange
from volvenctl.model.spec import Notional
from volvenctl.wire.exact_json import json_text


def live(*ids):
    return tuple(LiveStrategy(item, None, {}) for item in ids)


def launched(item, strategy_id="S-1"):
    """Return the state after `item` was launched."""
    facts = {"specDigest": item.digest, "body": json_text(item.request), "runState": item.run_state}
    return state_of(
        created(),
        apply_started(),
        started(item.name, **facts),
        succeeded(strategy_id, item.name),
    )


def only_action(plan):
    [action] = plan.actions
    return action


def test_a_spec_that_was_never_launched_is_created_with_the_digits_of_the_file():
    action = only_action(plan_of(spec()))
    assert isinstance(action, Create)
    assert action.request.body == (
        '{"strategyType":"SMO","accountId":"99998","productCode":"btcusdt_f","side":"BUY","size":0.10,'
        '"priceLimit":95000,"autoRun":true}'
    )
    assert action.notional == Money(Decimal("9500.00"), "USDT")
    assert action.reason == "not launched yet; btcusdt_f is BTCUSDT Perpetual on BYB"


def test_a_launched_spec_is_kept():
    action = only_action(plan_of(spec(), state=launched(spec()), live=live("S-1")))
    assert isinstance(action, Keep)
    assert "S-1" in action.reason


def test_a_number_written_with_other_digits_is_no_change():
    state = launched(spec())
    assert isinstance(only_action(plan_of(spec(size=Decimal("0.1000")), state=state)), Keep)


def test_an_edited_spec_is_blocked_and_shows_what_changed():
    action = only_action(plan_of(spec(size=Decimal("0.2"), alwaysPassive=True), state=launched(spec())))
    assert isinstance(action, Blocked)
    assert action.open_attempt is None
    assert action.changes == (
        ValueChange("$.spec.size", "0.10", "0.2"),
        ValueChange("$.spec.alwaysPassive", None, "true"),
    )


def test_a_field_taken_out_of_a_launched_spec_is_a_change():
    action = only_action(plan_of(spec(), state=launched(spec(aggressiveness=Decimal("0.5")))))
    assert action.changes == (ValueChange("$.spec.aggressiveness", "0.5", None),)


def test_another_run_state_of_a_launched_spec_is_asked_for_by_its_id():
    action = only_action(plan_of(spec(run_state="stopped"), state=launched(spec()), live=live("S-1")))
    assert isinstance(action, Stop)
    assert action.request == Request("PUT", "/strategy-orchestrator/strategies/S-1/action/stop", "")
    assert action.changes == (ValueChange("$.lifecycle.runState", '"running"', '"stopped"'),)


def test_an_unknown_outcome_blocks_its_spec_and_only_that():
    state = state_of(created(), apply_started(), started(), reported("unknown", reason="no answer"))
    btc, eth = plan_of(spec("btc"), spec("eth"), state=state).actions
    assert isinstance(btc, Blocked)
    assert btc.open_attempt == "a-1"
    assert isinstance(eth, Create)


def test_a_paused_spec_is_created_without_running():
    action = only_action(plan_of(spec(run_state="paused")))
    assert isinstance(action, Create)
    assert '"autoRun":false' in action.request.body


@pytest.mark.parametrize("run_state", ["stopped", "released"])
def test_what_is_not_to_run_is_not_launched(run_state):
    assert isinstance(only_action(plan_of(spec(run_state=run_state))), Keep)


def test_a_renamed_spec_is_never_launched_a_second_time():
    action = only_action(plan_of(spec("btc-dip", was="btc"), state=launched(spec("btc")), declared=["btc-dip"]))
    assert isinstance(action, Rename)
    assert (action.was, action.strategy_id) == ("btc", "S-1")


def test_a_former_name_that_was_never_launched_does_not_matter():
    assert isinstance(only_action(plan_of(spec("btc-dip", was="btc"))), Create)


def test_a_deleted_spec_is_orphaned_and_not_touched():
    plan = plan_of(state=launched(spec()), live=live("S-1"))
    assert [item.name for item in plan.orphaned] == ["btc"]
    assert plan.actions == ()


def test_a_spec_that_is_declared_but_not_selected_is_no_orphan():
    assert plan_of(state=launched(spec()), declared=["btc"]).orphaned == ()


def test_a_strategy_that_is_gone_is_drift_and_is_not_launched_again():
    plan = plan_of(spec(), state=launched(spec()), live=live())
    assert isinstance(only_action(plan), Keep)
    assert [(item.name, item.kind) for item in plan.drift] == [("btc", "gone")]


def test_without_find_nothing_is_said_about_drift_or_strangers():
    plan = plan_of(spec(), state=launched(spec()), live=None)
    assert (plan.drift, plan.unmanaged) == ((), None)


def test_strategies_of_others_are_counted():
    assert plan_of(spec(), state=launched(spec()), live=live("S-1", "X", "Y")).unmanaged == 2


def test_with_a_dedicated_user_a_stranger_blocks_every_launch():
    action = only_action(plan_of(spec(), live=live("X"), is_dedicated=True))
    assert isinstance(action, Blocked)
    assert "X" in action.reason
    assert isinstance(only_action(plan_of(spec(), live=live(), is_dedicated=True)), Create)


def test_an_id_that_turns_up_after_an_attempt_was_declared_absent_is_warned_of():
    state = state_of(created(), apply_started(), started(), resolved("absent"))
    [warning] = plan_of(spec(), state=state, live=live("S-9")).warnings
    assert "S-9" in warning
    assert "volvenctl resolve btc" in warning


def test_capital_is_summed_per_account_and_currency_before_and_after():
    other = spec("eth", notionals=(Notional("99999", "USDC", Decimal("0.1")), Notional("99998", "USDT", None)))
    plan = plan_of(spec("btc"), spec("sol"), other, state=launched(spec("btc")))
    assert plan.capital == (
        Capital("99998", "USDT", Decimal("9500.0"), None),
        Capital("99999", "USDC", Decimal(0), Decimal("0.1")),
    )


def test_a_notional_in_two_currencies_has_no_sum():
    two = spec(notionals=(Notional("1", "USDT", Decimal(1)), Notional("2", "USDC", Decimal(1))))
    assert only_action(plan_of(two)).notional == Money(None, None)


def test_an_unknown_part_makes_the_notional_unknown():
    part = spec(notionals=(Notional("1", "USDT", Decimal(1)), Notional("2", "USDT", None)))
    assert only_action(plan_of(part)).notional == Money(None, "USDT")


@given(st.permutations([spec(name) for name in "abcde"]))
def test_the_order_of_files_does_not_change_the_plan(specs):
    assert plan_of(*specs) == plan_of(*[spec(name) for name in "abcde"])
