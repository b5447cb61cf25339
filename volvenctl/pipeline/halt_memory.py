"""What an emergency stop knows of before, and what it leaves behind: asked for aside, so that no stop waits for it."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Generic, TypeVar

from volvenctl.core.fold import fold_all
from volvenctl.core.halting import labels_of
from volvenctl.core.override import apply_override
from volvenctl.core.parse import parse
from volvenctl.errors import Conflict, StorageError, VolvenctlError
from volvenctl.model.names import StrategyName
from volvenctl.model.record import EMPTY, Draft
from volvenctl.model.state import State
from volvenctl.pipeline.ending import store_state
from volvenctl.pipeline.journal import Journal
from volvenctl.pipeline.opening import creation_draft, open_for_reading
from volvenctl.ports import World

T = TypeVar("T")


class Late(Generic[T]):
    """What a job returns, once it is done."""

    def __init__(self, job: Callable[[], T]) -> None:
        """Keep the job; `run` does it."""
        self._job = job
        self._done = threading.Event()
        self._found: list[T] = []
        self._error: VolvenctlError | None = None

    def run(self) -> None:
        """Do the job."""
        try:
            self._found.append(self._job())
        except VolvenctlError as error:
            self._error = error
        finally:
            self._done.set()

    def is_done(self, within_s: float) -> bool:
        """Return whether the job is done, waiting this long for it."""
        return self._done.wait(within_s)

    def within(self, seconds: float) -> T:
        """Return what the job returned, waiting this long for it.

        Raises:
            VolvenctlError: what the job raised, or that it is not done.
        """
        if not self._done.wait(seconds):
            raise StorageError("there is no answer yet")
        if not self._found:
            raise self._error or StorageError("there is no answer")
        return self._found[0]


class _Aside:
    """Does jobs one after the other on a thread that ends with the process."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[Late[object]] = SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def ask(self, job: Callable[[], T]) -> Late[T]:
        late = Late(job)
        self._jobs.put(late)  # type: ignore[arg-type]  # what it returns is asked of it, not of the queue
        return late

    def _work(self) -> None:
        while True:
            self._jobs.get().run()


@dataclass(frozen=True, slots=True)
class Memories:
    """What could be had in time."""

    state: State | None
    """None: the ledger cannot be used, or has not answered yet."""
    labels: Mapping[StrategyName, frozenset[str]] = field(default_factory=dict)
    unread: str = ""
    """Why there is no state."""
    is_final: bool = True
    """Asking again would not help."""


class HaltMemory:
    """The ledger and the specs of one environment during a halt. What takes longer than a stop may wait goes on aside.

    What the ledger says is kept by the one thread that asks it, job by job, so that records follow their reading.
    """

    def __init__(self, world: World) -> None:
        """Begin to read both."""
        self._world = world
        self._state: State | None = None
        self._is_fresh = False
        self._ledger = _Aside("halt-ledger")
        self._opened = self._ledger.ask(self._open)
        self._labels = _Aside("halt-specs").ask(lambda: written_labels(world))

    def read(self, within_s: float, *, with_specs: bool) -> Memories:
        """Return what the ledger says, with what others wrote in the meantime, and the labels in git."""
        labels = self._specs(within_s) if with_specs else {}
        reading = self._ledger.ask(self._refresh)
        try:
            return Memories(reading.within(within_s), labels)
        except VolvenctlError as error:
            unread = f"the state cannot be used, so nothing is recorded and names are not known: {error.message}"
            return Memories(None, labels, unread, is_final=reading.is_done(0))

    def record(self, make: Callable[[State], Draft | None], *, afresh: bool = False) -> Late[None]:
        """Have a record stored, of what `make` says when it is this one's turn; None: there is nothing to say.

        `make` is given what was read last, or, `afresh`, what the ledger says at that moment.
        """
        return self._ledger.ask(lambda: self._record(make(self._refresh() if afresh else self._known())))

    def _specs(self, within_s: float) -> Mapping[StrategyName, frozenset[str]]:
        """Return the labels of each spec in git; none where the specs cannot be read in time."""
        try:
            return self._labels.within(within_s)
        except VolvenctlError:
            return {}

    def _open(self) -> None:
        self._state = open_for_reading(self._world).state
        self._is_fresh = True

    def _known(self) -> State:
        self._opened.within(0)  # raises what kept the ledger from being read
        return self._state or State()

    def _refresh(self) -> State:
        before = self._known()
        if self._is_fresh:  # it was read just now
            self._is_fresh = False
            return before
        self._state = fold_all(self._world.ledger.read(before.head.seq), before)
        return self._state

    def _record(self, draft: Draft | None) -> None:
        if draft is None:
            return
        journal = Journal(self._world.ledger, self._world.system, self._known())
        if journal.state.head == EMPTY:
            with suppress(Conflict):  # then somebody else created it just now
                journal.announce(creation_draft(self._world, {}))
        journal.report(draft)
        self._state = journal.state
        store_state(self._world, journal.state)  # that it could not be replaced is no news: the ledger has it


def written_labels(world: World) -> dict[StrategyName, frozenset[str]]:
    """Return the labels of every spec that can be read, valid or not."""
    found: dict[StrategyName, frozenset[str]] = {}
    for document in parse(world.specs.read_all()[0])[0]:
        metadata = apply_override(document, world.environment.name).value.get("metadata")
        name = metadata.get("name") if isinstance(metadata, Mapping) else None
        if isinstance(metadata, Mapping) and isinstance(name, str):
            found[StrategyName(name)] = labels_of(metadata)
    return found
