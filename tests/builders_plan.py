"""Specs and plans for tests, as the checks would hand them on."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from volvenctl.core.plan import PlanFrame, PlanInputs, make_plan
from volvenctl.model.plan import Author, Checkout, Digests, Selection
from volvenctl.model.project import ApiSettings, Environment
from volvenctl.model.spec import Marks, Notional, ProductUse, SpecDocument, StrategySpec
from volvenctl.model.state import State
from volvenctl.wire.exact_json import content_digest
from volvenctl.wire.plan_v1 import plan_hash

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DIGEST = "sha256:" + "3" * 64


SETTLED_WORDS = {"RUNNING": "running", "PAUSED": "paused", "STOPPED": "stopped"}


def environment(*, is_dedicated=False, state_key="status", states=SETTLED_WORDS):
    return Environment(
        name="sandbox",
        live=False,
        api=ApiSettings("sandbox:", dedicated_user=is_dedicated),
        state_url=".volvenctl/sandbox",
        accounts={},
        state_key=state_key,
        states=states,
        limits={},
        definition={},
    )


def spec(name="btc", *, run_state="running", was=None, notionals=None, file=None, lifecycle=None, **fields):
    request = {
        "strategyType": "SMO",
        "accountId": "99998",
        "productCode": "btcusdt_f",
        "side": "BUY",
        "size": Decimal("0.10"),
        "priceLimit": Decimal(95000),
        **fields,
        "autoRun": run_state == "running",
    }
    marks = Marks({(): (1, 1), ("spec",): (6, 3), ("spec", "size"): (9, 9)}, {})
    settings = {"on_change": "refuse", "protect": False, "adopt": None, **(lifecycle or {})}
    return StrategySpec(
        name=name,
        strategy_type="SMO",
        labels={},
        annotations={},
        was=was,
        run_state=run_state,
        **settings,
        request=request,
        digest=content_digest({key: value for key, value in request.items() if key != "autoRun"}),
        account_ids=("99998",),
        products=(ProductUse("99998", "BYB", "btcusdt_f", "BTCUSDT Perpetual"),),
        notionals=(Notional("99998", "USDT", Decimal("9500.00")),) if notionals is None else notionals,
        document=SpecDocument(file or f"strategies/{name}.yaml", {}, marks),
    )


def frame(**changes):
    values = {
        "version": "0.1.0",
        "environment": "sandbox",
        "live": False,
        "selection": Selection(),
        "author": Author(("ann@desk",), None),
        "checkout": Checkout("c" * 40, "main", dirty=False),
        "digests": Digests(DIGEST, DIGEST, DIGEST),
        "now": NOW,
        "ttl": timedelta(hours=24),
    }
    return PlanFrame(**{**values, **changes})


def plan_of(*specs, state=None, live=(), declared=None, is_dedicated=False, platform=None, **frame_changes):
    inputs = PlanInputs(
        specs=specs,
        declared=frozenset(item.name for item in specs) if declared is None else frozenset(declared),
        state=State() if state is None else state,
        live=live,
        environment=environment(is_dedicated=is_dedicated, **(platform or {})),
        warnings=(),
    )
    return make_plan(inputs, frame(**frame_changes), plan_hash)
