import io
import json
import threading

from volvenctl.cli.session import Session, error_text
from volvenctl.errors import Exit, UsageError
from volvenctl.render.style import PLAIN


def test_an_error_is_a_message_and_a_hint_made_safe():
    assert error_text(UsageError("a\nb", hint="c\x1b"), PLAIN) == "error: a\\nb\nhint: c\\x1b\n"
    assert error_text(UsageError("a"), PLAIN) == "error: a\n"


def test_what_takes_its_time_is_said_until_it_is_done(monkeypatch):
    said = threading.Event()

    class Listener(io.StringIO):
        def write(self, text):
            written = super().write(text)
            if "[" in self.getvalue():
                said.set()
            return written

    listener = Listener()
    monkeypatch.setattr("sys.stderr", listener)
    with Session(patience_s=(0.01, 0.01)).waiting("looking"):
        assert said.wait(10)
    assert listener.getvalue().startswith("looking ...\nlooking ... [")


def test_quiet_silences_progress_and_only_that(capsys):
    session = Session(quiet=True, verbose=True)
    session.say("progress")
    session.detail("detail")
    session.write_error("error\n")
    assert capsys.readouterr().err == "error\n"


def test_details_are_for_the_verbose(capsys):
    Session().detail("a")
    Session(verbose=True).detail("b\x1b")
    assert capsys.readouterr().err == "b\\x1b\n"


def test_a_lost_result_is_an_error_and_hides_no_worse_one():
    session = Session(is_output_lost=True)
    assert [session.ended(code) for code in (Exit.OK, Exit.CHANGES, Exit.UNKNOWN)] == [1, 1, 4]


def logged(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_in_a_json_log_an_error_is_one_object_with_its_exit_code_and_hint(capsys):
    session = Session(log_format="json", facts={"command": "plan"})
    session.fail(UsageError("a\nb", hint="c\x1b"))
    session.fail(UsageError("a"))
    first, second = logged(capsys)
    assert {**first, "time": ""} == {
        "time": "",
        "level": "error",
        "message": "a\\nb",
        "command": "plan",
        "exit": 64,
        "hint": "c\\x1b",
    }
    assert "hint" not in second


def test_in_a_json_log_what_is_said_has_a_level_and_its_facts(capsys):
    session = Session(log_format="json", verbose=True)
    session.say("a", name="btc")
    session.detail("b\n")
    session.notice("c\n")
    session.write_error("")
    found = [(item["level"], item["message"], item.get("name")) for item in logged(capsys)]
    assert found == [("info", "a", "btc"), ("debug", "b\\n", None), ("warning", "c\\n", None)]


def test_a_notice_is_a_note_in_a_text_log(capsys):
    Session().notice("a\x1b")
    assert capsys.readouterr().err == "note: a\\x1b\n"


def test_a_json_log_is_never_painted(capsys):
    session = Session(log_format="json", color="always")
    assert session.error_palette == PLAIN
    assert session.palette != PLAIN


def test_a_line_of_a_json_log_commands_no_ci_system(capsys):
    Session(log_format="json").say("::error ##[x]")
    line = capsys.readouterr().err
    assert "##[" not in line
    assert line.startswith("{")
