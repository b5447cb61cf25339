"""Look longer: `python tests/simulation/deep.py --faults 4 --seconds 600` by chance, `--all` for every case,
`--story` for what git says meanwhile.

A violation is printed with its seed and its choices; `--seed` with that number and the same faults and runs
repeats it.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.dicing import roll
from simulation.ends import check_end, check_plan
from simulation.invariants import Violation
from simulation.search import Search
from simulation.story import STORIES


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def by_chance(options):
    end = time.perf_counter() + options.seconds
    seed = first = options.seed
    faults = violations = 0
    while time.perf_counter() < end:
        try:
            faults += roll(seed, faults=options.faults, runs=options.runs, story=STORIES.get(options.story))
        except Violation as violation:
            violations += 1
            say(str(violation))
        seed += 1
    say(f"seeds {first} to {seed - 1}: {seed - first} cases, {faults} faults, {violations} violations")
    return violations


def one_by_one(options):
    search = Search(faults=options.faults, story=options.story or "launches")
    for number in range(1, options.runs + 1):
        search.next_run()
        say(f"after run {number}: {search.tally}")
    for scene, path in search.scenes():
        try:
            check_plan(scene)
            check_end(scene)
        except Violation as violation:
            say(f"{violation}\n  after replay({path!r}, {options.story or 'launches'!r})")
            return 1
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=3)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="every case instead of random ones; three faults take hours")
    parser.add_argument("--story", choices=STORIES, help="what git says meanwhile; by chance without it: launches")
    options = parser.parse_args()
    return 1 if (one_by_one if options.all else by_chance)(options) else 0


if __name__ == "__main__":
    sys.exit(main())
