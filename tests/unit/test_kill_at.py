"""The tool of the kill sweep: it counts the same points every time, and strikes exactly there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kill_at import why_not

KILL_AT = Path(__file__).parents[1] / "kill_at.py"
TWO_FOLDERS = ("/bin/sh", "-c", "mkdir one; mkdir two; true")

pytestmark = pytest.mark.skipif(bool(why_not()), reason=str(why_not()))


@pytest.fixture
def strike(tmp_path):
    """Return what runs a command up to a point, and tells the exit code, the report and the folders that it made."""

    def run(point, victims, command=TWO_FOLDERS):
        work = tmp_path / f"{point}-{victims}"
        work.mkdir()
        report = tmp_path / "report.json"
        done = subprocess.run(
            [sys.executable, KILL_AT, str(point), victims, report, *command], cwd=work, timeout=60, check=False
        )
        return done.returncode, json.loads(report.read_text()), sorted(path.name for path in work.iterdir())

    return run


def test_without_a_point_the_command_runs_to_its_end_and_its_points_are_counted(strike):
    assert strike(0, "all") == (0, {"points": 4, "happened": "it ended by itself"}, ["one", "two"])


def test_the_exit_code_of_the_command_is_passed_on(strike):
    assert strike(0, "all", ("/bin/sh", "-c", "exit 7"))[0] == 7


@pytest.mark.parametrize(
    ("point", "happened", "made"),
    [
        (1, "before mkdir of mkdir", []),
        (2, "after mkdir of mkdir", ["one"]),
        (3, "before mkdir of mkdir", ["one"]),
        (4, "after mkdir of mkdir", ["one", "two"]),
    ],
)
def test_all_are_killed_right_before_or_after_a_call(strike, point, happened, made):
    assert strike(point, "all") == (137, {"points": point, "happened": happened}, made)


def test_the_children_of_a_command_that_is_killed_alone_end_what_they_do(strike):
    code, _, made = strike(1, "alone")
    assert (code, made) == (137, ["one"])
