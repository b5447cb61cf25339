"""Plans to look at: every action, a dozen as a desk has them, thousands, and one with a text wherever text can be."""

from decimal import Decimal

import builders_report as build

from volvenctl.model.names import AccountId, AttemptId, StrategyId, StrategyName
from volvenctl.model.outcome import Request
from volvenctl.model.plan import (
    Adopt,
    Author,
    Blocked,
    Capital,
    Checkout,
    Create,
    Drift,
    Keep,
    Money,
    Orphan,
    Pause,
    Release,
    Rename,
    Replace,
    Selection,
    Source,
    Start,
    Stop,
    ValueChange,
)

COMMIT = "c0ffee" + "0" * 34
LIMITS = {
    "maxNotionalPerStrategy": {"USDT": Decimal(50000)},
    "maxNotionalPerAccount": {"USDT": Decimal(100000)},
    "maxNotionalPerPlan": {"USDT": Decimal(200000)},
    "maxCreatesPerPlan": 20,
    "maxStopsPerPlan": 2,
}
BODY = (
    '{"strategyType":"SMO","accountId":"99998","productCode":"btcusdt_f","side":"BUY","size":0.1,'
    '"priceLimit":95000,"orderMaxSize":0.03,"triggerPrice":94000,"autoRun":true}'
)


def request(body: str = BODY, path: str = "/v1/strategies") -> Request:
    return Request("POST", path, body)


def usdt(amount: str | None) -> Money:
    return Money(None, None) if amount is None else Money(Decimal(amount), "USDT")


def facts(name: str, text: str) -> tuple:
    """The name, reason, source and changes of an action, with `text` wherever it is not ours."""
    changes = (
        ValueChange(f"$.spec.{text}", None, f'"{text}"'),
        ValueChange("$.spec.size", "0.1", "0.2"),
        ValueChange("$.spec.old", text, None),
    )
    return StrategyName(name), text, Source(f"strategies/{text}.yaml", 3), changes


def create(name="btc-dip-buy", text="not launched yet", *, amount: str | None = "9500", body=BODY) -> Create:
    return Create(*facts(name, text), request(body), usdt(amount))


def keep(name="eth-grid", text="launched as S-1", *, amount: str | None = "1200") -> Keep:
    return Keep(StrategyName(name), text, Source(f"strategies/{text}.yaml", 3), usdt(amount))


def stop(name="sol-exit", text="declared stopped") -> Stop:
    return Stop(*facts(name, text), StrategyId(text), request("{}", f"/v1/{text}/stop"), usdt("3000"))


def replace(name="xrp-range", text="edited", *, amount: str | None = "4000") -> Replace:
    return Replace(*facts(name, text), StrategyId(text), request("{}", f"/v1/{text}/stop"), request(), usdt(amount))


def every_action(text: str = "x") -> tuple:
    """One of each, and both kinds of doubt."""
    strategy_id, sent, money = StrategyId(text), request(f'{{"text":"{text}"}}', f"/{text}"), usdt("5000")
    return (
        create(text=text),
        Start(*facts("a-start", text), strategy_id, sent, money),
        Pause(*facts("a-pause", text), strategy_id, sent, money),
        stop(text=text),
        replace(text=text),
        Adopt(*facts("an-adopt", text), strategy_id, money),
        Rename(*facts("a-rename", text), strategy_id, StrategyName(text), money),
        Release(*facts("a-release", text), strategy_id, money),
        keep(text=text),
        Blocked(*facts("an-edit", text), money),
        Blocked(*facts("a-doubt", text), money, None, is_in_doubt=True),
        Blocked(*facts("a-lost", text), money, AttemptId("a-1"), is_in_doubt=True),
    )


def dozen():
    """A pull request of a desk: something of everything."""
    text = "not launched yet; btcusdt_f is BTCUSDT Perpetual on BYB"
    sell = BODY.replace("BUY", "SELL").replace("94000", "96000")
    return build.plan(
        *every_action("S-4711"),
        create("eth-breakout", text, amount="42000", body=sell),
        create("doge-any-price", text, amount=None, body='{"strategyType":"SMO","side":"BUY","size":5000}'),
        text="main",
        environment="production",
        live=True,
        author=Author(("ann@desk",), None),
        checkout=Checkout(COMMIT, "main", dirty=False),
        orphaned=(Orphan(StrategyName("old-hedge"), StrategyId("S-77")),),
        drift=(Drift(StrategyName("eth-grid"), StrategyId("S-1"), "paused", "find shows it paused"),),
        warnings=("eth-grid: last slice 0.01 is below the minimum size",),
        capital=(
            Capital(AccountId("99998"), "USDT", Decimal(4200), Decimal("60700.50")),
            Capital(AccountId("99998"), "BTC", Decimal("0.5"), Decimal("0.5")),
            Capital(AccountId("77001"), "USDT", Decimal(99000), Decimal(141000)),
            Capital(AccountId("77001"), None, Decimal(0), None),
        ),
    )


def thousands(text: str = "not launched yet", *, creates: int = 600, stops: int = 40, kept: int = 1360):
    """A big plan; `text` stands for every reason and value."""
    actions = (
        *(create(f"create-{number:04}", text, amount=str(100 + number)) for number in range(creates)),
        *(stop(f"stop-{number:04}", text) for number in range(stops)),
        *(keep(f"keep-{number:04}", text) for number in range(kept)),
    )
    return build.plan(*actions, text="main", checkout=Checkout(COMMIT, "main", dirty=False))


def hostile(text: str):
    """A plan with `text` in every place that others fill: files, branches, specs, the platform, a forged plan."""
    forged = (create(f"z {text}", text, body=text), keep(f"z {text}", text))
    return build.plan(
        *every_action(text),
        *forged,
        text=text,
        hash=text,
        environment=text,
        checkout=Checkout(text, text, dirty=True),
        selection=Selection((text,), (text,), (text,)),
        orphaned=(Orphan(StrategyName(text), StrategyId(text)),),
        drift=(Drift(StrategyName(text), StrategyId(text), text, text),),
        warnings=(text, text),
        capital=(Capital(AccountId(text), text, Decimal(0), Decimal(5)), Capital(AccountId(text), text, None, None)),
    )


def replaced(plan, actions):
    """The plan with other actions."""
    return build.replace(plan, actions=actions)


def smo(**fields) -> Request:
    """The request of a Smart Order; a field given as None is left out."""
    values = {"side": '"BUY"', "size": "0.1", "orderMaxSize": "0.03", "priceLimit": "95000", "triggerPrice": "94000"}
    written = {key: value for key, value in {**values, **fields}.items() if value is not None}
    members = ",".join(f'"{key}":{value}' for key, value in {"strategyType": '"SMO"', **written}.items())
    return request(f"{{{members}}}")


def order(**fields):
    from volvenctl.render.order_picture import order_of

    return order_of(smo(**fields))
