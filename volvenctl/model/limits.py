"""The guardrails of an environment, read: what a plan may do at most. None: no such limit."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from volvenctl.model.names import Json
from volvenctl.model.problem import Place

Amounts: TypeAlias = Mapping[str, Decimal]
"""Amount by quote currency. A currency that is not there is not allowed at all."""


@dataclass(frozen=True, slots=True)
class Tier:
    """How many approvals a plan needs whose notional fits."""

    up_to: Amounts | None
    """None: whatever the notional."""
    need: int


@dataclass(frozen=True, slots=True)
class ApprovalRules:
    """Who may approve, and how many must."""

    approvers: str
    """An OpenSSH allowed_signers file, relative to the project."""
    tiers: tuple[Tier, ...]
    """The first one that fits decides."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What `core/limits.py` and `core/approvals.py` evaluate."""

    notional_per_strategy: Amounts | None = None
    notional_per_account: Amounts | None = None
    notional_per_plan: Amounts | None = None
    creates: int | None = None
    stops: int | None = None
    sides: tuple[str, ...] | None = None
    products: tuple[str, ...] | None = None
    """Globs."""
    accounts: tuple[str, ...] | None = None
    """Globs."""
    labels: tuple[str, ...] = ()
    price_limit: bool = False
    change_percent: Decimal | None = None
    approvals: ApprovalRules | None = None


@dataclass(frozen=True, slots=True)
class LimitView:
    """What there is to say about one limit."""

    name: str
    title: str
    description: str
    value: Json
    """As written; None: it is not set."""
    place: Place | None
    """Where it is written."""
    is_enforced: bool
    """False: this version refuses to work where it is set."""
