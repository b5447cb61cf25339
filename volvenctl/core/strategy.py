"""From a checked document to the strategy that will be asked for."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from volvenctl.core.resolve import Resolved, account_ids
from volvenctl.core.roles import has_field
from volvenctl.core.rules import Values, notionals_of
from volvenctl.core.schema import Schema
from volvenctl.core.scope import Scope
from volvenctl.model.catalog import Account, Product
from volvenctl.model.names import Json, JsonObject, JsonPath, StrategyName
from volvenctl.model.spec import ProductUse, RoleField, SpecDocument, StrategySpec
from volvenctl.wire.exact_json import content_digest

AUTO_RUN = "autoRun"
_Valid: TypeAlias = Mapping[str, Any]
"""A part of a document that its schema has accepted."""


def make_strategy(document: SpecDocument, schema: Schema, values: Values) -> StrategySpec:
    """Return the strategy that a document without errors asks for."""
    metadata: _Valid = document.value["metadata"]  # type: ignore[assignment]
    lifecycle: _Valid = document.value.get("lifecycle", {})  # type: ignore[assignment]
    spec: _Valid = document.value["spec"]  # type: ignore[assignment]
    run_state = lifecycle.get("runState", "running")
    request = _with_accounts(spec, values.scope)
    if AUTO_RUN not in request and has_field(schema, spec, AUTO_RUN):
        request = {**request, AUTO_RUN: run_state == "running"}
    return StrategySpec(
        name=StrategyName(metadata["name"]),
        strategy_type=spec["strategyType"],
        labels=metadata.get("labels", {}),
        annotations=metadata.get("annotations", {}),
        was=metadata.get("was"),
        run_state=run_state,
        on_change=lifecycle.get("onChange", "refuse"),
        protect=lifecycle.get("protect", False),
        adopt=lifecycle.get("adopt"),
        request=request,
        digest=content_digest({key: item for key, item in request.items() if key != AUTO_RUN}),
        account_ids=account_ids(values.scope),
        products=_product_uses(values.scope, values.resolved),
        notionals=notionals_of(values),
        document=document,
        fields=tuple(RoleField(item.role, item.path, item.value) for item in values.scope.items),
        unpriced=tuple(size.path for size in values.scope.of("size") if not values.scope.partners("price", size)),
    )


def _with_accounts(spec: JsonObject, scope: Scope) -> JsonObject:
    """Return the spec with the account ids that the aliases in it stand for."""
    ids = {item.path: item.value for item in scope.of("account")}
    return {key: _replaced(item, ("spec", key), ids) for key, item in spec.items()}


def _replaced(value: Json, path: JsonPath, ids: Mapping[JsonPath, Json]) -> Json:
    if isinstance(value, Mapping):
        return {key: _replaced(item, (*path, key), ids) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(item, (*path, index), ids) for index, item in enumerate(value)]
    return ids.get(path, value)


def _product_uses(scope: Scope, resolved: Resolved) -> tuple[ProductUse, ...]:
    pairs = [(owner.path, item.path) for owner, item in scope.pairs]
    markets = [(resolved.accounts[pair[0]], resolved.products[pair]) for pair in pairs if pair in resolved.products]
    return tuple(dict.fromkeys(_product_use(account, product) for account, product in markets))


def _product_use(account: Account, product: Product) -> ProductUse:
    pair = f"{product.base}/{product.quote}"
    title = ", ".join(dict.fromkeys(part for part in (product.name, pair, product.contract_type) if part))
    return ProductUse(account.id, product.exchange, product.code, title)
