"""Promises that the outside world keeps. Each has a contract test suite that every implementation runs."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from volvenctl.model.approval import SignatureFile
from volvenctl.model.catalog import Account, LiveStrategy, Product
from volvenctl.model.names import AttemptId, ExchangeCode, JsonObject, StrategyName
from volvenctl.model.outcome import Answer, Request
from volvenctl.model.plan import Author, Checkout, Plan
from volvenctl.model.problem import Problem
from volvenctl.model.project import Environment, Project
from volvenctl.model.record import Record
from volvenctl.model.report import ActionResult
from volvenctl.model.spec import SpecFile


class SpecFiles(Protocol):
    """The files below `specs`."""

    def read_all(self) -> tuple[tuple[SpecFile, ...], tuple[Problem, ...]]:
        """Return every spec file by name, read once, and a problem for each that may not be read.

        Only regular files inside the project are read: no link that leads out, no device, no pipe.
        """

    def envelope_schema(self) -> JsonObject:
        """Return our JSON Schema of a spec's document, `strategy.schema.json`, numbers as `int` or `Decimal`."""

    def type_schemas(self) -> Mapping[str, JsonObject]:
        """Return the JSON Schema of each strategy type, built in or of the project, numbers as `Decimal`.

        Raises:
            ConfigError: a schema of the project is no JSON object, or replaces a built-in one.
        """


class SourceControl(Protocol):
    """The git checkout around the project, if there is one."""

    def checkout(self) -> Checkout:
        """Return commit, branch and whether files differ from the commit."""

    def author(self, since: str | None) -> Author:
        """Return who wrote the commits after `since` (None: all) and who started the CI run."""

    def prefix(self) -> str:
        """Return the project's folder within the repository, as `desk/`; empty at its root and outside git."""


class Platform(Protocol):
    """The Volven platform. Reads are retried within a budget; what changes it is sent once."""

    def accounts(self) -> tuple[Account, ...]:
        """Return the user's exchange accounts.

        Raises:
            CredentialsError: the token is missing or refused.
            PlatformError: no usable answer within the budget.
        """

    def products(self, exchanges: Sequence[ExchangeCode]) -> tuple[Product, ...]:
        """Return the products of these exchanges, asked for concurrently; of all for an empty sequence.

        Raises:
            CredentialsError, PlatformError: as for accounts.
        """

    def find(self) -> tuple[LiveStrategy, ...]:
        """Return the user's root strategies.

        Raises:
            NoFindError: 404 or 405.
            CredentialsError, PlatformError: as for accounts.
        """

    def send(self, request: Request, attempt_id: AttemptId, not_after: float) -> Answer:
        """Send `request` once, on a connection of its own, under a total deadline, and return what came back.

        Nothing is sent once `System.clock()` is past `not_after`; that check is the last statement before
        the first byte leaves. Never raises for what the network or the platform does.
        """

    def hurry(self, within_s: float) -> None:
        """Give requests that are in flight at most this much longer."""


class ClockedPlatform(Platform, Protocol):
    """A platform at whose clock one can look."""

    def clock_skew_s(self) -> float | None:
        """Return how far our clock was ahead of its own at the last answer to a read; None: it told no time."""


class LedgerStore(Protocol):
    """An append-only sequence of records, shared by everyone who may write."""

    def read(self, after: int) -> list[Record]:
        """Return the records with a seq above `after`, in order, chain verified among themselves.

        A torn last line is left out. Raises LedgerError naming the first bad seq.
        """

    def append(self, expected: int, records: Sequence[Record]) -> None:
        """Make `records` durable as seq expected+1...; raise Conflict, and write nothing, if the head moved.

        Callers that announce give up on Conflict; callers that report read the new head and try again.

        Raises:
            Conflict: the head is not `expected`.
            StorageError: the storage failed; the records are not part of the ledger.
        """

    def torn_end(self) -> str | None:
        """Return a sentence about what an append that was interrupted left behind the last record, if it did."""

    def repair(self) -> str | None:
        """Cut a torn last line off, under the lock; return a notice if there was one."""

    def seal(self, expected: int, moved_to: str) -> None:
        """Close the ledger for good: every later append, repair and seal raises LedgerError that names `moved_to`.

        As final as an append and decided with it: of a seal and an append at the same head one wins. It holds
        without the state document, and reading goes on as before.

        Raises:
            Conflict: the head is not `expected`; nothing is sealed.
            LedgerError: it is sealed already.
            StorageError: the storage failed; the ledger is not sealed.
        """

    def read_state(self) -> JsonObject | None:
        """Return the stored state document; None if there is none, an empty one if it is no JSON object."""

    def write_state(self, document: JsonObject) -> None:
        """Replace the stored state document, unless a sound one with a higher serial is there.

        When this returns it has reached the disk.

        Raises:
            StorageError: the old one is intact.
        """

    def lock(self, operation: str, actor: JsonObject) -> AbstractContextManager[None]:
        """Hold the writers' lock. Raises LockHeldError with who, where and since when."""

    def holder(self) -> JsonObject | None:
        """Return who holds the lock now, if anybody."""

    def broken_lock(self) -> JsonObject | None:
        """Return who fell silent and lost the lock that this process holds now, if anybody did."""

    def break_lock(self) -> None:
        """Take the lock from its holder, dead or alive; does nothing where a lock goes with its process."""

    def save_recovery(self, attempt_id: AttemptId, document: JsonObject) -> str:
        """Keep a result that could not be appended; return where it was put (`stderr` as a last resort)."""

    def recoveries(self) -> tuple[tuple[str, JsonObject], ...]:
        """Return the name and content of each recovery file beside the state."""

    def drop_recovery(self, name: str) -> None:
        """Remove a recovery file whose content is in the ledger now."""


class System(Protocol):
    """Clock, chance and identity: the only source of each."""

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""

    def clock(self) -> float:
        """Return seconds that never go back and also pass while the machine or the process is suspended."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def new_id(self) -> str:
        """Return a random UUID."""

    def jitter(self) -> float:
        """Return a number from 0 up to 1."""

    def actor(self) -> JsonObject:
        """Return who runs this, where: user, host, pid, and the CI run if there is one."""


class Audience(Protocol):
    """The person or log that follows a run."""

    def confirm(self, plan: Plan) -> bool:
        """Show the plan and return whether it is to be carried out."""

    def started(self, name: StrategyName) -> None:
        """Say that the request for `name` is being sent."""

    def finished(self, result: ActionResult) -> None:
        """Say what became of one action; it is durable already."""

    def notice(self, text: str) -> None:
        """Say something that is no result."""


class Signatures(Protocol):
    """The signatures of one plan file."""

    def verified(self, message: str, at: datetime) -> tuple[SignatureFile, ...]:
        """Return each signature, by file name, with what it is worth as one of `message` at the moment `at`.

        Raises:
            VolvenctlError: nothing can be verified here.
        """


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside that a command works with, for one environment."""

    project: Project
    environment: Environment
    specs: SpecFiles
    source: SourceControl
    platform: Platform
    ledger: LedgerStore
    system: System
