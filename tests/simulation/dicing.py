"""Cases by chance: more faults, runs and specs than can be tried one by one. A seed stands for a case."""

from random import Random  # noqa: TID251 - a seed makes it repeat

from simulation.chance import Dice
from simulation.ends import check_end, check_plan
from simulation.invariants import Violation
from simulation.scene import first_run
from simulation.story import launches

_NAMES = ("btc", "eth", "sol")


def roll(seed, *, faults=3, runs=3, story=None, wiring=None):
    """Carry out the case of this seed, of some launches or of a story; return how many faults it had.

    Raises:
        Violation: with the seed and the choices.
    """
    generator = Random(seed)  # noqa: S311 - chance, not secrecy
    names = _NAMES[: generator.randint(1, len(_NAMES))]
    chosen = launches(*names) if story is None else story
    scene, path, events, left = first_run(chosen, wiring), [], [], faults
    try:
        for number in range(1, runs + 1):
            dice = Dice(generator, faults=left, one_in=generator.choice((4, 12, 40)))
            scene = scene.rested()
            try:
                scene.run(dice, str(number))
            finally:
                path.append(tuple(dice.deviations))
                events.extend(dice.story)
            left = dice.left
        scene.invariants.at_rest_once()
        check_plan(scene)
        check_end(scene)
    except AssertionError as error:
        again = f"replay({tuple(path)!r}, {chosen!r}, is_thorough=True)"
        raise Violation(f"seed {seed}, {faults} faults, {runs} runs: {error}\n  in {events}\n  {again}") from error
    return faults - left
