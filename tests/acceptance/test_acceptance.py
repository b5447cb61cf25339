"""Runs every folder beside this file as a case; README.md says what is in one."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/steps.yaml"))
COMMANDS = Path(sys.executable).parent
UPDATE = "UPDATE_ACCEPTANCE" in os.environ  # noqa: TID251 - a switch for whoever runs the tests
KEYS = {"run", "exit", "stderr", "write", "env", "stdin"}


@dataclass
class Normaliser:
    """Replaces what differs from run to run; the same id gets the same number throughout a case."""

    project: Path
    ids: dict[str, str] = field(default_factory=dict)

    def text(self, raw: str) -> str:
        raw = raw.replace(str(self.project), "<project>")
        raw = re.sub(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00| UTC)?", "<time>", raw)
        raw = re.sub(r"\b[0-9a-f]{64}\b", "<hash>", raw)
        raw = re.sub(r"\bplan=[0-9a-f]{12}\b", "plan=<hash>", raw)
        raw = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", lambda found: self.numbered(found[0]), raw)
        return re.sub(r"\b(volvenctl,? (version )?|\"volvenctlVersion\": ?\")\d+\.\d+[.0-9a-z]*", r"\1<version>", raw)

    def numbered(self, found: str) -> str:
        return self.ids.setdefault(found, f"<id-{len(self.ids) + 1}>")


def prepare(project: Path, step: dict) -> None:
    unknown = step.keys() - KEYS
    assert not unknown, f"steps.yaml: unknown keys {sorted(unknown)}"
    for name, content in step.get("write", {}).items():
        path = project / name
        if content is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")


def run(project: Path, home: Path, step: dict) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(step["run"])
    system = {"PATH": f"{COMMANDS}:{os.defpath}", "HOME": str(home), "TZ": "UTC", "LANG": "C.UTF-8"}
    return subprocess.run(
        [str(COMMANDS / program), *arguments],
        cwd=project,
        env=system | step.get("env", {}),
        input=step.get("stdin", ""),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_the_commands_of_a_case_answer_as_written(case, tmp_path):
    project, home = tmp_path / "project", tmp_path / "home"
    home.mkdir()
    if (case / "project").is_dir():
        shutil.copytree(case / "project", project)
    else:
        project.mkdir()
    normaliser = Normaliser(project.resolve())
    for number, step in enumerate(yaml.safe_load((case / "steps.yaml").read_text(encoding="utf-8")), start=1):
        prepare(project, step)
        done = run(project, home, step)
        what = f"step {number}: {step['run']}\n{done.stdout}{done.stderr}"
        assert done.returncode == step.get("exit", 0), what
        for text in step.get("stderr", []):
            assert text in normaliser.text(done.stderr), what
        expected = case / f"{number:02}.out"
        if UPDATE:
            expected.write_text(normaliser.text(done.stdout), encoding="utf-8")
        assert normaliser.text(done.stdout) == expected.read_text(encoding="utf-8"), what


def test_there_is_an_expectation_for_every_step_and_no_other():
    for case in CASES:
        steps = yaml.safe_load((case / "steps.yaml").read_text(encoding="utf-8"))
        wanted = [f"{number:02}.out" for number in range(1, len(steps) + 1)]
        assert sorted(path.name for path in case.glob("*.out")) == wanted, case.name
