"""A saved plan's steps of every kind are carried out only as they were reviewed."""

from dataclasses import replace
from decimal import Decimal

import pytest
from builders_ledger import HASH, apply_started, created, records_of, started
from builders_plan import plan_of

from volvenctl.core.continuing import not_in_plan, remaining_steps
from volvenctl.errors import Exit, StalePlanError
from volvenctl.model.outcome import Request
from volvenctl.model.plan import (
    Adopt,
    Create,
    Money,
    Pause,
    Release,
    Rename,
    Replace,
    Source,
    Start,
    Stop,
    ValueChange,
    action_word,
)
from volvenctl.model.record import Draft, Head

EMPTY_PLAN = plan_of()
CREATE = Request("POST", "/api/strategies", '{"size":1}')
ACTION = Request("PUT", "/api/strategies/S-1/actions/stop", "")
MONEY = Money(Decimal(9500), "USDT")
CHANGES = (ValueChange("spec.size", "1", "2"),)
BASE = ("btc", "as written", Source("btc.yaml", 1), CHANGES)
STEPS = (
    Create(*BASE, CREATE, MONEY),
    Start(*BASE, "S-1", ACTION, MONEY),
    Pause(*BASE, "S-1", ACTION, MONEY),
    Stop(*BASE, "S-1", ACTION, MONEY),
    Replace(*BASE, "S-1", ACTION, CREATE, MONEY),
    Adopt(*BASE, "S-1", MONEY),
    Rename(*BASE, "S-1", "btc-old", MONEY),
    Release(*BASE, "S-1", MONEY),
)
BY_WORD = {action_word(item): item for item in STEPS}
OTHER = {
    "request": Request("POST", "/api/strategies", '{"size":2}'),
    "stop": Request("PUT", "/api/strategies/S-2/actions/stop", ""),
    "strategy_id": "S-2",
    "notional": Money(Decimal(9600), "USDT"),
    "changes": (ValueChange("spec.size", "1", "3"),),
    "was": "eth-old",
}
REVIEWED = {
    "create": ("request", "notional", "changes"),
    "start": ("strategy_id", "request"),
    "pause": ("strategy_id", "request"),
    "stop": ("strategy_id", "request"),
    "replace": ("strategy_id", "stop", "request", "notional", "changes"),
    "adopt": ("strategy_id", "notional", "changes"),
    "rename": ("strategy_id", "was"),
    "release": ("strategy_id",),
}


def plan_with(*steps):
    return replace(EMPTY_PLAN, actions=steps)


def refusal(saved, fresh, records=()):
    with pytest.raises(StalePlanError) as caught:
        remaining_steps(saved, fresh, records)
    return caught.value


@pytest.mark.parametrize("step", STEPS, ids=action_word)
def test_a_step_that_says_the_same_in_other_words_is_carried_out_as_the_checkout_has_it(step):
    moved = replace(step, reason="in other words", source=Source("moved.yaml", 7))
    assert remaining_steps(plan_with(step), plan_with(moved), ()) == (moved,)


@pytest.mark.parametrize(("word", "field"), [(word, field) for word, fields in REVIEWED.items() for field in fields])
def test_a_step_with_another_reviewed_value_is_refused(word, field):
    step = BY_WORD[word]
    error = refusal(plan_with(step), plan_with(replace(step, **{field: OTHER[field]})))
    assert error.message == f"btc: the plan says {word}, the checkout now says another request"
    assert (error.hint, error.exit) == ("make and review a new plan: volvenctl plan --out FILE", Exit.STALE)


@pytest.mark.parametrize("step", STEPS, ids=action_word)
def test_a_step_of_another_kind_is_refused_with_both_words(step):
    for now in STEPS:
        if now is not step:
            error = refusal(plan_with(step), plan_with(now))
            said = f"btc: the plan says {action_word(step)}, the checkout now says {action_word(now)}"
            assert error.message == said


def test_what_the_checkout_says_beyond_the_plan_is_named_with_its_action():
    stop = replace(BY_WORD["stop"], name="eth")
    assert not_in_plan(plan_with(STEPS[0]), plan_with(STEPS[0], stop)) == (
        "eth: the checkout also says stop; that is not part of this plan",
    )


@pytest.mark.parametrize("kind", ["strategy.adopted", "strategy.renamed", "strategy.released"])
def test_what_was_recorded_under_the_plan_is_not_recorded_again(kind):
    first, second = BY_WORD["adopt"], replace(BY_WORD["adopt"], name="eth", strategy_id="S-2")
    saved = plan_with(first, second)
    note = Draft(kind, {"name": "btc", "planHash": saved.hash})
    assert remaining_steps(saved, saved, records_of(created(), apply_started(), note)) == (second,)
    both = (note, Draft(kind, {"name": "eth", "planHash": saved.hash}))
    assert "carried out already" in refusal(saved, saved, records_of(created(), *both)).message


def test_a_record_under_the_plan_that_begins_nothing_leaves_its_step_to_do():
    saved = plan_with(STEPS[0])
    note = Draft("attempt.succeeded", {"name": "btc", "attemptId": "a-1", "planHash": saved.hash})
    assert remaining_steps(saved, saved, records_of(created(), note)) == (STEPS[0],)


def test_a_name_that_another_run_gave_away_counts_as_touched():
    saved = plan_with(STEPS[0])
    renamed = Draft("strategy.renamed", {"name": "new", "was": "btc", "planHash": HASH})
    error = refusal(saved, saved, records_of(created(), renamed))
    assert error.message == "btc changed in the state since the plan was made"


def test_a_change_in_the_record_after_the_plans_base_counts_and_the_base_itself_does_not():
    saved = plan_with(STEPS[0])
    records = records_of(created(), started("btc", planHash=HASH))
    assert remaining_steps(replace(saved, base=Head(2, records[1].hash)), saved, records) == (STEPS[0],)
    error = refusal(replace(saved, base=Head(1, records[0].hash)), saved, records)
    assert error.message == "btc changed in the state since the plan was made"
