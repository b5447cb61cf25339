"""The report about an audit trail: applies with their approvals, lives, records; a page without anything active."""

import re
from importlib.resources import files

import builders_audit as audit
from builders_markup import read_html
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.core.spans import spans_of
from volvenctl.model.audit import History
from volvenctl.model.report import AuditLog
from volvenctl.render.audit_view import audit_view
from volvenctl.render.html import Design, audit_html

TRAIL = audit.trail_of(10)
HISTORY = History(AuditLog("L-1", "sandbox", TRAIL, audit.Head(10, TRAIL[-1].hash), ("a note",)), spans_of(TRAIL))
FORBIDDEN = {"script", "iframe", "object", "embed", "form", "input", "img", "link", "base", "video", "audio"}


def page(history=HISTORY):
    folder = files("volvenctl.render")
    texts = ((folder / name).read_text(encoding="utf-8") for name in ("audit.html.jinja", "plan.css"))
    return audit_html(audit_view(history), Design(*texts))


def test_an_apply_is_shown_with_who_approved_it_and_how_it_ended():
    (row,) = audit_view(HISTORY).applies
    assert (row.seq, row.who, row.run) == (3, "ann", "https://ci.example/7")
    assert (row.approvals, row.ending) == (("bob@dësk SHA256:x",), "exit 0 planned=22")


def test_an_apply_without_an_end_says_so():
    (row,) = audit_view(History(AuditLog(None, "x", TRAIL[2:3], HISTORY.log.head, ()), ())).applies
    assert (row.approvals, row.ending) == ((), "no end recorded")


def test_a_life_says_from_when_until_when():
    rows = audit_view(HISTORY).spans
    assert [(row.name, row.word, bool(row.end)) for row in rows] == [
        ("s0", "running", True),
        ("s1", "running", False),
        ("s0", "stopped", False),
    ]
    assert rows[0].end == "2026-01-02T03:00:09.000Z (record 10)"


def test_nothing_that_is_wanted_is_said_too():
    empty = History(AuditLog(None, "x", (), HISTORY.log.head, ()), ())
    assert audit_view(empty).period == "0 records"
    assert read_html(page(empty)).is_balanced


def test_the_page_has_everything_and_says_what_was_not_asked():
    html = page()
    said = " ".join(" ".join([*read_html(html).prose, *read_html(html).code]).split())
    for text in ("10 records, 2026", "bob@dësk", "The platform was not asked", "emergency stop", "still so", "a note"):
        assert text in said
    assert html.count("<tr>") == 3 + 1 + 3 + 10


def test_the_page_runs_nothing_and_loads_nothing():
    html = page()
    markup = read_html(html)
    assert markup.is_balanced
    assert not FORBIDDEN & set(markup.tags)
    assert {name for _, name in markup.attributes if name.startswith("on") or name in {"src", "style"}} == set()
    assert re.search(r"Content-Security-Policy\" content=\"default-src &#39;none&#39;; style-src &#39;sha256-", html)


@given(st.text(st.characters(), min_size=1))
def test_no_text_of_the_ledger_becomes_markup(text):
    plain, hostile = read_html(page(audit.history("x"))), read_html(page(audit.history(text)))
    assert hostile.tags == plain.tags
    assert hostile.attributes == plain.attributes


def test_a_tag_in_a_reason_is_text():
    assert "<script>" not in page(audit.history("<script>alert(1)</script>"))
