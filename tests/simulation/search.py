"""Every case there is: all runs of the tool from all states that earlier runs can leave, up to so many faults."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from simulation.chance import Chance
from simulation.invariants import Violation
from simulation.scene import first_run


@dataclass
class Tally:
    runs: int = 0
    """Runs of the tool that were carried out."""
    cases: int = 0
    """Executions, of all runs one after the other, that these stand for."""
    states: int = 0
    """Different states at rest."""
    codes: Counter = field(default_factory=Counter)


@dataclass
class _Place:
    """A state at rest, one way to it, and how many ways there are with so many faults left."""

    scene: object
    path: tuple
    ways: Counter


class Search:
    """All choices up to so many faults.

    Two things keep it short, and neither leaves a case out: equal states at rest are gone on from only once, and
    so are faults at the same step of a run after which everything that can be seen of it is the same.
    """

    def __init__(self, *, faults, story="launches", wiring=None):
        scene = first_run(story, wiring)
        self._story = story
        self.tally = Tally()
        self._number = 0
        self._level = {scene.key(): _Place(scene, (), Counter({faults: 1}))}
        self._following = {}

    def next_run(self):
        """Carry out every run that can follow from the states reached so far.

        Raises:
            Violation: with the choices that lead there, for `replay`.
        """
        self._number += 1
        self._following = {}
        for place in self._level.values():
            self._go_on(place, (), self._run(place, (), 1).open, 1)
        self._level = self._following
        self.tally.states += len(self._level)
        self.tally.cases = sum(sum(place.ways.values()) for place in self._level.values())

    def scenes(self):
        """Return the worlds that the last run left, each with the choices that lead there."""
        return [(place.scene, place.path) for place in self._level.values()]

    def _go_on(self, place, deviations, choices, weight):
        """Make each of the choices at the first step, at the second and so on, after the deviations that were made."""
        for _, at_one_step in groupby(choices, key=itemgetter(0)):
            different = {}
            for choice in at_one_step:
                made = (*deviations, choice)
                chance = self._run(place, made, weight)
                alike = different.setdefault((chance.result, tuple(chance.open)), [made, chance.open, 0])
                alike[2] += weight
            for made, following, stands_for in different.values():
                self._go_on(place, made, following, stands_for)

    def _run(self, place, deviations, weight):
        chance = Chance(deviations, faults=max(place.ways))
        scene, path = place.scene.rested(), (*place.path, deviations)
        self.tally.runs += 1
        try:
            code = scene.run(chance, str(self._number))
            self._arrive(place, scene, path, weight)
        except AssertionError as error:
            again = f"replay({path!r}, {self._story!r})"
            raise Violation(f"{error}\n  in {chance.story}\n  {again}") from error
        self.tally.codes[code] += 1
        chance.result = (scene.key(), code)
        return chance

    def _arrive(self, place, scene, path, weight):
        """Remember the state for the next run of the tool."""
        key = scene.key()
        if key not in self._following:
            scene.invariants.at_rest_once()
            self._following[key] = _Place(scene, path, Counter())
        used = len(path[-1])
        for left, count in place.ways.items():
            if left >= used:
                self._following[key].ways[left - used] += count * weight


def explore(*, faults, runs=3, story="launches", wiring=None):
    """Try all choices in so many runs of the tool, and return what was tried."""
    search = Search(faults=faults, story=story, wiring=wiring)
    for _ in range(runs):
        search.next_run()
    return search.tally
