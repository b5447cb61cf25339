"""What apply would do, as data that an executor follows and people review."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from volvenctl.model.names import AccountId, AttemptId, Digest, StrategyId, StrategyName
from volvenctl.model.outcome import Request
from volvenctl.model.record import Head

ACTIONS = ("create", "start", "pause", "stop", "replace", "adopt", "rename", "release", "keep", "blocked")
"""The words of a plan's `action` and of its summary, in the order of the summary."""


@dataclass(frozen=True, slots=True)
class Source:
    """The spec's document."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency; both None where the notional is unknown or in several currencies."""

    amount: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One field that differs; `before` and `after` are JSON text, None where the field is absent."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Create:
    """Launch a new strategy."""

    name: StrategyName
    reason: str
    source: Source
    changes: tuple[ValueChange, ...]
    request: Request
    notional: Money


@dataclass(frozen=True, slots=True)
class _RunStateChange:
    """Ask the platform to bring a launched strategy into another run state."""

    name: StrategyName
    reason: str
    source: Source
    changes: tuple[ValueChange, ...]
    strategy_id: StrategyId
    request: Request
    notional: Money


@dataclass(frozen=True, slots=True)
class Start(_RunStateChange):
    """Let a launched strategy run."""


@dataclass(frozen=True, slots=True)
class Pause(_RunStateChange):
    """Let a launched strategy rest."""


@dataclass(frozen=True, slots=True)
class Stop(_RunStateChange):
    """End a launched strategy."""


@dataclass(frozen=True, slots=True)
class Replace:
    """Stop a launched strategy, and launch its edited spec once `find` shows it stopped."""

    name: StrategyName
    reason: str
    source: Source
    changes: tuple[ValueChange, ...]
    strategy_id: StrategyId
    """The one that is stopped."""
    stop: Request
    request: Request
    """The launch."""
    notional: Money
    """Of the new one."""


@dataclass(frozen=True, slots=True)
class Adopt:
    """Take a strategy that runs already under a spec, or take a launched one's settings over; nothing is sent."""

    name: StrategyName
    reason: str
    source: Source
    changes: tuple[ValueChange, ...]
    strategy_id: StrategyId
    notional: Money


@dataclass(frozen=True, slots=True)
class Rename:
    """Go on managing a strategy under a new name; nothing is sent."""

    name: StrategyName
    reason: str
    source: Source
    changes: tuple[ValueChange, ...]
    strategy_id: StrategyId
    was: StrategyName
    notional: Money


@dataclass(frozen=True, slots=True)
class Release:
    """Manage a strategy no longer, and leave it as it is; nothing is sent."""

    name: StrategyName
    reason: str
    source: Source
    changes: tuple[ValueChange, ...]
    strategy_id: StrategyId
    notional: Money


@dataclass(frozen=True, slots=True)
class Keep:
    """Nothing to do."""

    name: StrategyName
    reason: str
    source: Source
    notional: Money


@dataclass(frozen=True, slots=True)
class Blocked:
    """Something is to do, and volvenctl will not do it; the reason says why and what to write."""

    name: StrategyName
    reason: str
    source: Source
    changes: tuple[ValueChange, ...]
    notional: Money
    open_attempt: AttemptId | None = None
    """The attempt with an unknown outcome that blocks it."""
    is_in_doubt: bool = False
    """It may run already; launching it might launch it twice."""


RunStateChange: TypeAlias = Start | Pause | Stop
Recorded: TypeAlias = Adopt | Rename | Release
"""What only the ledger learns."""
Step: TypeAlias = Create | RunStateChange | Replace | Recorded
"""What an apply carries out."""
Change: TypeAlias = Step | Keep | Blocked


def action_word(change: Change) -> str:
    """Return the word of `ACTIONS` for a change."""
    return type(change).__name__.lower()


@dataclass(frozen=True, slots=True)
class Orphan:
    """Launched by us, its spec deleted, not stopped by that."""

    name: StrategyName
    strategy_id: StrategyId


@dataclass(frozen=True, slots=True)
class Drift:
    """The platform differs from the state though no spec changed."""

    name: StrategyName
    strategy_id: StrategyId
    kind: str
    """What `find` shows, against the state: `gone`, `stopped`, `paused`, `running`."""
    detail: str


@dataclass(frozen=True, slots=True)
class Capital:
    """Notional of one account in one quote currency; None: at least one part is unknown."""

    account_id: AccountId
    currency: str | None
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which specs a command looks at; empty: all."""

    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    """Each as `key=value`; all must match."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """The git commit that the specs were read from; all None outside git."""

    commit: str | None = None
    branch: str | None = None
    dirty: bool | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """Who made what the plan would launch."""

    git_authors: tuple[str, ...] = ()
    ci_actor: str | None = None


@dataclass(frozen=True, slots=True)
class Digests:
    """What the plan was made from."""

    specs: Digest
    metadata: Digest
    policy: Digest


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a reviewer decides on and an executor needs. `hash` covers all the rest."""

    version: str
    """Of the program that made it."""
    environment: str
    live: bool
    selection: Selection
    author: Author
    created_at: datetime
    expires_at: datetime
    checkout: Checkout
    lineage: str | None
    """Of the ledger; None where there is none yet."""
    base: Head
    digests: Digests
    actions: tuple[Change, ...]
    """One per strategy, by name."""
    orphaned: tuple[Orphan, ...]
    drift: tuple[Drift, ...]
    warnings: tuple[str, ...]
    unmanaged: int | None
    """How many ids `find` shows that are not ours; None where it cannot be asked."""
    capital: tuple[Capital, ...]
    hash: Digest

    @property
    def creates(self) -> tuple[Create, ...]:
        """The launches, by name."""
        return tuple(item for item in self.actions if isinstance(item, Create))

    @property
    def steps(self) -> tuple[Step, ...]:
        """Everything that is to be carried out, by name."""
        return tuple(item for item in self.actions if not isinstance(item, Keep | Blocked))

    @property
    def counts(self) -> Mapping[str, int]:
        """How many of each action, and of the orphaned; the words of `summary`."""
        words = [action_word(item) for item in self.actions]
        return {word: words.count(word) for word in ACTIONS} | {"orphaned": len(self.orphaned)}
