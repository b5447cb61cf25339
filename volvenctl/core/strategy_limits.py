"""The guardrails on one strategy that a plan launches. Exact; what cannot be evaluated refuses."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from volvenctl.core.policy import CODE, Policy
from volvenctl.core.sums import sums_of
from volvenctl.core.wording import shown
from volvenctl.model.names import JsonPath, path_text
from volvenctl.model.number import normal_text
from volvenctl.model.problem import Problem
from volvenctl.model.spec import StrategySpec

_SPEC: JsonPath = ("spec",)
_METADATA: JsonPath = ("metadata",)


def check_strategy(spec: StrategySpec, policy: Policy) -> Iterator[Problem]:
    """Yield every limit that launching the strategy would break, at the field it is about."""
    limits = policy.limits
    yield from _check_labels(spec, policy)
    yield from _check_allowed(spec, policy, "account", "allowedAccounts", limits.accounts)
    yield from _check_allowed(spec, policy, "product", "allowedProducts", limits.products)
    yield from _check_allowed(spec, policy, "side", "allowedSides", limits.sides)
    yield from _check_price(spec, policy)
    yield from _check_notional(spec, policy)


def _check_labels(spec: StrategySpec, policy: Policy) -> Iterator[Problem]:
    path: JsonPath = (*_METADATA, "labels")
    for name in policy.limits.labels:
        if not spec.labels.get(name, "").strip():
            source = policy.source("requireLabels")
            yield _problem(spec, path, f"the label {shown(name)} is missing or empty, and {source} wants it", key=True)


def _check_allowed(
    spec: StrategySpec, policy: Policy, role: str, name: str, allowed: tuple[str, ...] | None
) -> Iterator[Problem]:
    if allowed is None:
        return
    source, choice = policy.source(name), ", ".join(map(shown, allowed)) or "nothing"
    found = [field for field in spec.fields if field.role == role]
    is_match: Callable[[str, str], bool] = str.__eq__ if role == "side" else fnmatchcase
    for field in found:
        if not (isinstance(field.value, str) and any(is_match(field.value, item) for item in allowed)):
            message = f"the {role} {shown(field.value)} is not allowed by {source}, which allows {choice}"
            yield _problem(spec, field.path, message)
    if not found:
        yield _problem(spec, _SPEC, f"no {role} is written here: the limit {source} cannot be evaluated")


def _check_price(spec: StrategySpec, policy: Policy) -> Iterator[Problem]:
    if not policy.limits.price_limit:
        return
    source = policy.source("requirePriceLimit")
    for path in spec.unpriced:
        yield _problem(spec, path, f"there is no price limit for this size, and {source} wants one")
    if not _sizes(spec):
        yield _problem(spec, _SPEC, f"no size is written here: the limit {source} cannot be evaluated")


def _check_notional(spec: StrategySpec, policy: Policy) -> Iterator[Problem]:
    limit = policy.limits.notional_per_strategy
    if limit is None:
        return
    source, path = policy.source("maxNotionalPerStrategy"), next(iter(_sizes(spec)), _SPEC)
    for total in sums_of(spec.notionals):
        if total.amount is None or total.currency is None:
            why = "there is no price limit" if spec.unpriced else "the platform does not say what a size is worth"
            yield _problem(spec, path, f"the notional is not known ({why}): the limit {source} cannot be evaluated")
            continue
        amount = f"the notional is {normal_text(total.amount)} {total.currency}"
        if total.currency not in limit:
            yield _problem(spec, path, f"{amount}, and the limit {source} has no figure for {total.currency}")
        elif total.amount > limit[total.currency]:
            most = normal_text(limit[total.currency])
            yield _problem(spec, path, f"{amount}, above {most}, the limit {source}")
    if not spec.notionals:
        yield _problem(spec, path, f"no size is written here: the limit {source} cannot be evaluated")


def _sizes(spec: StrategySpec) -> list[JsonPath]:
    return [field.path for field in spec.fields if field.role == "size"]


def _problem(spec: StrategySpec, path: JsonPath, message: str, *, key: bool = False) -> Problem:
    return Problem(spec.document.place_of(path, key=key), path_text(path), CODE, message)
