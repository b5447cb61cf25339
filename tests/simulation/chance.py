"""What a simulated world may do at each step, and the list of choices that makes it do the same again."""


class Chance:
    """Draws for one run of the tool. The first option is what normally happens; any other is a fault.

    `deviations` are pairs of a draw's number and the option to take there; everything else goes normally. The
    draws after the last deviation are kept, so that the search can go on from there.
    """

    is_thorough = False
    """Whether a run in another one's pause has all faults too, and not only those of what it sends."""

    def __init__(self, deviations=(), *, faults=0):
        self._wanted = dict(deviations)
        self._last = max(self._wanted, default=-1)
        self._may_go_on = faults > len(self._wanted)
        self._count = 0
        self.open = []
        """Number and fault of every deviation that could come next."""
        self.story = []
        self.result = None
        """What the run led to, kept by the search."""

    def draw(self, place, normal, *faults):
        number = self._count
        self._count += 1
        chosen = self._wanted.get(number, normal)
        if chosen not in {normal, *faults}:
            raise AssertionError(f"choice {number} is made at {place}, which offers {faults}, not {chosen!r}")
        if chosen != normal:
            self.story.append(f"{place}: {chosen}")
        if self._may_go_on and number > self._last:
            self.open.extend((number, fault) for fault in faults)
        return chosen


class Dice:
    """Draws by a random generator: a fault now and then, until there were enough."""

    is_thorough = True

    def __init__(self, generator, *, faults, one_in):
        self._generator = generator
        self._one_in = one_in
        self._count = 0
        self.left = faults
        self.deviations = []
        self.story = []

    def draw(self, place, normal, *faults):
        number = self._count
        self._count += 1
        if not faults or not self.left or self._generator.randrange(self._one_in):
            return normal
        self.left -= 1
        chosen = self._generator.choice(faults)
        self.deviations.append((number, chosen))
        self.story.append(f"{place}: {chosen}")
        return chosen
