"""What every rendering shows, and in which order."""

from typing import get_args

import builders_render as build
import builders_report
import pytest

from volvenctl.model.plan import ACTIONS, Change
from volvenctl.render.plan_text import plan_text
from volvenctl.render.plan_view import SIGNS, plan_view, summary_text


def view_of(*actions, **changes):
    return plan_view(builders_report.plan(*actions, **changes))


def names(rows):
    return [row.name for row in rows]


def test_every_action_has_a_sign_of_its_own():
    assert {kind.__name__.lower() for kind in get_args(Change)} == set(ACTIONS)
    assert {*ACTIONS, "unknown"} == set(SIGNS)
    assert len({sign for sign, _ in SIGNS.values()}) == len(SIGNS)


def test_every_action_is_shown_with_its_word_in_the_text():
    text = plan_text(builders_report.plan(*build.every_action()))
    for word, (sign, _) in SIGNS.items():
        assert f"\n  {sign} {word}" in text


def test_rows_are_sorted_by_risk_and_keep_comes_last():
    assert names(view_of(*build.every_action()).by_risk) == [
        "a-doubt",
        "a-lost",
        "xrp-range",
        "sol-exit",
        "a-release",
        "btc-dip-buy",
        "a-start",
        "an-adopt",
        "a-pause",
        "an-edit",
        "a-rename",
        "eth-grid",
    ]


def test_rows_by_name_keep_the_order_of_the_plan():
    assert names(view_of(build.keep("b"), build.stop("a")).rows) == ["b", "a"]


def test_launches_are_sorted_by_size_within_each_currency():
    other = build.Create(*build.facts("btc", "x"), build.request("{}"), build.Money(build.Decimal("0.1"), "BTC"))
    shown = view_of(build.create("a", amount="5"), build.create("b", amount="50"), other)
    assert names(shown.by_risk) == ["b", "btc", "a"]


def test_the_largest_launches_are_marked_when_there_are_many():
    few = view_of(*(build.create(f"c{number}", amount=str(number)) for number in range(1, 6)))
    many = view_of(*(build.create(f"c{number}", amount=str(number)) for number in range(1, 8)))
    assert not any(row.risks for row in few.rows)
    assert [row.name for row in many.by_risk if row.risks == ("among the largest",)] == ["c7", "c6", "c5", "c4", "c3"]


@pytest.mark.parametrize(
    ("action", "risks"),
    [
        (build.create(amount=None), ("notional unknown",)),
        (build.replace(amount=None), ("stops a strategy and launches another", "notional unknown")),
        (build.stop(), ("stops a strategy",)),
        (build.keep(amount=None), ()),
        (build.every_action()[7], ("will be left to itself",)),
        (build.every_action()[10], ("may run already",)),
        (build.every_action()[11], ("may run already",)),
    ],
)
def test_what_a_reviewer_must_not_overlook_is_marked(action, risks):
    assert view_of(action).rows[0].risks == risks


def test_what_happens_besides_a_launch_is_said():
    effects = [row.effect for row in view_of(*build.every_action("S-1")).rows]
    assert effects == [
        "",
        "asks the platform to start S-1",
        "asks the platform to pause S-1",
        "asks the platform to stop S-1",
        "stops S-1, and launches the new values once it is seen stopped",
        "takes S-1 under this spec; nothing is sent",
        "goes on managing S-1, known as S-1 so far; nothing is sent",
        "manages S-1 no longer and leaves it as it is; nothing is sent",
        "",
        "",
        "",
        "",
    ]


def test_a_replace_shows_both_requests_and_the_new_order():
    (row,) = view_of(build.replace()).rows
    assert [request.path for request in row.requests] == ["/v1/edited/stop", "/v1/strategies"]
    assert row.order is not None


def test_the_summary_counts_every_action():
    counts = view_of(*build.every_action()).summary
    assert counts == (
        "Plan: 1 to create, 1 to start, 1 to pause, 1 to stop, 1 to replace, 1 to adopt, 1 to rename, 1 to release, "
        "1 to keep, 3 blocked, 1 orphaned, 2 not ours on the platform."
    )
    assert summary_text({"create": 0}, None) == "Plan: no strategies."


def test_head_room_is_known_only_with_limits():
    plan = build.dozen()
    assert not plan_view(plan).has_account_limit
    assert plan_view(plan).limits == ()
    assert plan_view(plan, build.LIMITS).has_account_limit


def test_the_text_shows_head_room_where_limits_are_known():
    plan = build.dozen()
    text = plan_text(plan, view=plan_view(plan, build.LIMITS))
    assert "  77001    99,000 USDT   141,000 USDT    +42,000 USDT  100,000 USDT   -41,000 USDT" in text
    assert "  maxCreatesPerPlan                 4            20            16" in text


def test_the_text_draws_a_smart_order():
    text = plan_text(builders_report.plan(build.create()))
    assert "      slices  [==][==][==][=]  3 x 0.03 + 0.01\n" in text
    assert "      price   === 94,000 trigger === 95,000 limit ---\n" in text
