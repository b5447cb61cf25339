"""One plan, every format, from the installed command."""

import json
import subprocess
import sys

import pytest
from builders_command import volvenctl
from builders_markup import read_html, read_markdown

FORMATS = ("text", "json", "markdown", "html")
WITHOUT_JINJA = "import sys; sys.modules['jinja2'] = None; from volvenctl.cli import main; main()"


@pytest.fixture
def project(tmp_path):
    assert volvenctl("init", cwd=tmp_path).returncode == 0
    return tmp_path


@pytest.fixture
def saved(project):
    assert volvenctl("plan", "--out", "plan.json", cwd=project).returncode == 0
    return json.loads((project / "plan.json").read_text())


@pytest.mark.parametrize("style", FORMATS)
def test_a_saved_plan_shows_its_hash_in_every_format(project, saved, style):
    done = volvenctl("show", "plan.json", "--format", style, cwd=project)
    assert done.returncode == 0
    assert saved["planHash"] in done.stdout


def test_plan_and_show_render_the_same(project, saved):
    for style in ("markdown", "html"):
        shown = volvenctl("show", "plan.json", "--format", style, cwd=project).stdout
        assert shown.count(saved["planHash"]) >= 1
        planned = volvenctl("plan", "--format", style, cwd=project).stdout
        names = [item["name"] for item in saved["actions"]]
        assert all(name in shown and name in planned for name in names)


def test_the_comment_begins_with_the_hash_and_the_page_is_html(project, saved):
    comment = volvenctl("show", "plan.json", "--format", "markdown", cwd=project).stdout
    assert read_markdown(comment).code[0] == saved["planHash"]
    page = volvenctl("show", "plan.json", "--format", "html", cwd=project).stdout
    assert page.startswith("<!DOCTYPE html>")
    assert read_html(page).is_balanced


def test_a_plan_shows_the_head_room_to_the_limits_of_its_environment(project):
    file = project / "volvenctl.yaml"
    limits = "    limits: {maxNotionalPerAccount: {USDT: 1000000}, maxCreatesPerPlan: 50}\n"
    before = "    state: .volvenctl/sandbox\n"
    file.write_text(file.read_text().replace(before, before + limits))
    done = volvenctl("plan", "--format", "markdown", cwd=project)
    assert done.returncode == 0
    assert "head-room" in done.stdout
    assert "`maxCreatesPerPlan`" in done.stdout


@pytest.mark.parametrize("style", ["markdown", "html"])
def test_problems_are_shown_in_the_format_that_was_asked_for(project, style):
    broken = project / "strategies" / "broken.yaml"
    broken.write_text("apiVersion: volvenctl/v1\nkind: Strategy\nmetadata: {name: '<b>@x'}\nspec: {}\n")
    done = volvenctl("plan", "--format", style, cwd=project)
    assert done.returncode == 3
    page = read_markdown(done.stdout) if style == "markdown" else read_html(done.stdout)
    assert "b" not in page.tags
    assert "@x" in "".join(page.code)
    assert "@x" not in "".join(page.prose)


def test_html_without_its_library_says_what_to_install(project, saved):
    words = [sys.executable, "-c", WITHOUT_JINJA, "show", "plan.json", "--format", "html"]
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "pip install 'volvenctl[html]'" in done.stderr
