"""One case of the self-test: its project, its platform, the applies that were run, and what the platform saw."""

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import volvenctl
from volvenctl.adapters.system import RealSystem, environment_variables
from volvenctl.cli.selftest.bench import NAMES, TOKEN, Silent, open_bench, project_in, spare_in, write_project
from volvenctl.cli.selftest.fuse import PowerCutError
from volvenctl.cli.selftest.verdict import Launch, faults_at_end, faults_at_rest, open_names
from volvenctl.errors import VolvenctlError
from volvenctl.model.names import StrategyId, StrategyName
from volvenctl.model.outcome import Answered, Request
from volvenctl.pipeline.apply import ApplyOptions, apply
from volvenctl.ports import World
from volvenctl.sandbox.faults import FaultScript
from volvenctl.sandbox.server import Exchange, SandboxServer
from volvenctl.sandbox.store import SandboxStore
from volvenctl.wire.exact_json import read_json
from volvenctl.wire.platform_api import CREATE_PATH

DEADLINE_S: Final = 60.0
"""An apply of three specs that takes longer hangs: each request has 2 s, and 429 is waited for five times at most."""

_CREATED = 201
_STOPPED = "STOPPED"
_OURS = ("VOLVEN_", "VOLVENCTL_")


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one apply."""

    exit: int | None
    """None: it was cut off, or never ended."""
    fault: str = ""
    """A traceback or a hang; empty for none."""
    said: str = ""
    """The error that it ended with."""

    @property
    def text(self) -> str:
        """How it ended, in words."""
        return ("was cut off" if self.exit is None else f"ended with exit {self.exit}") + f" ({self.said})" * bool(
            self.said
        )


class Trial:
    """A platform and a project that know nothing of any other case. The platform's own list is the truth."""

    def __init__(self, folder: Path, script: FaultScript) -> None:
        """Prepare the case in `folder`, which must not exist; creates go as `script` says."""
        self.folder = folder
        self.launches: list[Launch] = []
        """What the platform created, in order."""
        self.asked: list[StrategyName] = []
        """For which specs a create arrived, in order."""
        self.told: list[tuple[StrategyName, str]] = []
        """For which specs a start, pause or stop arrived, and which, in order."""
        self.on_create: Callable[[int], None] = lambda _: None
        """Told the number of each create as it arrives, before it is answered."""
        self.faults: list[str] = []
        self._store = SandboxStore(folder / "platform", RealSystem())
        self._server = SandboxServer(self._answer, script, observe=self._observe)

    def __enter__(self) -> Self:
        """Start the platform and write the project."""
        self._server.__enter__()
        write_project(self.folder, self._server.url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the platform."""
        self._server.__exit__(kind, error, trace)

    def apply(self, wrap: Callable[[World], World] = lambda world: world, parallelism: int = 1) -> Run:
        """Apply all specs in this process, in the world that `wrap` makes of the real one, and judge what is left."""
        blocked, asked_before = open_names(self.folder), len(self.asked)
        run = self._watched(wrap, parallelism)
        self.faults += [
            f"a create was sent for {name}, whose outcome was unknown"
            for name in self.asked[asked_before:]
            if name in blocked
        ]
        self.judge(run)
        return run

    def apply_last(self) -> Run:
        """Apply with nothing going wrong any more; everything has to be launched or in doubt then."""
        run = self.apply()
        self.faults += faults_at_end(self.folder, run.exit, run.text)
        return run

    def judge(self, *runs: Run) -> None:
        """Note what is wrong with the runs, and with what is on the disk and at the platform now."""
        self.faults += [run.fault for run in runs if run.fault]
        stopped = {item.id for item in self._store.strategies() if item.status == _STOPPED}
        launches = tuple(replace(item, is_live=item.id not in stopped) for item in self.launches)
        self.faults += faults_at_rest(self.folder, launches, [run.exit for run in runs])

    def states_of(self, name: StrategyName) -> tuple[str, ...]:
        """Return the states of all strategies of a spec at the platform, in the order of their launch."""
        states = {item.id: item.status for item in self._store.strategies()}
        return tuple(states[launch.id] for launch in self.launches if launch.name == name)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start Python with `words` as a process that sees this case only."""
        inherited = {key: text for key, text in environment_variables().items() if not key.startswith(_OURS)}
        package = str(Path(volvenctl.__file__).parents[1])
        own = {
            "VOLVEN_TOKEN": TOKEN,
            "HOME": str(self.folder),
            "TMPDIR": str(spare_in(self.folder)),
            "PYTHONPATH": package,
        }
        return subprocess.Popen(  # noqa: S603 - our own program, in a folder of our own
            [sys.executable, *words],
            cwd=self.folder,
            env={**inherited, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start_apply(self, *options: str) -> subprocess.Popen[str]:
        """Start the command `volvenctl apply` as a process."""
        root = str(project_in(self.folder))
        return self.start("-m", "volvenctl", "-C", root, "apply", "--auto-approve", "--parallelism", "1", *options)

    def apply_at_once(self, wrap: Callable[[World], World], appliers: int) -> list[Run]:
        """Apply with several appliers at once, as threads of this process, each with adapters of its own."""
        runs: list[Run] = []
        threads = [threading.Thread(target=lambda: runs.append(self._watched(wrap, 1))) for _ in range(appliers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return runs

    def _watched(self, wrap: Callable[[World], World], parallelism: int) -> Run:
        """Run an apply on a thread of its own, so that one that hangs can be told."""
        ended: list[Run] = []
        work = threading.Thread(target=lambda: ended.append(_run(self.folder, wrap, parallelism)), daemon=True)
        work.start()
        work.join(DEADLINE_S)
        return ended[0] if ended else Run(None, f"an apply did not end within {DEADLINE_S:.0f} s")

    def _answer(self, request: Request) -> Answered:
        answer = self._store.answer(request)
        if request.path == CREATE_PATH and answer.status == _CREATED:
            created = read_json(answer.body)
            identifier = created.get("strategyId") if isinstance(created, Mapping) else None
            name = _name_in(request.body)
            if any(state != _STOPPED for state in self.states_of(name)):
                self.faults.append(f"{name} was launched while another one of it ran")
            self.launches.append(Launch(name, StrategyId(str(identifier))))
        return answer

    def _observe(self, exchange: Exchange) -> None:
        if exchange.call == "create":
            self.asked.append(_name_in(exchange.request.body))
            self.on_create(len(self.asked))
        if exchange.call == "action":
            *_, identifier, _, action = exchange.request.path.split("/")
            self.told += [(launch.name, action) for launch in self.launches if launch.id == identifier]


def end_of(process: subprocess.Popen[str]) -> Run:
    """Wait for a process, at most until the deadline, and return what became of it."""
    try:
        output, _ = process.communicate(timeout=DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return Run(None, f"a process did not end within {DEADLINE_S:.0f} s")
    is_killed = process.returncode < 0
    traces = [word for word in ("Traceback", "bug in volvenctl", TOKEN) if word in output]
    last_line = (output.strip().splitlines() or [""])[-1]
    fault = f"the output has {traces[0]!r}" if traces else ""
    return Run(None if is_killed else process.returncode, fault, last_line if process.returncode > 0 else "")


def exits_outside(runs: Sequence[Run], *allowed: int | None) -> list[str]:
    """Return a finding for each run that ended with another exit code than the `allowed` ones."""
    wanted = " or ".join("by a signal" if code is None else f"with exit {int(code)}" for code in allowed)
    return [f"an apply {run.text}, not {wanted}" for run in runs if run.exit not in allowed]


def _run(folder: Path, wrap: Callable[[World], World], parallelism: int) -> Run:
    """Apply, on a thread whose end is looked at whatever it is: a bug is what this looks for."""
    with ThreadPoolExecutor(1) as pool:
        applied = pool.submit(lambda: apply(wrap(open_bench(folder)), ApplyOptions(parallelism=parallelism), Silent()))
    match applied.exception():
        case None:
            return Run(int(applied.result().exit))
        case VolvenctlError() as error:
            return Run(int(error.exit), said=error.message)
        case PowerCutError():
            return Run(None)
        case error:
            return Run(None, f"a traceback: {type(error).__name__}")


def _name_in(body: str) -> StrategyName:
    """Return which spec a create is for, by its size."""
    request = read_json(body)
    size = str(request.get("size")) if isinstance(request, Mapping) else ""
    return NAMES[int(size.removeprefix("0.")[:1]) - 1]
