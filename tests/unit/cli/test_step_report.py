import pytest

from volvenctl.cli.session import Session
from volvenctl.cli.step_report import report_step


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    return tmp_path


def test_what_is_there_already_stays(files):
    (files / "output").write_text("before=1\n")
    report_step(Session(), {"exit": "0"}, "# one\n")
    report_step(Session(), {"exit": "2"}, "# two\n")
    assert (files / "output").read_text() == "before=1\nexit=0\nexit=2\n"
    assert (files / "summary").read_text() == "# one\n# two\n"


def test_outside_of_github_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "")
    monkeypatch.chdir(tmp_path)
    report_step(Session(), {"exit": "0"}, "# one\n")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_said_and_the_other_is_written(files, capsys):
    (files / "output").mkdir()
    report_step(Session(), {"exit": "0"}, "# one\n")
    assert capsys.readouterr().err.startswith("the file of GITHUB_OUTPUT could not be written: ")
    assert (files / "summary").read_text() == "# one\n"


def test_a_link_is_not_followed(files, capsys):
    (files / "target").write_text("")
    (files / "output").symlink_to(files / "target")
    report_step(Session(), {"exit": "0"}, "# one\n")
    assert (files / "target").read_text() == ""
    assert "GITHUB_OUTPUT" in capsys.readouterr().err
