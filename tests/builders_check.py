"""Valid values for checks: a spec as text, accounts and products, and a world that needs no disk and no network."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from volvenctl.core.parse import parse
from volvenctl.model.catalog import Account, Catalog, Product
from volvenctl.model.names import AccountId, ExchangeCode, ProductCode
from volvenctl.model.plan import Selection
from volvenctl.model.problem import Place
from volvenctl.model.project import ApiSettings, Environment, Project
from volvenctl.model.report import Checked
from volvenctl.model.spec import SpecDocument, SpecFile
from volvenctl.pipeline.check import check

SCHEMAS = Path(__file__).parents[1] / "schemas"

SMO = """\
apiVersion: volvenctl/v1
kind: Strategy
metadata:
  name: {name}
spec:
  strategyType: SMO
  accountId: "99998"
  productCode: btcusdt_f
  side: BUY
  size: 0.1
  priceLimit: 95000
"""


def schema(name: str) -> dict[str, Any]:
    """Return one of our schemas as it is read by the program."""
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"), parse_float=Decimal)


def document(text: str, file: str = "strategies/a.yaml") -> SpecDocument:
    """Return the only document of a YAML text."""
    documents, problems = parse([SpecFile(file, text.encode())])
    assert problems == ()
    assert len(documents) == 1
    return documents[0]


def smo(*lines: str, name: str = "btc", without: Sequence[str] = (), **fields: object) -> str:
    """Return an SMO spec; `fields` replace or follow those of the spec, `lines` follow the whole."""
    kept = [
        line for line in SMO.format(name=name).splitlines() if line.strip().partition(":")[0] not in {*fields, *without}
    ]
    return "\n".join([*kept, *(f"  {key}: {value}" for key, value in fields.items()), *lines, ""])


def decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def product(code: str = "btcusdt_f", exchange: str = "BYB", **changes: Any) -> Product:
    """Return a futures product like the quickstart's; bounds are given as text, None for no rule."""
    numbers = {
        "min_size": "0.001",
        "max_size": "1190.000",
        "size_increment": "0.001",
        "min_price": "0.10",
        "price_increment": "0.10",
        "min_notional": None,
    }
    others = {
        "type": "FUTURES",
        "base": "BTC",
        "quote": "USDT",
        "name": "BTCUSDT USDT Perpetual",
        "contract_type": "PERPETUAL",
        "has_contract_value": False,
        "removed": False,
        "unreadable": (),
    }
    bounds = {key: decimal(changes.pop(key, value)) for key, value in numbers.items()}
    return Product(code=ProductCode(code), exchange=ExchangeCode(exchange), **bounds, **{**others, **changes})


def account(number: str = "99998", exchange: str = "BYB", **changes: Any) -> Account:
    defaults = {"name": {"BYB": "Bybit", "BIN": "Binance"}.get(exchange, exchange), "spot_active": True}
    return Account(
        id=AccountId(number), exchange=ExchangeCode(exchange), **{"futures_active": True, **defaults, **changes}
    )


def catalog(*items: Account | Product) -> Catalog:
    accounts = [item for item in items if isinstance(item, Account)] or [account()]
    products = [item for item in items if isinstance(item, Product)] or [product()]
    return Catalog({item.id: item for item in accounts}, {(item.exchange, item.code): item for item in products})


class FakePlatform:
    """Accounts and products from a catalog; remembers what it was asked for."""

    def __init__(self, known: Catalog) -> None:
        self._known = known
        self.asked: list[object] = []

    def accounts(self) -> tuple[Account, ...]:
        self.asked.append("accounts")
        return tuple(self._known.accounts.values())

    def products(self, exchanges: Sequence[ExchangeCode]) -> tuple[Product, ...]:
        assert exchanges, "an empty sequence asks for everything"
        self.asked.append(tuple(exchanges))
        return tuple(item for item in self._known.products.values() if item.exchange in exchanges)


class FakeFiles:
    """Spec files from a mapping of name to text, the schemas of this repository, and types of the test's own."""

    def __init__(self, files: Mapping[str, str], types: Mapping[str, Any]) -> None:
        self._files, self._types = files, types

    def read_all(self) -> tuple[tuple[SpecFile, ...], tuple[()]]:
        return tuple(SpecFile(name, text.encode()) for name, text in sorted(self._files.items())), ()

    def envelope_schema(self) -> dict[str, Any]:
        return schema("strategy")

    def type_schemas(self) -> dict[str, Any]:
        return {"SMO": schema("SMO"), **self._types}


def project(**accounts: str) -> Project:
    """Return a project with the environments sandbox and production; `accounts` are the aliases of both."""
    aliases = {name.replace("_", "-"): AccountId(value) for name, value in accounts.items()}
    environments = {
        name: Environment(name, name == "production", ApiSettings("sandbox:"), "s", aliases, None, {}, {}, {})
        for name in ("sandbox", "production")
    }
    return Project("desk", ("strategies/",), None, environments, Place("volvenctl.yaml", 1, 1))


def run_check(
    *texts: str | Mapping[str, str],
    known: Catalog | None = None,
    types: Mapping[str, Any] | None = None,
    aliases: Mapping[str, str] | None = None,
    environment: str = "sandbox",
    platform: FakePlatform | None = None,
    selection: Selection = Selection(),  # noqa: B008 - frozen
    **options: Any,
) -> Checked:
    """Return what `check` finds in specs given as texts (a.yaml, b.yaml, ...) or as a mapping by file name."""
    files = (
        texts[0]
        if len(texts) == 1 and isinstance(texts[0], Mapping)
        else {f"strategies/{chr(97 + index)}.yaml": str(text) for index, text in enumerate(texts)}
    )
    desk = project(**(aliases or {}))
    world: Any = SimpleNamespace(
        project=desk,
        environment=desk.environments[environment],
        specs=FakeFiles(files, types or {}),
        platform=platform or FakePlatform(known or catalog()),
    )
    return check(world, selection, **options)


def lines(checked: Checked) -> list[str]:
    """Return the problems as the contract writes them."""
    return [
        f"{at.file}:{at.line}:{at.column}: {item.severity}[{item.code}] {item.path}: {item.message}"
        for item in checked.problems
        for at in (item.place,)
    ]


def codes(checked: Checked) -> list[str]:
    return [item.code for item in checked.problems]
