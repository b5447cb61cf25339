"""The guide's table of every combination is what the code does, and what it must never say it does not say."""

from itertools import product
from pathlib import Path

import pytest
from lifecycle_table import PLATFORM, SPECS, STATES, cell, table

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "lifecycle.md"
MARK = "<!-- table: made by tests/lifecycle_table.py -->\n"
EVERY = list(product(SPECS, STATES, PLATFORM))


def test_the_guide_shows_what_the_code_decides():
    assert GUIDE.read_text(encoding="utf-8").partition(MARK)[2].rstrip() == table().rstrip()


@pytest.mark.parametrize(("spec_words", "state_words", "platform_word"), EVERY)
def test_nothing_is_launched_beside_a_strategy_that_may_run(spec_words, state_words, platform_word):
    if state_words in {"managed", "open attempt", "halted"}:
        assert "create" not in cell(spec_words, state_words, platform_word)


@pytest.mark.parametrize(("spec_words", "state_words", "platform_word"), EVERY)
def test_a_stop_is_planned_only_where_git_asks_for_one(spec_words, state_words, platform_word):
    if spec_words not in {"`runState: stopped`", "edited, `onChange: replace`"}:
        said = cell(spec_words, state_words, platform_word)
        assert "**stop**" not in said
        assert "**replace**" not in said


@pytest.mark.parametrize(("spec_words", "platform_word"), list(product(SPECS, PLATFORM)))
def test_what_is_halted_is_never_started(spec_words, platform_word):
    said = cell(spec_words, "halted", platform_word)
    assert "**start**" not in said
    assert "**replace**" not in said


@pytest.mark.parametrize("state_words", STATES)
@pytest.mark.parametrize("platform_word", PLATFORM)
def test_a_deleted_file_asks_for_nothing(state_words, platform_word):
    assert "**" not in cell("file deleted", state_words, platform_word)
