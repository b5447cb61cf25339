"""Why a plan or an apply is refused. A guard that cannot be evaluated refuses."""

import re
from datetime import timedelta
from decimal import Decimal

from volvenctl.errors import RefusedError
from volvenctl.model.names import JsonObject

DEFAULT_PLAN_TTL = timedelta(hours=24)

_ENFORCED = frozenset(
    {
        *("maxNotionalPerStrategy", "maxNotionalPerAccount", "maxNotionalPerPlan", "maxCreatesPerPlan"),
        *("maxStopsPerPlan", "maxChangePercent", "allowedSides", "allowedProducts", "allowedAccounts"),
        *("requireLabels", "requirePriceLimit", "planTtl", "approvals", "allowUnreviewedApply"),
    }
)
_DURATION = re.compile(r"([1-9][0-9]{0,5})([smhd])", re.ASCII)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def refuse_unknown_limits(limits: JsonObject) -> None:
    """Refuse to go on under a limit that this version does not enforce.

    Raises:
        RefusedError: names the limits; going on would break a promise that the project file makes.
    """
    others = sorted(set(limits) - _ENFORCED)
    if others:
        raise RefusedError(
            f"limits.{others[0]} is set, and this version of volvenctl does not enforce it"
            + (f" (nor {', '.join(others[1:])})" if others[1:] else ""),
            hint="remove it from volvenctl.yaml, or use a version that enforces it",
        )


def is_enforced(limit: str) -> bool:
    """Whether this version enforces a limit."""
    return limit in _ENFORCED


def plan_ttl(limits: JsonObject) -> timedelta:
    """Return how long a saved plan may be applied: `limits.planTtl` as `90s`, `30m`, `24h`, `7d`; default 24 h.

    Raises:
        RefusedError: the value is none of these.
    """
    written = limits.get("planTtl")
    if written is None:
        return DEFAULT_PLAN_TTL
    match = _DURATION.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        shown = format(written, "f") if isinstance(written, Decimal) else repr(written)
        raise RefusedError(f"limits.planTtl {shown} is no duration", hint="write it as 90s, 30m, 24h or 7d")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])
