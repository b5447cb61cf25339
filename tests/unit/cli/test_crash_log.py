import stat
from pathlib import Path

from volvenctl.cli.crash import write_crash_log


def _fail(secret):
    try:
        int(secret)
    except ValueError as error:
        raise KeyError(secret) from error


def test_the_log_of_a_bug_says_where_and_holds_no_value():
    try:
        _fail("CANARY")
    except KeyError as error:
        path = Path(write_crash_log(error))
    text = path.read_text()
    mode = stat.S_IMODE(path.stat().st_mode)
    path.unlink()
    assert "builtins.KeyError" in text
    assert "builtins.ValueError" in text
    assert "in _fail" in text
    assert "CANARY" not in text
    assert mode == 0o600


def test_without_a_temporary_folder_the_kind_of_bug_is_still_named(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    assert write_crash_log(KeyError("x")) == "not available (FileNotFoundError); it was a KeyError"


def test_an_error_that_caused_itself_ends():
    error = KeyError("x")
    error.__context__ = inner = ValueError("y")
    inner.__context__ = error
    path = Path(write_crash_log(error))
    assert path.read_text().count("builtins.") == 2
    path.unlink()
