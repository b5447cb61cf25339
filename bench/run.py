"""Measure commands on a generated project: `python bench/run.py [--specs N] [--repeat N] [--json]`.

Runs the `volvenctl` that is installed beside this interpreter. Wall and processor time (user and system, of the
command and its children) are medians over the repetitions; the first run, which fills the caches, is not counted.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from generate import write_project

COMMANDS = ("--version", "--help", "validate --offline", "validate", "plan")
VOLVENCTL = str(Path(sys.executable).with_name("volvenctl"))


def measured(command: list[str], folder: Path) -> tuple[float, float]:
    """Return wall and processor seconds of one run, which must succeed."""
    before, start = os.times(), perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    wall, after = perf_counter() - start, os.times()
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    spent = after.children_user - before.children_user + after.children_system - before.children_system
    return wall, spent


def median_of(command: list[str], folder: Path, repeat: int) -> dict[str, float]:
    """Return the medians of `repeat` runs, in milliseconds."""
    measured(command, folder)
    walls, spents = zip(*(measured(command, folder) for _ in range(repeat)), strict=True)
    return {
        "wallMilliseconds": round(statistics.median(walls) * 1000, 1),
        "cpuMilliseconds": round(statistics.median(spents) * 1000, 1),
    }


def main() -> None:
    """Generate the project, run every command and print a table or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specs", type=int, default=1000, help="how many specs (default 1000)")
    parser.add_argument("--repeat", type=int, default=5, help="how many runs are counted (default 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, asked.specs)
        rows = {line: median_of([VOLVENCTL, *line.split()], folder, asked.repeat) for line in COMMANDS}
        rows["python -c pass"] = median_of([sys.executable, "-c", "pass"], folder, asked.repeat)
    if asked.json:
        print(json.dumps({"specs": asked.specs, "repeat": asked.repeat, "commands": rows}))
        return
    print(f"{asked.specs} specs, median of {asked.repeat} runs")
    print(f"{'command':24}{'wall ms':>10}{'cpu ms':>10}")
    for line, row in rows.items():
        print(f"{line:24}{row['wallMilliseconds']:>10}{row['cpuMilliseconds']:>10}")


if __name__ == "__main__":
    main()
