import io
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
