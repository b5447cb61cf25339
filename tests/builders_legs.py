"""Made-up strategy types with several legs, as users may add them."""

from typing import Any


def role(name: str, kind: str = "number") -> dict[str, Any]:
    return {"type": kind, "x-volven": {"role": name}}


LEG = {
    "type": "object",
    "required": ["productCode", "accountId", "size"],
    "additionalProperties": False,
    "properties": {
        "productCode": role("product", "string"),
        "accountId": role("account", "string"),
        "size": role("size"),
        "orderMaxSize": role("slice"),
        "price": role("price"),
        "note": {"type": "string", "x-volven": {"role": "something of tomorrow"}},
    },
}

SPREAD: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["strategyType", "legs"],
    "additionalProperties": False,
    "properties": {
        "strategyType": {"const": "SPREAD"},
        "legs": {"type": "array", "minItems": 2, "items": {"$ref": "#/$defs/leg"}},
    },
    "$defs": {"leg": LEG},
}
"""Two legs, each with its own account, product, size and price."""

FANOUT: dict[str, Any] = {
    "type": "object",
    "required": ["strategyType", "productCode", "size", "legs"],
    "additionalProperties": False,
    "properties": {
        "strategyType": {"const": "FANOUT"},
        "productCode": role("product", "string"),
        "size": role("size"),
        "price": role("price"),
        "legs": {
            "type": "array",
            "items": {"type": "object", "properties": {"accountId": role("account", "string"), "size": role("size")}},
        },
        "autoRun": {"type": "boolean"},
    },
}
"""One product at the top, the accounts in legs."""


def spread(*legs: str, name: str = "spread") -> str:
    """Return a SPREAD spec with legs written as flow mappings, each on a line of its own from line 7."""
    items = "".join(f"    - {leg}\n" for leg in legs)
    head = f"apiVersion: volvenctl/v1\nkind: Strategy\nmetadata: {{name: {name}}}\n"
    head += "spec:\n  strategyType: SPREAD\n  legs:\n"
    return head + items


def fanout(size: str, *legs: str, more: str = "") -> str:
    """Return a FANOUT spec of btcusdt_f with legs written as flow mappings."""
    head = "apiVersion: volvenctl/v1\nkind: Strategy\nmetadata: {name: fanout}\nspec:\n  strategyType: FANOUT\n"
    return f"{head}  productCode: btcusdt_f\n  size: {size}\n{more}  legs: [{', '.join(legs)}]\n"
