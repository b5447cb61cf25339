"""Every expected failure, with its exit code and what to do next.

A `VolvenctlError` means "cannot go on". Findings in the user's files are `Problem`s and the results of
requests are `Outcome`s; both are values and never raised. Source of the codes: docs/reference/exit-codes.md.
"""

from enum import IntEnum


class Exit(IntEnum):
    """What the process tells its caller."""

    OK = 0
    ERROR = 1
    CHANGES = 2
    INVALID = 3
    UNKNOWN = 4
    STALE = 5
    LOCKED = 6
    PARTIAL = 7
    DUPLICATE = 8
    CREDENTIALS = 9
    USAGE = 64
    INTERRUPTED = 130
    TERMINATED = 143


PRECEDENCE = (
    Exit.DUPLICATE,
    Exit.UNKNOWN,
    Exit.INTERRUPTED,
    Exit.TERMINATED,
    Exit.LOCKED,
    Exit.STALE,
    Exit.CREDENTIALS,
    Exit.PARTIAL,
    Exit.INVALID,
    Exit.ERROR,
)
"""With several reasons to fail, the first of these wins."""


class VolvenctlError(Exception):
    """Cannot go on. `message` says what and where with the value and the limit; `hint` is the next step."""

    exit = Exit.ERROR

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the sentence for the reader and the next step."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(VolvenctlError):
    """The command line asks for something that makes no sense."""

    exit = Exit.USAGE


class ConfigError(VolvenctlError):
    """The project file, the user's configuration or a schema cannot be used."""


class LedgerError(VolvenctlError):
    """The ledger or the state file is missing, damaged, foreign or of a newer format; nothing was written."""


class StorageError(VolvenctlError):
    """The state's storage did not take a write; what was to be stored is not durable."""


class Conflict(VolvenctlError):  # noqa: N818 - the word the ledger contract uses
    """Another writer moved the head of the ledger; nothing was written or sent."""

    exit = Exit.LOCKED


class LockHeldError(VolvenctlError):
    """Another writer holds the lock; the message says who, where and since when."""

    exit = Exit.LOCKED


class StalePlanError(VolvenctlError):
    """The saved plan is stale, expired, tampered with, for something else, or already carried out."""

    exit = Exit.STALE


class NotApprovedError(StalePlanError):
    """Not enough people approved the plan; nothing was sent."""


class RefusedError(VolvenctlError):
    """A guard refuses, or cannot be evaluated; nothing was sent."""

    exit = Exit.INVALID


class UnresolvedError(VolvenctlError):
    """What a request did is not known; a person has to look before anything else is sent."""

    exit = Exit.UNKNOWN


class CredentialsError(VolvenctlError):
    """A token is missing, unusable, refused by the platform, or may not be sent to that host."""

    exit = Exit.CREDENTIALS


class PlatformError(VolvenctlError):
    """The platform did not answer a read within the budget, or its answer cannot be used."""


class NoFindError(PlatformError):
    """The platform answered `find` with 404 or 405: it has no such call, or the URL is wrong."""


class OfflineError(PlatformError):
    """What runs at the platform was asked for in a run that works from a snapshot."""
