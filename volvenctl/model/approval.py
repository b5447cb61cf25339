"""Who approved a plan: signatures as they were found, and what they are worth."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Verified:
    """A good signature of the plan's hash, by a key that the approvers' file names and that is valid now."""

    file: str
    principals: tuple[str, ...]
    """Every name that the approvers' file gives to the key; the one that was verified first."""
    fingerprint: str
    """Of the public key, `SHA256:...` as OpenSSH shows it."""
    text: str
    """The armored signature."""

    @property
    def principal(self) -> str:
        """The name that the signature was verified under."""
        return self.principals[0]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file that is no good signature of the plan's hash."""

    file: str
    reason: str


SignatureFile: TypeAlias = Verified | Rejected


@dataclass(frozen=True, slots=True)
class Requirement:
    """How many approvals a plan needs, and why that many."""

    need: int
    reason: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Which signatures count, and why the others do not."""

    counted: tuple[Verified, ...]
    rejected: tuple[Rejected, ...]
