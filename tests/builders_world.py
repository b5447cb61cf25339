"""A whole world of fakes with the quickstart's platform, to run real commands in."""

from dataclasses import replace
from decimal import Decimal

from fakes import FakeAudience, FakePlatform, FakeSource, FakeSpecs, FakeSystem, MemoryLedger

from volvenctl.model.catalog import Account, Product
from volvenctl.model.plan import Selection
from volvenctl.model.problem import Place
from volvenctl.model.project import ApiSettings, Environment, Project
from volvenctl.pipeline.apply import ApplyOptions, apply
from volvenctl.pipeline.plan import plan
from volvenctl.ports import World

ACCOUNTS = (Account("99998", "Bybit", "BYB", spot_active=True, futures_active=True),)
PRODUCTS = (
    Product(
        code="btcusdt_f",
        exchange="BYB",
        type="FUTURES",
        base="BTC",
        quote="USDT",
        name="BTCUSDT USDT Perpetual",
        contract_type="PERPETUAL",
        min_size=Decimal("0.001"),
        max_size=Decimal("1190.000"),
        size_increment=Decimal("0.001"),
        min_price=Decimal("0.10"),
        price_increment=Decimal("0.10"),
        min_notional=None,
        has_contract_value=False,
        removed=False,
    ),
)


def spec_text(name="btc", size="0.1", extra=""):
    return f"""apiVersion: volvenctl/v1
kind: Strategy
metadata: {{name: {name}}}
spec:
  strategyType: SMO
  accountId: "99998"
  productCode: btcusdt_f
  side: BUY
  size: {size}
  priceLimit: 95000
{extra}"""


def environment(**changes):
    values = {
        "name": "sandbox",
        "live": False,
        "api": ApiSettings("https://volven.example"),
        "state_url": "memory",
        "accounts": {},
        "state_key": None,
        "states": {},
        "limits": {},
        "definition": {"api": {"url": "https://volven.example"}},
    }
    return Environment(**{**values, **changes})


def world_of(*names, env=None, commit=None):
    """Return a world whose git has one spec for each name."""
    chosen = environment() if env is None else env
    project = Project("desk", ("strategies/",), None, {chosen.name: chosen}, Place("volvenctl.yaml", 1, 1))
    return World(
        project=project,
        environment=chosen,
        specs=FakeSpecs({f"strategies/{name}.yaml": spec_text(name) for name in names}),
        source=FakeSource(commit),
        platform=FakePlatform(ACCOUNTS, PRODUCTS),
        ledger=MemoryLedger(),
        system=FakeSystem(),
    )


def make_plan_of(world, **selection):
    return plan(world, Selection(**selection))


def run_apply(world, audience=None, **options):
    """Apply with one request at a time unless told otherwise."""
    return apply(world, ApplyOptions(**{"parallelism": 1, **options}), FakeAudience() if audience is None else audience)


def types_in(world):
    return [item.type for item in world.ledger.records]


def with_environment(world, **changes):
    return replace(world, environment=replace(world.environment, **changes))
