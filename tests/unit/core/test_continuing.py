"""When a saved plan may be carried out, and which part of it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from builders_ledger import apply_started, created, records_of, reported, started, succeeded
from builders_plan import NOW, plan_of, spec

from volvenctl.core.continuing import not_in_plan, refuse_foreign_plan, refuse_other_ground, remaining_steps
from volvenctl.core.fold import fold_all
from volvenctl.errors import StalePlanError
from volvenctl.model.record import Head

SAVED = plan_of(spec("btc"), spec("eth"))


def names(creates):
    return [item.name for item in creates]


def under_plan(*drafts, plan_hash=SAVED.hash):
    """Return records in which the drafts belong to the plan."""
    own = [replace(item, data={**item.data, "planHash": plan_hash}) for item in drafts]
    return records_of(created(), apply_started(planHash=plan_hash), *own)


def test_a_plan_is_applied_in_its_environment_until_it_expires():
    refuse_foreign_plan(SAVED, "sandbox", NOW + timedelta(hours=23, minutes=59))
    with pytest.raises(StalePlanError, match="expired at 2026-01-03 03:04:05"):
        refuse_foreign_plan(SAVED, "sandbox", NOW + timedelta(hours=24))
    with pytest.raises(StalePlanError, match="for environment 'sandbox'"):
        refuse_foreign_plan(SAVED, "production", NOW)


def test_a_plan_made_before_there_was_a_ledger_can_be_applied():
    refuse_other_ground(SAVED, SAVED, ())
    assert names(remaining_steps(SAVED, SAVED, ())) == ["btc", "eth"]


def test_other_settings_of_the_environment_refuse():
    for changed in (replace(SAVED, live=True), replace(SAVED, digests=replace(SAVED.digests, policy="other"))):
        with pytest.raises(StalePlanError, match=r"volvenctl\.yaml"):
            refuse_other_ground(changed, SAVED, ())


def test_another_ledger_or_history_refuses():
    records = records_of(created())
    ours = replace(SAVED, lineage="L-1", base=Head(1, records[0].hash))
    refuse_other_ground(ours, ours, records)
    with pytest.raises(StalePlanError, match="made on ledger L-2"):
        refuse_other_ground(replace(ours, lineage="L-2"), ours, records)
    for base in (Head(1, "sha256:other"), Head(2, records[0].hash)):
        with pytest.raises(StalePlanError, match="another history"):
            refuse_other_ground(replace(ours, base=base), ours, records)


@pytest.mark.parametrize("word", ["succeeded", "refused", "unknown"])
def test_what_was_attempted_under_the_plan_is_not_sent_again(word):
    records = under_plan(started("btc"), reported(word, "btc", strategyId="S-1"))
    assert names(remaining_steps(SAVED, SAVED, records)) == ["eth"]


def test_what_was_announced_and_never_reported_is_not_sent_again():
    assert names(remaining_steps(SAVED, SAVED, under_plan(started("btc")))) == ["eth"]


def test_what_was_not_sent_is_still_to_do():
    records = under_plan(started("btc"), reported("not-sent", "btc"))
    assert names(remaining_steps(SAVED, SAVED, records)) == ["btc", "eth"]


def test_a_plan_carried_out_is_refused_the_next_time():
    records = under_plan(started("btc"), reported("refused"), started("eth", "a-2"), reported("refused", "eth", "a-2"))
    with pytest.raises(StalePlanError, match="carried out already"):
        remaining_steps(SAVED, SAVED, records)


def test_a_plan_with_nothing_to_do_is_no_error():
    empty = plan_of()
    assert remaining_steps(empty, empty, ()) == ()


def test_a_strategy_that_another_run_touched_refuses():
    records = under_plan(started("btc"), reported("refused"), plan_hash="sha256:other")
    with pytest.raises(StalePlanError, match="btc changed in the state"):
        remaining_steps(SAVED, SAVED, records)


def test_a_change_of_another_strategy_is_no_false_alarm():
    records = under_plan(started("sol"), reported("refused", "sol"), plan_hash="sha256:other")
    assert names(remaining_steps(SAVED, SAVED, records)) == ["btc", "eth"]


def test_an_older_change_is_part_of_the_plans_ground():
    records = under_plan(started("btc"), reported("refused"), plan_hash="sha256:other")
    later = plan_of(spec("btc"), state=fold_all(records))
    assert names(remaining_steps(later, later, records)) == ["btc"]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ([spec("btc", size=Decimal("0.2")), spec("eth")], "another request"),
        ([spec("eth")], "nothing"),
        ([spec("btc", run_state="stopped"), spec("eth")], "keep"),
    ],
)
def test_a_checkout_that_says_something_else_refuses(now, said):
    with pytest.raises(StalePlanError, match=f"btc: the plan says create, the checkout now says {said}"):
        remaining_steps(SAVED, plan_of(*now), ())


def test_what_the_checkout_says_beyond_the_plan_is_named_and_not_sent():
    fresh = plan_of(spec("btc"), spec("eth"), spec("sol"))
    assert names(remaining_steps(SAVED, fresh, ())) == ["btc", "eth"]
    [notice] = not_in_plan(SAVED, fresh)
    assert notice.startswith("sol:")


def test_a_launch_that_came_true_elsewhere_refuses():
    records = under_plan(started("btc"), succeeded("S-1"), plan_hash="sha256:other")
    with pytest.raises(StalePlanError, match="btc changed"):
        remaining_steps(SAVED, plan_of(spec("btc"), spec("eth"), state=fold_all(records)), records)
