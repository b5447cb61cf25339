"""What a request that changes the platform proved. The rules are in `core/classify.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from volvenctl.model.names import StrategyId

Action: TypeAlias = Literal["start", "pause", "stop"]
"""What can be asked of a launched strategy."""

RUN_STATE_AFTER: Mapping[str, Literal["running", "paused", "stopped"]] = {
    "start": "running",
    "pause": "paused",
    "stop": "stopped",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A request that changes the platform, exactly as it will be sent."""

    method: str
    path: str
    body: str
    """JSON text, ASCII only; empty for none."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A status line arrived, and the body as far as it did."""

    status: int
    body: bytes
    """Decoded; at most the limit that the adapter was given."""
    complete: bool
    """The whole body arrived, within the limit and in an encoding that could be undone."""
    retry_after: str = ""
    location: str = ""
    date: str = ""
    """The other side's time of day, as its header gives it."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No status line arrived, or our own side gave up."""

    error: str
    """Name of the fault, e.g. `ConnectError`, `ReadTimeout`, `TooLate`."""
    detail: str
    sending_began: bool
    """Whether a first byte of the request may have left."""


Answer: TypeAlias = Answered | NoAnswer


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One error of the platform's answer, about one field of the request (`""`: about none)."""

    field: str
    description: str


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The strategy exists, under this id."""

    strategy_id: StrategyId


@dataclass(frozen=True, slots=True)
class Accepted:
    """The platform took a start, pause or stop on; that it took effect is for `find` to show."""

    action: Action
    strategy_id: StrategyId


@dataclass(frozen=True, slots=True)
class Refused:
    """The platform proved that nothing was created or changed."""

    status: int
    faults: tuple[FieldFault, ...]
    stops_run: bool
    """The reason concerns every request (401, 403, 404, 405)."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request did not reach the platform, or was put off by it (429)."""

    reason: str
    retry_after_s: float | None = None
    """Set for 429: send again, as a new attempt, after this long."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not exist, or have changed. A launch is closed by a person only; an action is asked again."""

    reason: str


Outcome: TypeAlias = Succeeded | Accepted | Refused | NotSent | Unknown


@dataclass(frozen=True, slots=True)
class Noted:
    """Only the ledger had to learn it; it is durable."""

    strategy_id: StrategyId
