"""What commands found out, before it becomes text or JSON."""

from dataclasses import dataclass

from volvenctl.errors import Exit
from volvenctl.model.catalog import Catalog, LiveStrategy
from volvenctl.model.names import AccountId, AttemptId, JsonObject, StrategyId, StrategyName
from volvenctl.model.outcome import FieldFault, Noted, Outcome
from volvenctl.model.plan import Drift, Plan
from volvenctl.model.problem import Place, Problem, is_valid
from volvenctl.model.record import Head, Record
from volvenctl.model.spec import StrategySpec
from volvenctl.model.state import OpenAttempt


@dataclass(frozen=True, slots=True)
class Checked:
    """All findings about the selected specs, and the specs that have no errors."""

    specs: tuple[StrategySpec, ...]
    problems: tuple[Problem, ...]
    checked: int
    """How many strategy documents were looked at."""
    catalog: Catalog
    documents: JsonObject
    """Every selected spec's merged document by name, for the plan's digest."""
    declared: frozenset[StrategyName]
    """Names of all specs in git, selected or not, valid or not: what is not among them is orphaned."""
    exit: Exit = Exit.INVALID
    """What a command that could not go on because of errors tells its caller."""

    @property
    def valid(self) -> bool:
        """Whether there are no errors."""
        return is_valid(self.problems)


@dataclass(frozen=True, slots=True)
class LocatedFault:
    """An error of the platform's answer, at the line of the spec that it is about."""

    place: Place
    path: str
    fault: FieldFault


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What became of one planned action; `outcome` None: not reached."""

    name: StrategyName
    action: str
    outcome: Outcome | Noted | None
    attempt_id: AttemptId | None = None
    faults: tuple[LocatedFault, ...] = ()


@dataclass(frozen=True, slots=True)
class AttemptView:
    """An open attempt and the strategies that may be its own."""

    attempt: OpenAttempt
    in_flight: bool
    """Its writer still holds the lock."""
    candidates: tuple[LiveStrategy, ...] | None
    """What `find` shows now, less its snapshot, less what the ledger knows; None: `find` cannot tell."""
    rivals: tuple[StrategyName, ...] = ()
    """Other open attempts whose candidates are the same: which is whose cannot be told apart."""


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """What one apply did."""

    plan: Plan
    results: tuple[ActionResult, ...]
    attempts: tuple[AttemptView, ...]
    """All open attempts of the environment when it ended."""
    notices: tuple[str, ...]
    exit: Exit
    head: Head
    """The end of the ledger after it; seq 0 where there is none."""


SETTLED = frozenset({"live", "paused", "stopped", "nothing to launch"})
"""The `summary` of a strategy that is as its spec wants it."""

TWICE = "may run twice"
"""The `summary` of a strategy that more than one id at the platform may belong to."""


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One strategy as the spec, the state and the platform see it."""

    name: StrategyName
    place: Place | None
    """Its spec; None: there is none (orphaned)."""
    wanted: str | None
    """The spec's run state; None: no valid spec."""
    strategy_id: StrategyId | None
    """From the state; None: never launched."""
    launched_at: str | None
    edited: bool
    """The spec differs from what was launched."""
    open_attempt: AttemptId | None
    live: LiveStrategy | None
    """From `find`; None: not shown, or not asked."""
    notional: JsonObject | None
    summary: str
    """In a few words: `live`, `paused`, `stopped`, `nothing to launch` (`SETTLED`); `not launched`, `to start` and
    the like; `edited`, `blocked`, `halted`, `halted, but runs`, `gone`, `ended`, `unclear`, `orphaned`, `invalid`,
    `unknown outcome`, `may run twice`, `may run already`."""


@dataclass(frozen=True, slots=True)
class Status:
    """Everything `status` shows."""

    environment: str
    live: bool
    """The environment launches with real money."""
    commit: str | None
    rows: tuple[StatusRow, ...]
    attempts: tuple[AttemptView, ...]
    drift: tuple[Drift, ...]
    unmanaged: tuple[LiveStrategy, ...] | None
    """On the platform and not ours; None: `find` cannot be asked."""
    holder: JsonObject | None
    """Who holds the lock now."""
    problems: tuple[Problem, ...]
    notices: tuple[str, ...]
    head: Head

    @property
    def twice(self) -> bool:
        """Whether a spec may have more than one live strategy."""
        return any(row.summary == TWICE for row in self.rows)

    @property
    def complete(self) -> bool:
        """Whether everything in git is live as written, and nothing is in doubt."""
        return not self.attempts and not self.drift and all(row.summary in SETTLED for row in self.rows)


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Records of the ledger, verified."""

    lineage: str | None
    environment: str
    records: tuple[Record, ...]
    head: Head
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What `resolve` did, or what there is to resolve."""

    name: StrategyName | None
    resolution: str | None
    """`adopted`, `absent`, `foreign`; None: only listed."""
    strategy_id: StrategyId | None
    attempts: tuple[AttemptView, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HaltScope:
    """What an emergency stop, or a resume, is about."""

    everything: bool
    names: tuple[str, ...]
    """Names of strategies, or ids of the platform."""
    accounts: tuple[AccountId, ...]
    labels: tuple[str, ...]
    """Each as `key=value`; one that matches is enough."""


@dataclass(frozen=True, slots=True)
class HaltResult:
    """What became of one strategy that was to stop."""

    strategy_id: StrategyId | None
    """None: the name that was given stands for no strategy."""
    name: str | None
    """Its spec's, if the ledger knows it."""
    is_stopped: bool
    """It took the stop on, or was stopped before; with `--dry-run` that it would be told to."""
    detail: str


@dataclass(frozen=True, slots=True)
class HaltReport:
    """What a halt did; a resume has no results."""

    environment: str
    dry_run: bool
    results: tuple[HaltResult, ...]
    notices: tuple[str, ...]
    is_recorded: bool = True
    """The ledger has it, or there is none to have it; False: apply does not know of it."""

    @property
    def failed(self) -> tuple[HaltResult, ...]:
        """What did not stop."""
        return tuple(item for item in self.results if not item.is_stopped)
