"""Cases about strategies that run already: they are paused, stopped and replaced while something goes wrong."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from volvenctl.cli.selftest.bench import NAMES, ledger_file_in, write_spec
from volvenctl.cli.selftest.case import Case
from volvenctl.cli.selftest.fuse import Fuse, fused
from volvenctl.cli.selftest.trial import Trial
from volvenctl.errors import Exit
from volvenctl.model.names import StrategyName
from volvenctl.sandbox.faults import NAMES as OUTCOMES
from volvenctl.sandbox.faults import FaultScript

CHANGED: Final = NAMES[1]
"""The spec that changes; the others stay as they are."""

_CHANGES: Final = {
    "pause": ("lifecycle: {runState: paused}", ("PAUSED",)),
    "stop": ("lifecycle: {runState: stopped}", ("STOPPED",)),
    "replace": ("lifecycle: {onChange: replace}", ("STOPPED", "RUNNING")),
}
"""What each change adds to the spec, and the states of all its strategies at the platform after it, in order."""

_EDITED_SIZE = "0.25"
_QUICK_OUTCOMES = ("429", "500C", "timeoutC", "rst-before-read")


def action_outcomes(*, quick: bool) -> list[Case]:
    """Return a case for each outcome of a pause and of a stop."""
    outcomes = _QUICK_OUTCOMES if quick else tuple(item for item in OUTCOMES if not item.startswith(("late", "dupid")))
    return [
        Case(f"{outcome} on a {change}", partial(change_one, change=change), actions=(outcome,))
        for change in ("pause", "stop")
        for outcome in outcomes
    ]


def cut_replaces(folder: Path, every: int) -> list[Case]:
    """Return a case for each port call at which a replace is cut off, leaving out all but one of so many.

    `folder`, which must not exist, is for counting the port calls.
    """
    fuse = Fuse()
    with Trial(folder, FaultScript({})) as trial:
        change_one(trial, "replace", fuse)
    points = list(enumerate(fuse.steps, start=1))[::every]
    return [Case(f"call {number} ({step})", partial(_cut_replace, at=number)) for number, step in points]


def _cut_replace(trial: Trial, at: int) -> None:
    change_one(trial, "replace", Fuse(at))


def change_one(trial: Trial, change: str, fuse: Fuse | None = None) -> None:
    """Launch all, change one spec, apply with something going wrong, and then until nothing is left to do."""
    lifecycle, states = _CHANGES[change]
    trial.apply()
    write_spec(trial.folder, CHANGED, lifecycle, _EDITED_SIZE if change == "replace" else None)
    burning = Fuse() if fuse is None else fuse
    trial.apply(partial(fused, ledger_file=ledger_file_in(trial.folder), fuse=burning))
    trial.apply()
    last = trial.apply_last()
    unasked = _unasked(trial, change)
    if last.exit != Exit.UNKNOWN:
        trial.faults += _wrong_states(trial.states_of, states)
    trial.faults += [f"{action} was sent for {name}, and nobody asked for it" for name, action in unasked]


def _wrong_states(states_of: Callable[[StrategyName], Sequence[str]], changed: Sequence[str]) -> Iterator[str]:
    for name in NAMES:
        found, wanted = list(states_of(name)), list(changed) if name == CHANGED else ["RUNNING"]
        if found != wanted:
            yield f"{name} is {' and '.join(found)} in the end, not {' and '.join(wanted)}"


def _unasked(trial: Trial, change: str) -> list[tuple[StrategyName, str]]:
    allowed = (CHANGED, "stop" if change == "replace" else change)
    return [item for item in trial.told if item != allowed]
