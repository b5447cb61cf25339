"""Valid values of everything that is shown; a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from volvenctl.errors import Exit
from volvenctl.model.catalog import Account, Catalog, LiveStrategy, Product
from volvenctl.model.names import AccountId, AttemptId, Digest, ExchangeCode, ProductCode, StrategyId, StrategyName
from volvenctl.model.outcome import FieldFault, NotSent, Refused, Request, Succeeded, Unknown
from volvenctl.model.plan import (
    Author,
    Blocked,
    Capital,
    Checkout,
    Create,
    Digests,
    Drift,
    Keep,
    Money,
    Orphan,
    Plan,
    Selection,
    Source,
    ValueChange,
)
from volvenctl.model.problem import Place, Problem
from volvenctl.model.record import Head, Record
from volvenctl.model.report import (
    ActionResult,
    ApplyReport,
    AttemptView,
    AuditLog,
    Checked,
    LocatedFault,
    Resolution,
    Status,
    StatusRow,
)
from volvenctl.model.state import OpenAttempt

DIGEST = Digest("sha256:" + "ab" * 32)
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HEAD = Head(7, DIGEST)


def problem(text: str = "0.0015 is not a multiple", **changes) -> Problem:
    value = Problem(Place("strategies/btc.yaml", 12, 9), "$.spec.size", "size-step", text, ("0.001",))
    return replace(value, **changes)


def checked(*problems: Problem) -> Checked:
    return Checked((), problems, 3, Catalog(), {}, frozenset())


def create(name: str = "btc-dip-buy", text: str = "not launched yet") -> Create:
    changes = (ValueChange("$.spec.size", None, "0.1"), ValueChange("$.spec.side", None, f'"{text}"'))
    request = Request("POST", "/create", "{}")
    source = Source(f"strategies/{name}.yaml", 2)
    return Create(StrategyName(name), text, source, changes, request, Money(Decimal("9500.0"), "USDT"))


def keep(name: str = "eth", text: str = "live") -> Keep:
    return Keep(StrategyName(name), text, Source(text, 1), Money(Decimal(12), "USDT"))


def blocked(name: str = "sol", text: str = "edited", attempt: str | None = None) -> Blocked:
    changes = (ValueChange("$.spec.size", "0.1", None), ValueChange("$.spec.size", "0.1", "0.2"))
    attempt_id = None if attempt is None else AttemptId(attempt)
    return Blocked(StrategyName(name), text, Source(text, 1), changes, Money(None, None), attempt_id)


def plan(*actions, text: str = "x", **changes) -> Plan:
    value = Plan(
        version="0.1.0",
        environment="sandbox",
        live=False,
        selection=Selection(),
        author=Author((text,), text),
        created_at=AT,
        expires_at=AT,
        checkout=Checkout("c0ffee" * 6, text, dirty=True),
        lineage=text,
        base=HEAD,
        digests=Digests(DIGEST, DIGEST, DIGEST),
        actions=actions,
        orphaned=(Orphan(StrategyName("old"), StrategyId(text)),),
        drift=(Drift(StrategyName("lost"), StrategyId(text), "gone", text),),
        warnings=(text,),
        unmanaged=2,
        capital=(Capital(AccountId("99998"), "USDT", Decimal(0), Decimal("9500.0")),),
        hash=DIGEST,
    )
    return replace(value, **changes)


def live(text: str = "s-1") -> LiveStrategy:
    return LiveStrategy(StrategyId(text), AT, {"status": text})


def view(name: str = "sol", text: str = "read time-out", **changes) -> AttemptView:
    attempt = OpenAttempt(AttemptId("a-1"), StrategyName(name), "2026-01-02T03:04:05.678Z", 5, 4, {}, text)
    return replace(AttemptView(attempt, in_flight=False, candidates=(live(text),)), **changes)


def results(text: str = "x") -> tuple[ActionResult, ...]:
    fault = FieldFault("size", text)
    located = LocatedFault(Place(text, 9, 7), "$.spec.size", fault)
    name = StrategyName("btc-dip-buy")
    return (
        ActionResult(name, "create", Succeeded(StrategyId(text)), AttemptId("a-0")),
        ActionResult(name, "create", Refused(400, (fault,), stops_run=False), AttemptId("a-1"), (located,)),
        ActionResult(name, "create", Refused(400, (fault,), stops_run=False), AttemptId("a-1")),
        ActionResult(name, "create", NotSent(text), AttemptId("a-2")),
        ActionResult(name, "create", Unknown(text), AttemptId("a-3")),
        ActionResult(name, "create", None),
    )


def report(*shown: ActionResult, text: str = "x", **changes) -> ApplyReport:
    value = ApplyReport(plan(create(), blocked(text=text), keep(), text=text), shown, (), (text,), Exit.OK, HEAD)
    return replace(value, **changes)


def row(summary: str = "live", text: str = "x", **changes) -> StatusRow:
    value = StatusRow(
        name=StrategyName("btc"),
        place=Place(text, 1, 1),
        wanted="running",
        strategy_id=StrategyId(text),
        launched_at="2026-01-02T03:04:05.678Z",
        edited=False,
        open_attempt=None,
        live=live(text),
        notional={"amount": "9500.0", "currency": "USDT"},
        summary=summary,
    )
    return replace(value, **changes)


def status(*rows: StatusRow, text: str = "x", **changes) -> Status:
    value = Status(
        environment="sandbox",
        live=False,
        commit=text,
        rows=rows,
        attempts=(),
        drift=(),
        unmanaged=(live(text),),
        holder={"user": text},
        problems=(),
        notices=(text,),
        head=HEAD,
    )
    return replace(value, **changes)


def resolution(*attempts: AttemptView, text: str = "x", **changes) -> Resolution:
    return replace(Resolution(None, None, None, attempts, (text,)), **changes)


def account(text: str = "Bybit") -> Account:
    return Account(AccountId("99998"), text, ExchangeCode("BYB"), spot_active=True, futures_active=False)


def product(text: str = "BTCUSDT Perpetual", **changes) -> Product:
    value = Product(
        code=ProductCode("btcusdt_f"),
        exchange=ExchangeCode("BYB"),
        type="FUTURES",
        base="BTC",
        quote="USDT",
        name=text,
        contract_type="PERPETUAL",
        min_size=Decimal("0.00000001"),
        max_size=Decimal("1190.000"),
        size_increment=Decimal("0.001"),
        min_price=None,
        price_increment=Decimal("0.10"),
        min_notional=Decimal(5),
        has_contract_value=False,
        removed=False,
    )
    return replace(value, **changes)


def record(text: str = "x", kind: str = "attempt.unknown") -> Record:
    return Record(1, "2026-01-02T03:04:05.678Z", kind, {"user": text}, {"name": text, "reason": text}, DIGEST, DIGEST)


def audit_log(*records: Record, text: str = "x") -> AuditLog:
    return AuditLog(text, "sandbox", records, HEAD, (text,))


def state_value(text: str = "x") -> dict:
    entry = {"strategyId": text, "strategyType": "SMO", "runState": None, "launchedAt": text}
    attempt = {"attemptId": "a-1", "reason": text}
    return {
        "formatVersion": 1,
        "lineage": text,
        "environment": "sandbox",
        "serial": 7,
        "head": DIGEST,
        "strategies": {text: entry},
        "openAttempts": {text: attempt},
    }
