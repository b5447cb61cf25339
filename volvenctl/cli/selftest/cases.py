"""The sweep: which cases there are. Each is a story of applies in which something goes wrong."""

import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from volvenctl.adapters.system import RealSystem
from volvenctl.cli.selftest.bench import NAMES, ledger_file_in
from volvenctl.cli.selftest.case import Case
from volvenctl.cli.selftest.changes import action_outcomes, cut_replaces
from volvenctl.cli.selftest.fuse import Blow, Fuse, fused, unlocked
from volvenctl.cli.selftest.trial import Trial, end_of, exits_outside
from volvenctl.errors import Exit
from volvenctl.sandbox.faults import NAMES as OUTCOMES
from volvenctl.sandbox.faults import FaultScript

CHILD: Final = "volvenctl.cli.selftest.child"
"""The module that applies with a fuse, as a process."""

_LATE_S = 0.5
_WRITES = ("ledger.append", "ledger.write_state")
_Point: TypeAlias = tuple[int, str]
"""The number of a port call, from 1 on, and what is called."""


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of one kind."""

    name: str
    about: str
    make: Callable[[], Sequence[Case]]
    at_once: int = 4
    """How many are tried at the same time."""


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """Return the whole sweep, or its quick part; `folder`, which must not exist, is for counting the port calls."""
    places = (2,) if quick else (1, 2, 3)
    workers = (1,) if quick else (1, len(NAMES))
    rounds = 2 if quick else 6

    def points(start: str | tuple[str, ...] = "", every: int = 1) -> list[_Point]:
        return [item for item in _port_calls(folder) if item[1].startswith(start)][::every]

    return (
        Group("outcomes", "every outcome of a create", partial(_outcomes, places), 6),
        Group("crashes", "the process gone at every port call", lambda: _blown(points(), "cut", workers)),
        Group(
            "torn",
            "the process gone in the middle of an append",
            lambda: _blown(points("ledger.append"), "tear", workers),
        ),
        Group("full", "the disk full from a write on", lambda: _blown(points(_WRITES), "full", workers)),
        Group("kills", "SIGKILL at port calls", lambda: _kills(points(every=12 if quick else 1)), 2),
        Group("in-flight", "SIGKILL, SIGINT, SIGTERM during a create", partial(_in_flight, places), 2),
        Group("races", "processes that apply at once", partial(_races, rounds, 3 if quick else 8), 1),
        Group("actions", "every outcome of a pause and a stop", partial(action_outcomes, quick=quick), 6),
        Group(
            "replaces",
            "the process gone at every port call of a replace",
            lambda: cut_replaces(_new_beside(folder), 4 if quick else 1),
        ),
        Group("unlocked", "appliers at once, without the lock", partial(_unlocked, 2 * rounds, 4), 1),
    )


def _outcomes(places: Sequence[int]) -> list[Case]:
    def tell(trial: Trial, outcome: str) -> None:
        first = trial.apply()
        if outcome == "ok":
            trial.faults += exits_outside([first], Exit.OK)
        trial.apply_last()
        if outcome.startswith("late"):
            RealSystem().sleep(2 * _LATE_S)
            trial.apply_last()

    def case(outcome: str, place: int) -> Case:
        scripted = f"{outcome}:{_LATE_S}" if outcome.startswith("late") else outcome
        name = f"{outcome} on create {place} of {len(NAMES)}"
        return Case(name, partial(tell, outcome=outcome), (*("ok",) * (place - 1), scripted))

    return [case(outcome, place) for place in places for outcome in OUTCOMES]


def _port_calls(folder: Path) -> list[_Point]:
    """Return the port calls of an apply in which nothing goes wrong."""
    fuse = Fuse()
    with Trial(_new_beside(folder), FaultScript({})) as trial:
        trial.apply(partial(fused, ledger_file=ledger_file_in(trial.folder), fuse=fuse))
    return list(enumerate(fuse.steps, start=1))


def _new_beside(folder: Path) -> Path:
    """Return a new folder whose name begins like that of `folder`."""
    count = len(list(folder.parent.glob(f"{folder.name}-*")))
    path = folder.with_name(f"{folder.name}-{count}")
    path.mkdir(parents=True)
    return path


def _blown(points: Sequence[_Point], blow: Blow, parallelisms: Sequence[int]) -> list[Case]:
    def tell(trial: Trial, at: int, parallelism: int) -> None:
        fuse = Fuse(at, blow)
        trial.apply(partial(fused, ledger_file=ledger_file_in(trial.folder), fuse=fuse), parallelism)
        trial.apply_last()

    def case(point: _Point, parallelism: int) -> Case:
        number, step = point
        name = f"call {number} ({step})" if parallelism == 1 else f"call {number}, {parallelism} at a time"
        return Case(name, partial(tell, at=number, parallelism=parallelism))

    return [case(point, parallelism) for parallelism in parallelisms for point in points]


def _kills(points: Sequence[_Point]) -> list[Case]:
    def tell(trial: Trial, at: int) -> None:
        trial.judge(end_of(trial.start("-m", CHILD, str(trial.folder), str(at))))
        trial.apply_last()

    return [Case(f"call {number} ({step})", partial(tell, at=number)) for number, step in points]


def _in_flight(places: Sequence[int]) -> list[Case]:
    def tell(trial: Trial, number: signal.Signals, place: int, allowed: Sequence[int | None]) -> None:
        started: list[subprocess.Popen[str]] = []
        trial.on_create = lambda count: started[0].send_signal(number) if count == place else None
        started.append(trial.start_apply())
        run = end_of(started[0])
        trial.judge(run)
        trial.faults += exits_outside([run], *allowed)
        if len(trial.asked) > place:
            trial.faults.append(f"a create was sent after {number.name}")
        trial.on_create = lambda _: None
        trial.apply_last()

    def case(number: signal.Signals, place: int, outcome: str, *allowed: int | None) -> Case:
        story = partial(tell, number=number, place=place, allowed=allowed)
        return Case(f"{number.name} during create {place} ({outcome})", story, (*("ok",) * (place - 1), outcome))

    return [
        item
        for place in places
        for item in (
            case(signal.SIGKILL, place, "timeoutC", None),
            case(signal.SIGKILL, place, "timeout", None),
            case(signal.SIGINT, place, "slowC:0.005", Exit.INTERRUPTED),
            case(signal.SIGTERM, place, "slowC:0.005", Exit.TERMINATED),
            case(signal.SIGTERM, place, "timeoutC", Exit.UNKNOWN),
        )
    ]


def _races(rounds: int, appliers: int) -> list[Case]:
    def tell(trial: Trial, *, waits: bool) -> None:
        options = ("--lock-timeout", "50") if waits else ()
        runs = [end_of(process) for process in [trial.start_apply(*options) for _ in range(appliers)]]
        trial.judge(*runs)
        trial.faults += exits_outside(runs, Exit.OK) if waits else exits_outside(runs, Exit.OK, Exit.LOCKED)
        trial.apply_last()

    def case(number: int) -> Case:
        waits = number % 2 == 0
        name = f"round {number}, {appliers} processes that {'wait for each other' if waits else 'do not wait'}"
        return Case(name, partial(tell, waits=waits))

    return [case(number) for number in range(1, rounds + 1)]


def _unlocked(rounds: int, appliers: int) -> list[Case]:
    def tell(trial: Trial) -> None:
        trial.judge(*trial.apply_at_once(unlocked, appliers))
        trial.apply_last()

    return [Case(f"round {number}, {appliers} appliers", tell) for number in range(1, rounds + 1)]
