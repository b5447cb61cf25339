import io

import builders_report as build
import pytest

from volvenctl.cli.audience import Terminal, is_anybody_there
from volvenctl.cli.session import Session


def terminal(session=None, *, asks=True, shows=True):
    return Terminal(session or Session(), asks=asks, shows=shows, first=lambda: None)


@pytest.mark.parametrize(
    ("answer", "live", "wanted"),
    [
        ("yes\n", False, True),
        (" yes \n", False, True),
        ("y\n", False, False),
        ("YES\n", False, False),
        ("\n", False, False),
        ("", False, False),
        ("yes\n", True, False),
        ("sandbox\n", True, True),
    ],
)
def test_only_the_exact_answer_launches(monkeypatch, capsys, answer, live, wanted):
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert terminal().confirm(build.plan(build.create(), live=live)) is wanted
    shown = capsys.readouterr()
    assert shown.out.startswith("sha256:")
    assert ("real money" in shown.err) is live


def test_with_json_the_plan_to_be_confirmed_is_on_stderr(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert terminal(Session(style="json")).confirm(build.plan(build.create()))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "sha256:" in shown.err


def test_without_a_question_the_plan_is_shown_and_carried_out(capsys):
    assert terminal(asks=False).confirm(build.plan(build.create()))
    assert "sha256:" in capsys.readouterr().out


def test_a_saved_plan_is_neither_shown_nor_asked_about(capsys):
    assert terminal(asks=False, shows=False).confirm(build.plan(build.create()))
    assert capsys.readouterr().out == ""


def test_the_wait_ends_before_the_plan_is_shown(capsys):
    told = []
    Terminal(Session(), asks=False, shows=True, first=lambda: told.append(capsys.readouterr().out)).confirm(
        build.plan()
    )
    assert told == [""]


def test_the_course_of_a_run_is_told_on_stderr_and_made_safe(capsys):
    listener = terminal()
    listener.started("a\x1b")
    listener.finished(build.results("s\u202e")[1])
    listener.notice("n\r")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "sending a\\x1b ...",
        "x refused  btc-dip-buy  HTTP 400",
        "      s\\u202e:9:7: $.spec.size: s\\u202e",
        "note: n\\r",
    ]


def test_nobody_is_there_without_a_terminal(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    assert not is_anybody_there()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert not is_anybody_there()
