"""The guardrails: why a plan is refused that is valid in itself. Exact; what cannot be evaluated refuses.

What a plan sets to work (`create`, `replace`, `adopt`, `start`) must keep every limit on strategies. What is launched
already and stays as it is is not judged again, and nothing here keeps anybody from stopping something, but the two
limits on stops themselves. docs/guides/guardrails.md says the same with examples.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from volvenctl.core.capital import read_notional_facts
from volvenctl.core.policy import Policy, read_limits
from volvenctl.core.strategy_limits import check_strategy
from volvenctl.core.sums import Sum, sums_of
from volvenctl.model.limits import Amounts
from volvenctl.model.names import AccountId
from volvenctl.model.number import normal_text, times
from volvenctl.model.plan import Adopt, Change, Create, Plan, Replace, Start, Stop
from volvenctl.model.problem import Problem, sorted_problems
from volvenctl.model.project import Environment
from volvenctl.model.spec import Notional, StrategySpec
from volvenctl.model.state import State

_STOPPED = "stopped"
UNKNOWN = Notional(AccountId("?"), None, None)
"""What stands for a strategy of which nothing is known."""


def check_limits(
    plan: Plan, specs: Sequence[StrategySpec], state: State, environment: Environment
) -> tuple[Problem, ...]:
    """Return every limit of the environment that carrying out `plan` would break, sorted by place.

    `specs` has the spec of everything that the plan sets to work; notionals are taken from there, not from the plan.
    Findings about one strategy stand at the field they are about, those about the whole plan at the limit.
    """
    policy = Policy(environment, read_limits(environment.limits))
    launched = launched_specs(plan, specs)
    problems = [problem for spec in launched for problem in check_strategy(spec, policy)]
    problems += _check_counts(plan, policy)
    problems += _check_plan_notional(launched, policy)
    problems += _check_accounts(plan, launched, state, policy)
    problems += _check_share(plan, state, policy)
    return sorted_problems(problems)


def launched_specs(plan: Plan, specs: Sequence[StrategySpec]) -> tuple[StrategySpec, ...]:
    """Return the specs of what the plan sets to work, by name."""
    by_name = {spec.name: spec for spec in specs}
    return tuple(by_name[item.name] for item in plan.actions if is_launch(item))


def parts_of(specs: Sequence[StrategySpec]) -> list[Notional]:
    """Return the notionals of the specs; an unknown one for a spec that names no account or size."""
    return [part for spec in specs for part in (spec.notionals or (UNKNOWN,))]


def is_launch(change: Change) -> bool:
    """Whether a plan sets to work what the change is about."""
    return isinstance(change, Create | Replace | Adopt | Start)


def _is_stop(change: Change) -> bool:
    return isinstance(change, Stop | Replace)


def _check_counts(plan: Plan, policy: Policy) -> Iterator[Problem]:
    creates = sum(isinstance(item, Create | Replace) for item in plan.actions)
    stops = sum(map(_is_stop, plan.actions))
    limits = policy.limits
    for name, limit, count, verb in (
        ("maxCreatesPerPlan", limits.creates, creates, "launches"),
        ("maxStopsPerPlan", limits.stops, stops, "stops"),
    ):
        if limit is not None and count > limit:
            message = f"the plan {verb} {count}, above {limit}, the limit {policy.source(name)}"
            yield policy.problem((name,), message)


def _check_plan_notional(launched: Sequence[StrategySpec], policy: Policy) -> Iterator[Problem]:
    limit = policy.limits.notional_per_plan
    if limit is not None and launched:
        words = "the notional that the plan sets to work"
        yield from _over(sums_of(parts_of(launched)), limit, policy, "maxNotionalPerPlan", words)


def _check_accounts(plan: Plan, launched: Sequence[StrategySpec], state: State, policy: Policy) -> Iterator[Problem]:
    """Yield the accounts that the plan sets something to work on and that have too much after it."""
    limit = policy.limits.notional_per_account
    if limit is None:
        return
    after = _parts_after(plan, launched, state)
    for account in sorted({part.account_id for part in parts_of(launched)}):
        parts = [part for part in after if part.account_id == account]
        words = f"the notional on account {account} after this plan"
        yield from _over(sums_of(parts), limit, policy, "maxNotionalPerAccount", words)


def _parts_after(plan: Plan, launched: Sequence[StrategySpec], state: State) -> list[Notional]:
    """Return what is at work after the plan; what may be at work because an outcome is unknown counts too."""
    gone = {item.name for item in plan.actions if is_launch(item) or _is_stop(item)}
    entries = [item for item in state.strategies.values() if item.run_state != _STOPPED and item.name not in gone]
    facts = [*(item.facts for item in entries), *(item.facts for item in state.attempts.values())]
    return [part for item in facts for part in read_notional_facts(item)] + parts_of(launched)


def _over(sums: Sequence[Sum], limit: Amounts, policy: Policy, name: str, words: str) -> Iterator[Problem]:
    source = policy.source(name)
    for total in sums:
        if total.amount is None or total.currency is None:
            yield policy.problem((name,), f"{words} is not known: the limit {source} cannot be evaluated")
        elif total.currency not in limit:
            amount = f"{normal_text(total.amount)} {total.currency}"
            message = f"{words} is {amount}, and the limit {source} has no figure for {total.currency}"
            yield policy.problem((name,), message)
        elif total.amount > limit[total.currency]:
            amount = f"{normal_text(total.amount)} {total.currency}"
            message = f"{words} is {amount}, above {normal_text(limit[total.currency])}, the limit {source}"
            yield policy.problem((name, total.currency), message)


def _check_share(plan: Plan, state: State, policy: Policy) -> Iterator[Problem]:
    """Yield a finding if too large a part of the strategies that are not stopped yet is stopped or replaced."""
    percent = policy.limits.change_percent
    if percent is None:
        return
    stops = sum(map(_is_stop, plan.actions))
    managed = sum(item.run_state != _STOPPED for item in state.strategies.values())
    if times(Decimal(100), Decimal(stops)) > times(percent, Decimal(managed)):
        message = (
            f"the plan stops or replaces {stops} of {managed} launched strategies, more than "
            f"{normal_text(percent)} %, the limit {policy.source('maxChangePercent')}"
        )
        yield policy.problem(("maxChangePercent",), message)
