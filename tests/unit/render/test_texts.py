import re
from dataclasses import replace
from decimal import Decimal

import builders_audit
import builders_report as build
import pytest
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.errors import Exit
from volvenctl.model.names import StrategyId, StrategyName
from volvenctl.model.outcome import Refused
from volvenctl.model.plan import Capital, Checkout, Drift, Selection
from volvenctl.model.record import EMPTY
from volvenctl.model.report import ActionResult
from volvenctl.render.apply_text import apply_text, result_line
from volvenctl.render.attempt_text import attempts_text
from volvenctl.render.audit_text import audit_text, checkpoint_text, exported_text, moment_page, verified_text
from volvenctl.render.listing_text import accounts_text, products_text, state_list_text, state_text
from volvenctl.render.plan_text import plan_text, review_text
from volvenctl.render.problem_text import problem_line, problems_text
from volvenctl.render.status_text import status_text
from volvenctl.render.style import Palette
from volvenctl.render.text import change_text, command_text, fields_text, number_words

RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
COMMAND = re.compile(r"^\s*::|##\[|##vso\[|section_(start|end):", re.MULTILINE)
HOSTILE = st.one_of(
    st.text(st.characters(), min_size=1),
    st.sampled_from(["::error::x", "\n::error::x", "##[x]", "\x1b[2J\r", "\u202e", "section_start:1:x\r\x1b[0K"]),
)


def everything(text: str) -> list[str]:
    """Every text there is, with `text` wherever foreign text can be."""
    shown = build.plan(build.create(text=text), build.keep(text=text), build.blocked(text=text), text=text)
    seen = build.status(
        *(build.row(word, text) for word in ("live", text)),
        text=text,
        attempts=(build.view(text=text),),
        drift=(Drift(StrategyName(text), StrategyId(text), "gone", text),),
        problems=(build.problem(text),),
    )
    problem = build.problem(text, path=text, place=replace(build.problem().place, file=text))
    return [
        plan_text(shown, saved=text),
        plan_text(replace(shown, environment=text)),
        apply_text(build.report(*build.results(text), text=text, attempts=(build.view(text, text),))),
        attempts_text(build.resolution(build.view(text, text, rivals=(text,)), text=text), text),
        attempts_text(build.resolution(name=text, resolution="adopted", strategy_id=text, text=text), text),
        status_text(seen),
        problems_text(build.checked(problem)),
        accounts_text([build.account(text)]),
        products_text([build.product(text, unreadable=(text,))]),
        state_text(build.state_value(text), (text,)),
        state_list_text(build.state_value(text)),
        audit_text(build.audit_log(build.record(text), text=text)),
        verified_text(builders_audit.verification(text)),
        checkpoint_text(builders_audit.verification(text).checkpoints[0], is_news=True),
        exported_text(build.audit_log(text=text), text, {text: text}),
        moment_page(builders_audit.moment(text)),
    ]


@given(HOSTILE)
def test_no_foreign_text_reaches_a_terminal_or_a_log_raw(text):
    for page in everything(text):
        assert not RAW.search(page)
        assert not COMMAND.search(page)
        assert page.endswith("\n")


@given(HOSTILE)
def test_foreign_text_never_adds_a_line(text):
    assert [page.count("\n") for page in everything(text)] == [page.count("\n") for page in everything("x" * len(text))]


def test_no_line_ends_in_blanks():
    assert not [page for page in everything("x") if re.search(r" $", page, re.MULTILINE)]


def test_a_plan_reads_from_its_hash_to_the_next_command():
    shown = build.plan(build.create(), build.keep(), build.blocked(), text="main")
    assert plan_text(shown, saved="my plan.json") == (
        f"""{build.DIGEST}  sandbox  expires 2026-01-02 03:04 UTC  capital +9,500 USDT
commit c0ffeec0ffee on main with uncommitted changes

Strategies
  + create   btc-dip-buy  9,500 USDT  strategies/btc-dip-buy.yaml:2  not launched yet
      size  0.1
      side  "not launched yet"
  = keep     eth             12 USDT  live:1                         live
  ! blocked  sol             unknown  edited:1                       edited
      size  0.1 -> (absent)
      size  0.1 -> 0.2

Launched by us, not in git any more
  ~ orphaned  old  main  its spec was deleted; it still runs

Changed on the platform
  ~ gone  lost  main  main

Warnings
  warning: main

Capital
  account  before       after       change
  99998    0 USDT  9,500 USDT  +9,500 USDT

Plan: 1 to create, 1 to keep, 1 blocked, 1 orphaned, 2 not ours on the platform.
Next: volvenctl -e sandbox apply 'my plan.json'
"""
    )


@pytest.mark.parametrize(
    ("changes", "last"),
    [
        ({"actions": (build.create(),)}, "Next: volvenctl -e sandbox apply"),
        ({"actions": (build.create(),), "live": True}, "Next: volvenctl -e sandbox plan --out plan.json"),
        ({"actions": (build.blocked(attempt="a"),)}, "Next: volvenctl -e sandbox resolve"),
        ({"actions": (build.blocked(),)}, "Nothing to apply; 1 spec blocked for the reason given above."),
        ({"actions": (build.keep(),)}, "Nothing to do."),
    ],
)
def test_the_last_line_of_a_plan_says_what_to_do_next(changes, last):
    assert plan_text(build.plan(**changes)).splitlines()[-1] == last


def test_an_open_attempt_shows_as_unknown():
    assert "? unknown" in plan_text(build.plan(build.blocked(attempt="a")))


def test_a_long_reason_stands_on_its_own_line():
    lines = review_text(build.plan(build.blocked(text="because " * 10))).splitlines()
    assert "      because because" in "\n".join(lines)


def test_a_plan_says_what_it_was_selected_with_and_that_it_is_real_money():
    text = plan_text(build.plan(live=True, checkout=Checkout(), selection=Selection(("a*",), ("b",), ("k=v",))))
    assert "only a*; exclude b; labels k=v" in text
    assert "sandbox (live)" in text


def test_a_plan_outside_git_and_without_selection_has_no_origin_line():
    assert plan_text(build.plan(checkout=Checkout())).splitlines()[1] == ""


def test_an_empty_plan_says_so():
    empty = build.plan(orphaned=(), drift=(), warnings=(), unmanaged=None, capital=())
    assert "Plan: no strategies." in plan_text(empty)
    assert "capital unchanged" in plan_text(empty)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (Decimal(0), None, "capital unknown USDT"),
        (None, None, "capital unknown USDT"),
        (Decimal(5), Decimal(2), "capital -3 USDT"),
        (Decimal(5), Decimal("5.0"), "capital unchanged"),
    ],
)
def test_the_capital_change_is_exact_or_unknown(before, after, shown):
    assert shown in plan_text(build.plan(capital=(Capital("1", "USDT", before, after),)))


def test_differences_of_long_amounts_are_exact():
    amount = Decimal("1234567890123456789012345678901234567.891")
    assert change_text(Decimal("0.001"), amount, "X") == "+1,234,567,890,123,456,789,012,345,678,901,234,567.89 X"
    assert number_words(Decimal("0.10")) == "0.1"
    assert change_text(Decimal(1), Decimal(1), None) == "0"


def test_problems_stand_in_the_form_of_the_contract():
    warning = build.problem("close to the limit", severity="warning", code="last-slice-minimum")
    assert problems_text(build.checked(build.problem(), warning)) == (
        "strategies/btc.yaml:12:9: error[size-step] $.spec.size: 0.0015 is not a multiple\n"
        "strategies/btc.yaml:12:9: warning[last-slice-minimum] $.spec.size: close to the limit\n"
        "3 strategies checked: 1 error, 1 warning. Nothing was planned or sent.\n"
    )


def test_no_problems_is_said_too():
    assert problems_text(build.checked()) == "3 strategies checked: no problems.\n"


def test_colours_are_added_and_never_replace_a_sign():
    painted = problem_line(build.problem(), Palette(on=True))
    assert "\x1b[31merror[size-step]\x1b[0m" in painted


def test_every_outcome_has_a_sign_and_a_word():
    text = apply_text(build.report(*build.results("why"), exit=Exit.PARTIAL))
    for words in ("+ created", "x refused", "x not sent", "? unknown", ". not reached", "HTTP 400: size: why"):
        assert words in text
    assert "why:9:7: $.spec.size: why" in text
    assert "Apply: 1 created, 2 refused, 1 not sent, 1 unknown, 1 not reached, 1 kept." in text


@pytest.mark.parametrize(
    ("changes", "last"),
    [
        ({"attempts": (build.view(),), "exit": Exit.UNKNOWN}, "Next: volvenctl -e sandbox resolve"),
        ({"results": build.results()[:1]}, "Next: volvenctl -e sandbox status"),
        ({}, "Nothing to do."),
        ({"exit": Exit.DUPLICATE}, "Next: volvenctl -e sandbox resolve"),
        ({"exit": Exit.PARTIAL}, "Next: volvenctl -e sandbox plan"),
    ],
)
def test_the_last_line_of_an_apply_says_what_to_do_next(changes, last):
    assert apply_text(build.report(**changes)).splitlines()[-1] == last


def test_an_apply_to_a_live_environment_says_so():
    assert "nothing sent to sandbox (live)" in apply_text(build.report(plan=build.plan(live=True)))


def test_a_refusal_without_errors_shows_its_status():
    result = ActionResult(StrategyName("a"), "create", Refused(401, (), stops_run=True))
    assert result_line(result) == "x refused  a  HTTP 401"


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"candidates": None}, "candidates unknown"),
        ({"candidates": ()}, "no candidate on the platform now"),
        ({"in_flight": True}, "Wait until the writer has ended."),
        ({"rivals": ("eth",)}, "cannot be told apart from the candidates of eth"),
        ({"candidates": (build.live("s-1"),)}, "resolve sol --adopt s-1 --reason TEXT"),
        ({"candidates": (build.live(), build.live("s-2"))}, "resolve sol --adopt STRATEGY_ID --reason TEXT"),
    ],
)
def test_an_open_attempt_shows_its_candidates_and_the_way_out(changes, shown):
    assert shown in attempts_text(build.resolution(build.view(**changes)), "sandbox")


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("adopted", "sol: adopted strategy s-1."),
        ("absent", "sol: declared absent"),
        ("foreign", "s-1 declared not ours"),
    ],
)
def test_what_was_resolved_is_said(word, shown):
    done = build.resolution(name="sol", resolution=word, strategy_id="s-1")
    text = attempts_text(done, "sandbox")
    assert shown in text
    assert "Next: volvenctl -e sandbox plan" in text


def test_without_open_attempts_there_is_nothing_to_resolve():
    assert attempts_text(build.resolution(), "sandbox").splitlines()[-1] == "No attempt is open."


def test_a_candidate_without_an_event_shows_its_id():
    bare = replace(build.live("s-9"), event_time=None, state={})
    assert "candidate s-9\n" in attempts_text(build.resolution(build.view(candidates=(bare,))), "sandbox")


def test_status_answers_whether_everything_in_git_is_live():
    assert status_text(build.status(build.row())).splitlines()[-1] == "Everything in git is live as written."


@pytest.mark.parametrize(
    ("changes", "answer", "last"),
    [
        ({"rows": (build.row("not launched"),)}, "1 strategy to look at.", "plan"),
        ({"attempts": (build.view(),)}, "1 open attempt.", "resolve"),
        ({"drift": (Drift("a", "b", "gone", "c"),)}, "1 changed on the platform.", "plan"),
        ({"rows": (build.row("invalid"),), "problems": (build.problem(),)}, "1 strategy to look at.", "validate"),
    ],
)
def test_status_says_what_is_missing_and_what_to_do(changes, answer, last):
    lines = status_text(build.status(**changes)).splitlines()
    assert lines[-2] == f"Not everything in git is live as written: {answer}"
    assert lines[-1] == f"Next: volvenctl -e sandbox {last}"


def test_status_shows_what_is_known_and_leaves_out_what_is_not():
    bare = build.row(place=None, wanted=None, strategy_id=None, live=None, notional=None, summary="orphaned")
    text = status_text(build.status(bare, live=True, commit=None, unmanaged=None, holder=None, notices=()))
    assert text.splitlines()[0] == "sandbox (live)  ledger at record 7"
    assert "~  btc       orphaned" in text


def test_status_shows_an_unknown_notional_as_unknown():
    assert "unknown" in status_text(build.status(build.row(notional={"amount": None, "currency": None})))


def test_status_shows_amounts_for_reading():
    assert "  9,500 USDT  " in status_text(build.status(build.row()))


def test_a_product_that_is_no_perpetual_says_what_it_is():
    text = products_text([build.product("ETH-USD-250926", contract_type="EXPIRY"), build.product()])
    assert "ETH-USD-250926 EXPIRY" in text
    assert "PERPETUAL" not in text


def test_products_show_exact_bounds_and_what_is_wrong():
    shown = [
        build.product(),
        build.product(removed=True),
        build.product(unreadable=('minSize "abc"',), min_notional=None),
    ]
    text = products_text(shown)
    for words in ("0.00000001", "1190.000", "5 USDT", "removed", 'unreadable: minSize "abc"', "3 products."):
        assert words in text


def test_accounts_show_what_they_are_active_for():
    assert "99998    BYB       Bybit  spot  -" in accounts_text([build.account()])


def test_a_state_that_is_no_state_shows_as_empty():
    assert "0 strategies, 0 open attempts." in state_text({"strategies": 1, "openAttempts": None}, ())
    assert "1 strategy." in state_list_text({"strategies": {"a": "damaged"}})


def test_the_audit_trail_shows_who_did_what_and_the_head():
    text = audit_text(build.audit_log(build.record("alice"), build.record(kind="ledger.created"), text="L"))
    assert "attempt.unknown  alice  alice     reason=alice" in text
    assert f"sandbox: ledger L, record 7, {build.DIGEST}" in text
    assert "The chain of 1 record is unbroken." in verified_text(builders_audit.verification())


def test_a_verification_says_what_the_ledger_was_held_against():
    text = verified_text(builders_audit.verification("L"))
    assert f"record 7 is as it was noted: {build.DIGEST}" in text
    assert "record 7 is as L says, of 2026-01-02T03:04:05.678Z\n" in text
    assert "record 7 is as L says, of 2026-01-02T03:04:05.678Z, signed by L\n" in text


def test_a_checkpoint_offers_its_head_as_a_git_trailer():
    made = builders_audit.verification("sandbox").checkpoints[0]
    assert f"Volvenctl-Head: 7 {build.DIGEST}" in checkpoint_text(made, is_news=True)
    assert checkpoint_text(made, is_news=False).startswith("signed before: record 7 of sandbox, in sandbox\n")


def test_a_moment_says_that_only_the_ledger_was_asked():
    text = moment_page(builders_audit.moment("x"))
    assert "from the ledger alone: the platform was not asked" in text
    assert re.search(r"btc +x +x +running +2026-01-02T03:04:05.678Z +99998 +9500.0 USDT", text)
    assert "? eth  a-2  since 2026-01-02T03:04:05.678Z  x" in text
    assert "! 2026-01-02T03:04:05.678Z  x" in text


def test_an_apply_ends_with_the_head_of_the_ledger():
    assert f"ledger: record 7, {build.DIGEST}\nNothing to do.\n" in apply_text(build.report())
    assert "ledger:" not in apply_text(build.report(head=EMPTY))


def test_an_unwritten_ledger_is_named_none():
    assert "ledger (none)" in audit_text(replace(build.audit_log(), lineage=None))


def test_commands_are_quoted_for_a_shell():
    assert command_text("a b", "apply", "x;y") == "volvenctl -e 'a b' apply 'x;y'"


def test_fields_of_an_object_are_shown_in_order_and_blanks_left_out():
    assert fields_text({"a": 1, "b": None, "c": ""}) == "a=1"
    assert fields_text(None) == ""
    assert fields_text("x") == "x"
