"""Starts the installed command, as a user would."""

import subprocess
import sys
from pathlib import Path

from volvenctl.adapters.system import environment_variables

COMMAND = str(Path(sys.executable).with_name("volvenctl"))


def volvenctl(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in `cwd` without a terminal; only `variables` and the path come from outside."""
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        env={"PATH": environment_variables()["PATH"], "HOME": str(cwd), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
