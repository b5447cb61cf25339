"""What must hold whenever no apply runs, whatever happened before; the platform's own list is the truth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from volvenctl.cli.selftest.bench import NAMES, TOKEN, ledger_in, project_in, spare_in
from volvenctl.core.fold import fold_all
from volvenctl.errors import Exit, VolvenctlError
from volvenctl.model.names import StrategyId, StrategyName
from volvenctl.model.state import State
from volvenctl.wire.state_v1 import state_document

_SECRETS = (TOKEN.encode(), b"nt2jRz4sDBXINYNsAb8H", b"rFTZsjDdrt07NFsHQLCx")
"""The token, and API keys that the platform shows in its list of accounts."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A strategy that the platform created."""

    name: StrategyName
    """The spec that it was asked for."""
    id: StrategyId
    is_live: bool = True
    """It has not been stopped."""


def faults_at_rest(folder: Path, launches: Sequence[Launch], exits: Sequence[int | None]) -> list[str]:
    """Return what is wrong in the case in `folder` after runs with these exit codes; None for a run cut off."""
    try:
        state = fold_all(ledger_in(folder).read(0))
    except VolvenctlError as error:
        return [f"the ledger does not verify: {error.message}"]
    found = [*_launch_faults(state, launches), *_exit_faults(state, exits), *_secret_faults(folder)]
    return [*found, *_state_file_faults(folder, state)] if exits and None not in exits else found


def faults_at_end(folder: Path, exit_code: int | None, how_it_ended: str) -> list[str]:
    """Return what is wrong after an apply in which nothing went wrong: every spec is launched or in doubt."""
    state = fold_all(ledger_in(folder).read(0))
    wanted = Exit.UNKNOWN if state.attempts else Exit.OK
    forgotten = [name for name in NAMES if name not in state.strategies and state.open_attempt_of(name) is None]
    found = [f"{name} was never launched, and nothing says so" for name in forgotten]
    return found if exit_code == wanted else [*found, f"the last apply {how_it_ended}, not with exit {int(wanted)}"]


def open_names(folder: Path) -> frozenset[StrategyName]:
    """Return the specs with an open attempt; none where the ledger cannot be read, which is found elsewhere."""
    try:
        return frozenset(item.name for item in fold_all(ledger_in(folder).read(0)).attempts.values())
    except VolvenctlError:
        return frozenset()


def _launch_faults(state: State, launches: Sequence[Launch]) -> Iterator[str]:
    for name in NAMES:
        ids = [launch.id for launch in launches if launch.name == name]
        live = [launch.id for launch in launches if launch.name == name and launch.is_live]
        launched = state.strategies.get(name)
        held = [] if launched is None else [launched.strategy_id]
        if len(live) > 1:
            yield f"{name} was launched {len(live)} times"
        for item in set(held).difference(ids):
            yield f"the state gives {name} the id {item}, which the platform did not create for it"
        if state.open_attempt_of(name) is None:
            yield from (f"{item} was created for {name}, and is lost" for item in set(live).difference(held))


def _exit_faults(state: State, exits: Sequence[int | None]) -> Iterator[str]:
    missing = [name for name in NAMES if name not in state.strategies]
    if Exit.OK in exits and missing:
        yield f"exit 0, but {', '.join(missing)} is not launched"
    if len(exits) == 1 and exits[0] not in (None, Exit.UNKNOWN, Exit.DUPLICATE) and state.attempts:
        yield f"exit {exits[0]}, but an outcome is unknown"


def _secret_faults(folder: Path) -> Iterator[str]:
    for path in (*project_in(folder).rglob("*"), *spare_in(folder).rglob("*")):
        if path.is_file() and any(secret in path.read_bytes() for secret in _SECRETS):
            yield f"a secret was written to {path.name}"


def _state_file_faults(folder: Path, state: State) -> Iterator[str]:
    """Yield a finding if there is a state file and it says something else than the ledger, as far as it goes."""
    document = ledger_in(folder).read_state()
    if document is not None and document.get("serial") == state.head.seq and document != state_document(state):
        yield "the state file and the ledger differ"
