"""Where a result goes that the ledger did not take, and what is found of it later."""

import os
import sys

import pytest

from volvenctl.adapters.recovery_files import LIMIT, RecoveryFiles
from volvenctl.errors import Exit, LedgerError

RESULT = {"type": "attempt.succeeded", "data": {"attemptId": "a-1"}}
LINE = '{"type":"attempt.succeeded","data":{"attemptId":"a-1"}}\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


@pytest.fixture
def files(folder, tmp_path):
    return RecoveryFiles(folder, tmp_path / "spare")


def test_a_result_is_found_until_it_is_dropped(files, folder, capsys):
    assert files.save("a-1", RESULT) == str(folder / "recovery-a-1.json")
    assert (folder / "recovery-a-1.json").read_text() == LINE
    assert files.found() == (("recovery-a-1.json", RESULT),)
    files.drop("recovery-a-1.json")
    assert files.found() == ()
    assert capsys.readouterr().err == ""


def test_a_folder_that_is_gone_is_not_made_again_unless_it_is_for_these_files_only(tmp_path):
    gone, spare = tmp_path / "deep" / "gone", tmp_path
    assert RecoveryFiles(gone, spare).save("a-1", RESULT) == str(spare / "recovery-a-1.json")
    assert not gone.exists()
    own = RecoveryFiles(gone, spare, makes_folder=True)
    assert own.save("a-1", RESULT) == str(gone / "recovery-a-1.json")
    assert gone.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_was_never_made_holds_nothing(tmp_path):
    assert RecoveryFiles(tmp_path / "never", tmp_path, makes_folder=True).found() == ()
    assert not (tmp_path / "never").exists()


def test_without_any_folder_a_result_goes_to_stderr(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    nowhere = RecoveryFiles(tmp_path / "file" / "a", tmp_path / "file" / "b", makes_folder=True)
    assert nowhere.save("a-1", RESULT) == "stderr"
    assert capsys.readouterr().err == LINE


def test_in_ci_a_result_is_in_the_log_too_since_the_disk_goes_with_the_job(folder, tmp_path, capsys):
    files = RecoveryFiles(folder, tmp_path, in_ci=True)
    where = files.save("a-1", RESULT)
    assert where == f"{folder / 'recovery-a-1.json'} and, as a line of JSON, in the log of this job"
    assert capsys.readouterr().err == LINE
    assert files.found() == (("recovery-a-1.json", RESULT),)


@pytest.mark.parametrize("in_ci", [False, True])
def test_a_closed_stderr_does_not_end_the_run(tmp_path, monkeypatch, in_ci):
    closed = (tmp_path / "log").open("w")
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    assert RecoveryFiles(tmp_path / "x", tmp_path / "y", in_ci=in_ci).save("a-1", RESULT) == "stderr"


class _FullLog:
    def write(self, text):
        raise OSError("no space left")


def test_a_log_that_takes_nothing_does_not_end_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stderr", _FullLog())
    assert RecoveryFiles(tmp_path / "x", tmp_path / "y").save("a-1", RESULT) == "stderr"


def test_a_file_that_is_too_large_says_so_with_the_limit(files, folder):
    (folder / "recovery-a-1.json").write_text('{"a":"' + "x" * (LIMIT - 7) + '"}')
    with pytest.raises(LedgerError) as caught:
        files.found()
    assert caught.value.message == (
        f"the recovery file {folder}/recovery-a-1.json is larger than the 4194304 bytes that a result can have"
    )
    assert caught.value.hint == "nothing that large is written by volvenctl; look at it, and move it away"
    assert caught.value.exit == Exit.ERROR


def test_no_more_of_a_file_is_read_than_a_result_can_have(files, folder, monkeypatch):
    with (folder / "recovery-a-1.json").open("wb") as file:
        file.truncate(2 * LIMIT)
    sizes, real = [], os.pread

    def counting(descriptor, wanted, offset):
        sizes.append(wanted)
        return real(descriptor, wanted, offset)

    monkeypatch.setattr(os, "pread", counting)
    with pytest.raises(LedgerError, match="is larger than"):
        files.found()
    assert sizes[0] == LIMIT + 1


def test_a_recovery_file_that_is_no_file_cannot_be_read(files, folder):
    (folder / "recovery-a-1.json").mkdir()
    with pytest.raises(LedgerError, match=r"recovery-a-1\.json cannot be read: .*is no regular file"):
        files.found()
