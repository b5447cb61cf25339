"""The HTML of a plan in a real browser: nothing runs, nothing is loaded, axe finds nothing, it fits a phone.

Needs Chromium (`tests/browser/install.sh`). On a Linux machine of a CI system it must be there; elsewhere the tests
are skipped without it. VOLVENCTL_SCREENSHOTS=FOLDER keeps a picture of every page.
"""

import shutil
import sys
from importlib.resources import files
from pathlib import Path

import builders_render as build
import pytest
from builders_markup import design
from hostile_strings import HOSTILE

from volvenctl.adapters.system import environment_variables
from volvenctl.render.html import plan_html
from volvenctl.render.plan_view import plan_view

VARIABLES = environment_variables()
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
IS_REQUIRED = bool(VARIABLES.get("CI")) and sys.platform == "linux"
"""CI on Linux runs install.sh first, so a missing browser is a fault there and not a reason to look away."""

pytestmark = pytest.mark.skipif(
    BROWSER is None and not IS_REQUIRED, reason="no Chromium here: tests/browser/install.sh installs it"
)

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
PLANS = {
    "dozen": build.dozen,
    "thousands": build.thousands,
    "hostile": lambda: build.replaced(build.dozen(), tuple(a for text in HOSTILE for a in build.every_action(text))),
}


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    assert BROWSER is not None, "CI must run tests/browser/install.sh before the tests"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=list(SWITCHES))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name, plan in PLANS.items():
        text = plan_html(plan_view(plan(), build.LIMITS), design())
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def opened(chromium, pages):
    """Open a page; what it asked for and what the browser said about it are kept on it."""
    contexts = []

    def opening(name, size="desktop", scheme="light", *, with_axe=False):
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=with_axe
        )
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("dialog", lambda dialog: page.said.append(dialog.message))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto((pages / f"{name}.html").as_uri())
        return page

    yield opening
    for context in contexts:
        context.close()


def keep_picture(page, name):
    folder = VARIABLES.get("VOLVENCTL_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["dozen", "thousands"])
def test_a_page_loads_nothing_says_nothing_and_fits_the_screen(opened, name, size, scheme):
    page = opened(name, size, scheme)
    keep_picture(page, f"{name}-{size}-{scheme}")
    assert len(page.asked) == 1
    assert page.said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert page.evaluate("document.scripts.length") == 0
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(13, 17, 23)")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_no_barrier_folded_or_open(opened, size, scheme):
    page = opened("dozen", size, scheme, with_axe=True)
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    assert barriers(page) == []
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    keep_picture(page, f"dozen-open-{size}-{scheme}")
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


def barriers(page) -> list:
    found = page.evaluate("axe.run().then(result => result.violations)")
    return [(item["id"], [node["html"][:200] for node in item["nodes"]]) for item in found]


def test_hostile_strings_add_no_element_in_a_real_browser(opened):
    census = "[...new Set([...document.querySelectorAll('*')].map(each => each.localName))].sort()"
    plain, hostile = opened("dozen"), opened("hostile")
    keep_picture(hostile, "hostile")
    assert hostile.said == []
    assert len(hostile.asked) == 1
    assert hostile.evaluate(census) == plain.evaluate(census)
    assert hostile.evaluate("document.querySelectorAll('.strategies > li').length") == 11 * len(HOSTILE)


def test_a_style_of_others_is_refused_by_the_policy_of_the_page(opened):
    page = opened("dozen")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p id=x style=color:red>x</p>')")
    assert page.evaluate("getComputedStyle(document.getElementById('x')).color") != "rgb(255, 0, 0)"
    assert "Content Security Policy" in page.said[0]


def test_a_printed_page_shows_what_is_folded(opened):
    page = opened("dozen")
    heights = "[...document.querySelectorAll('.strategies details')].map(each => each.offsetHeight)"
    folded = page.evaluate(heights)
    page.emulate_media(media="print")
    assert all(after > before + 20 for before, after in zip(folded, page.evaluate(heights), strict=True))
