"""Applies the project of a case as a process of its own, which kills itself at a chosen port call."""

import sys
from pathlib import Path

from volvenctl.cli.selftest.bench import Silent, ledger_file_in, open_bench
from volvenctl.cli.selftest.fuse import Fuse, fused
from volvenctl.pipeline.apply import ApplyOptions, apply


def main(folder: Path, at: int) -> None:
    """Apply in `folder`, and die at the port call with the number `at`."""
    world = fused(open_bench(folder), ledger_file=ledger_file_in(folder), fuse=Fuse(at, "kill"))
    apply(world, ApplyOptions(parallelism=1), Silent())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
