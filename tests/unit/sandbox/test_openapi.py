"""The description of the simulated platform says what the platform does: schemathesis compares the two."""

import subprocess
import sys
from pathlib import Path

import pytest

from volvenctl.adapters.system import RealSystem, environment_variables
from volvenctl.sandbox.faults import FaultScript
from volvenctl.sandbox.server import SandboxServer
from volvenctl.sandbox.store import SandboxStore

COMMAND = Path(sys.executable).with_name("schemathesis")


@pytest.mark.skipif(not COMMAND.exists(), reason="schemathesis is not installed")
def test_every_answer_is_as_described(tmp_path):
    with SandboxServer(SandboxStore(tmp_path / "platform", RealSystem()).answer, FaultScript({})) as server:
        done = subprocess.run(
            [
                *(COMMAND, "run", f"{server.url}/openapi.json", "--max-examples", "15", "--seed", "1"),
                # what a product or an account allows is not in the description: bounds depend on the product
                *("--exclude-checks", "positive_data_acceptance"),
            ],
            cwd=tmp_path,
            env={"PATH": environment_variables()["PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-4000:]
