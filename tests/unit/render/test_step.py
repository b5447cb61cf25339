from dataclasses import replace

import builders_report as build
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from volvenctl.errors import Exit
from volvenctl.render.step import SUMMARY_LIMIT, anchor_summary, apply_outputs, fenced, outputs_text, plan_outputs


def test_a_plan_hands_on_its_hash_its_counts_and_the_exit_code():
    outputs = plan_outputs(build.plan(build.create(), build.keep(), build.blocked()), Exit.CHANGES)
    assert outputs["plan-hash"] == build.DIGEST
    assert (outputs["exit"], outputs["changes"]) == ("2", "true")
    assert (outputs["create"], outputs["keep"], outputs["blocked"], outputs["stop"]) == ("1", "1", "1", "0")


@pytest.mark.parametrize("actions", [(), (build.keep(),), (build.blocked(),)])
def test_a_plan_with_nothing_to_carry_out_has_no_changes(actions):
    assert plan_outputs(build.plan(*actions), Exit.OK)["changes"] == "false"


def test_an_apply_also_hands_on_how_its_actions_ended():
    outputs = apply_outputs(build.report(*build.results("why"), exit=Exit.UNKNOWN))
    assert outputs["exit"] == "4"
    assert (outputs["succeeded"], outputs["refused"], outputs["not-reached"]) == ("1", "2", "1")
    assert (outputs["ledger-seq"], outputs["ledger-head"]) == ("7", build.DIGEST)


def test_the_summary_of_an_apply_offers_the_head_as_a_git_trailer():
    assert f"\n```text\nVolvenctl-Head: 7 {build.DIGEST}\n```\n" in anchor_summary(build.HEAD)


@given(st.text(st.characters()))
def test_no_value_can_add_an_output(text):
    written = outputs_text({"plan-hash": text, "exit": "0"})
    assert len(written.splitlines()) == 2
    assert written.endswith("\nexit=0\n")


@given(st.lists(st.sampled_from(["`", "```", "~~~", "\n", "a", "<img>", "@all", "[x](y)", "    "])).map("".join))
def test_a_fenced_text_is_one_code_block_whatever_is_in_it(text):
    shown = text + "\n"
    tokens = MarkdownIt("commonmark").parse(fenced("title", shown))
    assert [token.type for token in tokens] == ["heading_open", "inline", "heading_close", "fence"]
    assert tokens[-1].content == shown


def test_a_long_text_is_cut_and_says_so():
    written = fenced("title", "x" * (SUMMARY_LIMIT + 1) + "\n")
    assert "... cut here; the log of the step has all" in written
    assert len(written) < SUMMARY_LIMIT + 200


def test_a_text_that_fits_is_whole():
    assert "cut here" not in fenced("title", "x\n")


def test_a_forged_hash_stays_on_its_line():
    plan = replace(build.plan(), hash="sha256:x\nexit=0")
    assert outputs_text(plan_outputs(plan, Exit.OK)).startswith("plan-hash=sha256:x\\nexit=0\nchanges=")
