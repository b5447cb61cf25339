"""A plan as a page: it says what the text says, loads nothing, runs nothing."""

import base64
import hashlib
import re

import builders_render as build
import builders_report
from builders_markup import design, read_html

from volvenctl.render.html import plan_html, problems_html
from volvenctl.render.plan_view import plan_view

FORBIDDEN = {"script", "iframe", "object", "embed", "form", "input", "img", "link", "base", "video", "audio"}


def page(plan, limits=None) -> str:
    return plan_html(plan_view(plan, limits), design())


def words(html: str) -> str:
    markup = read_html(html)
    return " ".join(" ".join([*markup.prose, *markup.code]).split())


def test_the_page_begins_with_hash_environment_expiry_and_capital():
    html = page(build.dozen())
    body = html[html.index("<body>") :]
    places = [body.index(text) for text in (builders_report.DIGEST, "production", "2026-01-02 03:04 UTC", "+98,500.5")]
    assert places == sorted(places)


def test_the_policy_allows_the_style_sheet_by_its_hash_and_nothing_else():
    html = page(build.dozen())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html).group(1).replace("&#39;", "'")
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_the_page_has_no_script_and_loads_nothing():
    markup = read_html(page(build.dozen(), build.LIMITS))
    assert not FORBIDDEN & set(markup.tags)
    assert {name for _, name in markup.attributes if name.startswith("on") or name in {"src", "style"}} == set()
    assert "url(" not in design().style
    assert "@import" not in design().style


def test_every_element_ends_where_it_should():
    assert read_html(page(build.dozen(), build.LIMITS)).is_balanced
    assert read_html(page(builders_report.plan())).is_balanced


def test_the_page_is_in_english_and_made_for_light_dark_phone_and_paper():
    html = page(build.dozen())
    assert '<html lang="en">' in html
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    for query in ("prefers-color-scheme: dark", "max-width: 40rem", "@media print"):
        assert query in html


def test_every_strategy_is_there_with_its_place_and_commit():
    html = page(build.dozen())
    for action in build.dozen().actions:
        assert action.name in html
        assert f"<code>{action.source.file}:{action.source.line}</code> <code>c0ffee000000</code>" in html
    assert html.count("<details>") == 13
    assert "Kept as they are: 1" in words(html)


def test_the_page_says_the_money_and_the_head_room():
    said = words(page(build.dozen(), build.LIMITS))
    assert "141,000 USDT +42,000 USDT 100,000 USDT ! -41,000 USDT" in said
    assert "maxNotionalPerPlan 65,500 USDT 200,000 USDT 134,500 USDT" in said
    assert "head-room" not in words(page(build.dozen()))


def test_a_smart_order_is_drawn_from_its_exact_figures():
    html = page(builders_report.plan(build.create()))
    assert re.findall(r'<rect class="slice" x="(\d+)" y="2" width="(\d+)"', html) == [
        ("0", "300"),
        ("300", "300"),
        ("600", "300"),
        ("900", "100"),
    ]
    assert re.findall(r'<rect class="(open|shut)" x="(\d+)" y="10" width="(\d+)"', html) == [
        ("open", "0", "250"),
        ("open", "250", "500"),
        ("shut", "750", "250"),
    ]
    assert re.findall(r'<line class="mark" x1="(\d+)"', html) == ["250", "750"]
    assert "Slices: 3 x 0.03 + 0.01" in html


def test_an_order_without_prices_has_no_axis():
    body = '{"strategyType":"SMO","side":"BUY","size":5}'
    assert "<line" not in page(builders_report.plan(build.create(body=body)))


def test_an_empty_plan_says_so():
    assert "No strategies." in page(builders_report.plan(orphaned=(), drift=(), warnings=(), capital=()))


def test_values_show_what_they_were_and_will_be():
    html = page(builders_report.plan(build.create(text="t")))
    assert "<td><code>0.1</code></td><td><code>0.2</code></td>" in html
    assert '<td><span class="faint">absent</span></td><td><code>&#34;t&#34;</code></td>' in html


def test_problems_make_a_page_of_their_own():
    html = problems_html(builders_report.checked(builders_report.problem("<script>")), design())
    assert "<h1>No plan: the specs have problems</h1>" in html
    assert "$.spec.size: &lt;script&gt;" in html
    assert read_html(html).is_balanced
