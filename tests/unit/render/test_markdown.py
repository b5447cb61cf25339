"""A plan as a comment: the risks first, never too long, and what is missing counted."""

import re
from dataclasses import replace
from decimal import Decimal

import builders_render as build
import builders_report
import pytest
from builders_markup import read_markdown
from hypothesis import given, settings
from hypothesis import strategies as st

from volvenctl.model.names import AccountId
from volvenctl.model.plan import Capital, Checkout
from volvenctl.render.markdown import LIMIT, code, code_cell, plan_markdown, problems_markdown
from volvenctl.render.plan_view import plan_view

HASH = builders_report.DIGEST


def shown(plan, limits=None) -> str:
    return plan_markdown(plan_view(plan, limits))


def note_of(text: str) -> str:
    return next((line for line in text.splitlines() if line.startswith("> ")), "")


def test_the_first_line_says_hash_environment_expiry_and_capital():
    assert shown(build.dozen()).splitlines()[0] == (
        f"`{HASH}` · `production` **(live)** · expires 2026-01-02 03:04 UTC · capital `+98,500.5 USDT, unknown`"
    )


def test_a_plan_of_every_action_fits_and_shows_every_strategy_with_its_place_and_commit():
    text = shown(build.dozen(), build.LIMITS)
    assert note_of(text) == ""
    for action in build.dozen().actions:
        line = next(line for line in text.splitlines() if line.startswith("| `") and f"`{action.name}`" in line)
        assert f"`{action.source.file}:{action.source.line}` `c0ffee000000`" in line
    assert text.count("<details>") == 13


def test_the_line_of_a_strategy_reads_from_its_action_to_its_reason():
    assert (
        "| `* replace` | `xrp-range` | `4,000 USDT` | `strategies/edited.yaml:3` `c0ffee000000` | "
        "**stops a strategy and launches another**<br>"
        "`BUY 0.1 btcusdt_f up to 95,000, once the price crosses 94,000`<br>`edited` |\n"
    ) in shown(builders_report.plan(build.replace(), checkout=Checkout(build.COMMIT)))


def test_details_are_folded_and_hold_values_picture_and_exact_requests():
    text = shown(builders_report.plan(build.create(), checkout=Checkout()))
    assert (
        "<details><summary><code>btc-dip-buy</code> create <code>9,500 USDT</code></summary>\n\n"
        "```diff\n"
        "  where   strategies/not launched yet.yaml:3\n"
        "  why     not launched yet\n"
        f"  sends   POST /v1/strategies {build.BODY}\n"
        "  slices  [==][==][==][=]  3 x 0.03 + 0.01\n"
        "  price   === 94,000 trigger === 95,000 limit ---\n"
        '+ not launched yet  "not launched yet"\n'
        "- size  0.1\n"
        "+ size  0.2\n"
        "- old  not launched yet\n"
        "```\n\n</details>\n"
    ) in text


def test_the_money_table_shows_the_head_room_to_every_limit():
    text = shown(build.dozen(), build.LIMITS)
    assert "| account | before | after | change | limit | head-room |\n" in text
    row = "| `77001` | `99,000 USDT` | `141,000 USDT` | `+42,000 USDT` | `100,000 USDT` | `! -41,000 USDT` |\n"
    assert row in text
    assert "| `maxNotionalPerPlan` | `65,500 USDT` | `200,000 USDT` | `134,500 USDT` |\n" in text


def test_without_limits_there_is_no_head_room_to_show():
    assert "| account | before | after | change |\n" in shown(build.dozen())


def test_an_empty_plan_is_a_head_and_nothing_else():
    empty = builders_report.plan(orphaned=(), drift=(), warnings=(), unmanaged=None, capital=(), checkout=Checkout())
    assert shown(empty).splitlines()[1:] == ["", "Plan: no strategies.", ""]


def test_what_is_cut_is_counted_and_the_hash_of_the_whole_is_named():
    text = shown(build.thousands())
    lines, folded = text.count("\n| `"), text.count("<details>")
    assert len(text) <= LIMIT
    note = note_of(text)
    assert f"Not shown: {2000 - (lines - 1):,} of 2,000 strategies (" in note
    assert "1,360 keep), the details of " in note
    assert f"the details of {640 - folded}." in note
    assert HASH in note
    assert "carry a risk" not in note


def test_risky_rows_come_first_and_are_never_dropped_for_others():
    rows = re.findall(r"^\| `(. \w+)` \| `([^`]+)`", shown(build.thousands()), re.MULTILINE)
    assert [name for _, name in rows[:45]] == [
        *(f"stop-{number:04}" for number in range(40)),
        *(f"create-{number:04}" for number in range(599, 594, -1)),
    ]


def test_risky_rows_that_do_not_fit_are_one_line_each_and_then_counted_as_risks():
    text = shown(build.thousands(stops=2500, creates=0, kept=10))
    lines = text.count("\n| `- stop`")
    assert text.count("<details>") < 5
    assert f"{2510 - lines:,} of 2,510 strategies ({2500 - lines:,} stop, 10 keep)" in note_of(text)
    assert f"**{2500 - lines:,} of these strategies carry a risk.**" in note_of(text)
    assert len(text) > LIMIT * 9 // 10


def test_many_accounts_and_notices_leave_room_for_the_strategies():
    many = tuple(Capital(AccountId(f"{number}"), "USDT", Decimal(1), Decimal(2)) for number in range(3000))
    plan = replace(build.thousands(stops=3, creates=0, kept=0), capital=many, warnings=("w" * 400,) * 3000)
    text = shown(plan)
    assert text.count("\n| `- stop`") == 3
    assert re.search(r"Not shown: lines about money: [\d,]+, notices: [\d,]+\.", note_of(text))
    assert len(text) <= LIMIT


@given(st.text(st.characters(), min_size=1).map(lambda text: (text * 700)[:700]), st.integers(0, 20))
@settings(max_examples=30)
def test_no_plan_is_too_long_for_a_comment(text, count):
    plan = replace(
        build.hostile(text),
        actions=build.every_action(text) * count,
        warnings=(text,) * count,
        capital=build.hostile(text).capital * 40,
    )
    assert len(shown(plan, build.LIMITS)) <= LIMIT


def test_one_huge_value_is_shortened_and_the_rest_stays():
    text = shown(builders_report.plan(build.create(text="x" * 200_000)))
    assert len(text) < 20_000
    assert "characters in all)" in text
    assert '"triggerPrice":94000' in text


def test_one_strategy_with_very_many_values_is_cut_by_lines():
    changes = tuple(build.ValueChange(f"$.spec.f{number}", "1", "2") for number in range(5000))
    text = shown(builders_report.plan(replace(build.create(), changes=changes)))
    assert re.search(r"\n  \.\.\. and [\d]+ more lines\n```", text)
    assert len(text) < 12_000


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a", "`a`"),
        ("", ""),
        ("  ", ""),
        ("a`b", "``a`b``"),
        ("`a``", "``` `a`` ```"),
        (" a", "`  a `"),
        ("a\nb", r"`a\nb`"),
        ("\x1b[2J", r"`\x1b[2J`"),
        ("##[error]", r"`\x23#[error]`"),
        ("::error::", r"`\x3a:error::`"),
        ("x" * 200, "`" + "x" * 80 + "... (200 characters in all)`"),
    ],
)
def test_foreign_text_is_a_code_span(text, span):
    assert code(text) == span


@pytest.mark.parametrize(("text", "cell"), [("a|b", r"`a\|b`"), (r"a\|b", r"`a\\x7cb`"), ("||", r"`\|\|`")])
def test_a_bar_cannot_end_its_cell(text, cell):
    assert code_cell(text) == cell
    row = read_markdown(f"| x |\n|---|\n| {cell} |\n")
    assert row.tags.count("td") == 1
    assert row.code == [text.replace(r"\|", r"\\x7c") if "\\" in text else text]


def test_problems_stand_in_one_code_block():
    text = problems_markdown(builders_report.checked(builders_report.problem("```\n@alice <b>")))
    page = read_markdown(text)
    assert [tag for tag in page.tags if tag.startswith("p")] == ["p", "pre"]
    assert "```\\n@alice <b>" in page.code[0]


def test_too_many_problems_are_cut_and_counted():
    problems = [builders_report.problem("x" * 5000)] * 3000
    text = problems_markdown(builders_report.checked(*problems))
    assert len(text) <= LIMIT
    assert re.search(r"\n\.\.\. and [\d]+ more lines\n```", text)
