"""One case of the self-test."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from volvenctl.cli.selftest.trial import Trial
from volvenctl.sandbox.faults import FaultScript, read_fault


@dataclass(frozen=True, slots=True)
class Case:
    """Something that goes wrong, and the story that it happens in."""

    name: str
    tell: Callable[[Trial], None]
    creates: Sequence[str] = ()
    """What becomes of each create, in order; `ok` after the last."""
    actions: Sequence[str] = ()
    """What becomes of each start, pause and stop, in order; `ok` after the last."""

    @property
    def script(self) -> FaultScript:
        """The platform's part."""
        faults = {"create": self.creates, "action": self.actions}
        return FaultScript({call: tuple(read_fault(item, call) for item in items) for call, items in faults.items()})
