"""Environments with limits, plans of given actions, and states, for what may not be planned."""

from datetime import timedelta

from builders_check import document, run_check, schema, smo
from builders_plan import DIGEST, NOW

from volvenctl.core.configure import make_project
from volvenctl.core.limits import check_limits
from volvenctl.model.outcome import Request
from volvenctl.model.plan import (
    Adopt,
    Author,
    Checkout,
    Create,
    Digests,
    Keep,
    Money,
    Pause,
    Plan,
    Release,
    Replace,
    Selection,
    Source,
    Start,
    Stop,
)
from volvenctl.model.record import EMPTY
from volvenctl.model.state import Launched, OpenAttempt, State

HEAD = """\
apiVersion: volvenctl/v1
kind: Project
metadata: {name: desk}
environments:
  production:
    api: {url: "sandbox:"}
"""
REQUEST = Request("POST", "/create", "{}")
SOURCE = Source("strategies/a.yaml", 1)
MONEY = Money(None, None)


def environment(*limits):
    """Return an environment with these lines below `limits`; the first stands in line 8."""
    block = "    limits:\n" + "".join(f"      {line}\n" for line in limits) if limits else ""
    project, problems = make_project(document(HEAD + block, "volvenctl.yaml"), schema("project"))
    assert project is not None, problems
    return project.environments["production"]


def specs(*texts, **options):
    """Return the strategies that specs ask for."""
    checked = run_check(*texts, **options)
    assert checked.valid, checked.problems
    return checked.specs


def action(word, name="btc"):
    """Return an action; what it sends is of no interest here."""
    kinds = {"create": Create, "start": Start, "pause": Pause, "stop": Stop, "adopt": Adopt, "release": Release}
    if word == "keep":
        return Keep(name, "", SOURCE, MONEY)
    if word == "replace":
        return Replace(name, "", SOURCE, (), "S-1", REQUEST, REQUEST, MONEY)
    if word == "create":
        return Create(name, "", SOURCE, (), REQUEST, MONEY)
    more = () if word in {"adopt", "release"} else (REQUEST,)
    return kinds[word](name, "", SOURCE, (), "S-1", *more, MONEY)


def plan(*actions, author=("ann@desk",), ci_actor=None):
    """Return a plan of these actions."""
    return Plan(
        version="0.1.0",
        environment="production",
        live=False,
        selection=Selection(),
        author=Author(author, ci_actor),
        created_at=NOW,
        expires_at=NOW + timedelta(hours=24),
        checkout=Checkout(),
        lineage=None,
        base=EMPTY,
        digests=Digests(DIGEST, DIGEST, DIGEST),
        actions=actions,
        orphaned=(),
        drift=(),
        warnings=(),
        unmanaged=0,
        capital=(),
        hash=DIGEST,
    )


def notional(amount="9500", currency="USDT", account="99998"):
    return {"accountId": account, "currency": currency, "amount": amount}


def launched(name, *notionals, run_state="running"):
    facts = {"notional": list(notionals or (notional(),)), "runState": run_state}
    return Launched(name, f"S-{name}", facts, "2026-01-01T00:00:00.000Z", 1)


def state(*entries, attempts=()):
    return State(
        strategies={item.name: item for item in entries},
        attempts={
            name: OpenAttempt(name, name, "", 1, 1, {"notional": [notional(amount)]}, None) for name, amount in attempts
        },
    )


def findings(made, wanted, *limits, at=None):
    """Return the findings as lines `file:line:column path: message`."""
    found = check_limits(made, wanted, state() if at is None else at, environment(*limits))
    assert {item.code for item in found} <= {"limit-exceeded"}
    return [f"{item.place.file}:{item.place.line}:{item.place.column} {item.path}: {item.message}" for item in found]


def created(*limits, at=None, **fields):
    """Return the findings about launching one strategy with these fields."""
    return findings(plan(action("create")), specs(smo(**fields)), *limits, at=at)
