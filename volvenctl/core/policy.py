"""The limits of an environment: from what is written to values, and where each is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from volvenctl.model.limits import Amounts, ApprovalRules, Limits, Tier
from volvenctl.model.names import JsonObject, JsonPath, path_text
from volvenctl.model.problem import Place, Problem
from volvenctl.model.project import Environment

_Checked: TypeAlias = Mapping[str, Any]
"""A part of the project file that its schema has accepted."""

CODE = "limit-exceeded"


def read_limits(written: JsonObject) -> Limits:
    """Return the limits that the project file sets for an environment."""
    value: _Checked = written
    return Limits(
        notional_per_strategy=_amounts(value.get("maxNotionalPerStrategy")),
        notional_per_account=_amounts(value.get("maxNotionalPerAccount")),
        notional_per_plan=_amounts(value.get("maxNotionalPerPlan")),
        creates=_count(value.get("maxCreatesPerPlan")),
        stops=_count(value.get("maxStopsPerPlan")),
        sides=_names(value.get("allowedSides")),
        products=_names(value.get("allowedProducts")),
        accounts=_names(value.get("allowedAccounts")),
        labels=_names(value.get("requireLabels")) or (),
        price_limit=value.get("requirePriceLimit", False),
        change_percent=None if "maxChangePercent" not in value else Decimal(value["maxChangePercent"]),
        approvals=_approvals(value.get("approvals")),
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits of one environment, and how findings about them are worded."""

    environment: Environment
    limits: Limits

    def source(self, name: str) -> str:
        """Return the limit as a message names it: `maxStopsPerPlan (volvenctl.yaml:12)`."""
        place = self.place_of((name,))
        return f"{name} ({place.file}:{place.line})"

    def place_of(self, path: JsonPath) -> Place:
        """Return where the limit at `path` is written; its nearest enclosing place where that is not known."""
        places = self.environment.limit_places
        while path and path not in places:
            path = path[:-1]
        return places.get(path, Place("volvenctl.yaml", 1, 1))

    def problem(self, path: JsonPath, message: str) -> Problem:
        """Return a finding about the whole plan, at the limit that it breaks."""
        whole = path_text(("environments", self.environment.name, "limits", *path))
        return Problem(self.place_of(path), whole, CODE, message)


def _amounts(value: _Checked | None) -> Amounts | None:
    return None if value is None else {currency: Decimal(amount) for currency, amount in value.items()}


def _count(value: int | Decimal | None) -> int | None:
    return None if value is None else int(value)


def _names(value: list[str] | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(value)


def _approvals(value: _Checked | None) -> ApprovalRules | None:
    if value is None:
        return None
    tiers = tuple(Tier(_amounts(item.get("upTo")), int(item["need"])) for item in value["tiers"])
    return ApprovalRules(value["approvers"], tiers)
