"""Roles: what the annotations of a schema say about the values of a spec."""

import pytest
from builders_check import document, schema
from builders_legs import SPREAD, role

from volvenctl.core.roles import Item, find_roles, has_field
from volvenctl.core.schema import check_schema, compile_schema


def found(rule, text, **others):
    """Return role and path of every value of a YAML text that `rule` gives a role."""
    documents = {"T": rule, **others}
    check_schema("T", documents)
    return [(item.role, item.path) for item in find_roles(compile_schema("T", documents), document(text).value)]


def test_the_fields_of_smo_have_roles():
    text = "{productCode: b, accountId: a, side: BUY, size: 1, priceLimit: 2, orderMaxSize: 3, triggerPrice: 4}"
    assert found(schema("SMO"), text) == [
        ("product", ("productCode",)),
        ("account", ("accountId",)),
        ("side", ("side",)),
        ("size", ("size",)),
        ("price", ("priceLimit",)),
        ("slice", ("orderMaxSize",)),
        ("trigger", ("triggerPrice",)),
    ]


@pytest.mark.parametrize(
    ("rule", "text", "paths"),
    [
        ({"properties": {"a": role("size")}}, "{a: 1, b: 1}", [("a",)]),
        ({"patternProperties": {"^a": role("size")}}, "{ab: 1, b: 1}", [("ab",)]),
        ({"additionalProperties": role("size")}, "{a: 1, b: 1}", [("a",), ("b",)]),
        ({"properties": {"a": {}}, "additionalProperties": role("size")}, "{a: 1, b: 1}", [("b",)]),
        ({"properties": {"a": {"items": role("size")}}}, "{a: [1, 2]}", [("a", 0), ("a", 1)]),
        ({"properties": {"a": role("size")}}, "{a: [1, [2], null, {b: 1}]}", [("a", 0), ("a", 1, 0)]),
        ({"properties": {"a": {"prefixItems": [role("size")], "items": {}}}}, "{a: [1, 2]}", [("a", 0)]),
        ({"allOf": [{"properties": {"a": role("size")}}]}, "{a: 1}", [("a",)]),
        ({"anyOf": [{"properties": {"a": role("size")}}, True]}, "{a: 1}", [("a",)]),
        ({"properties": {"a": role("size")}, "allOf": [{"properties": {"a": role("size")}}]}, "{a: 1}", [("a",)]),
        ({"properties": {"a": True}}, "{a: 1}", []),
        ({"properties": {"a": role("size")}}, "{a: null}", []),
        ({"properties": {"a": role("size")}}, "{a: {b: 1}}", []),
        ({"properties": {"a": {"x-volven": {"role": ["size"]}}}}, "{a: 1}", []),
        ({"properties": {"a": {"x-volven": "size"}}}, "{a: 1}", []),
        ({"properties": {"a": role("unknown to us")}}, "{a: 1}", []),
        ({"properties": {"a": {"$ref": "#/$defs/s"}}, "$defs": {"s": role("size")}}, "{a: 1}", [("a",)]),
    ],
)
def test_a_value_is_found_wherever_the_schema_describes_it(rule, text, paths):
    assert [path for _, path in found(rule, text)] == paths


def test_of_alternatives_those_count_that_the_value_satisfies():
    rule = {
        "oneOf": [
            {"properties": {"kind": {"const": "in money"}, "amount": role("price")}},
            {"properties": {"kind": {"const": "in coins"}, "amount": role("size")}},
        ],
        "if": {"properties": {"kind": {"const": "in coins"}}},
        "then": {"properties": {"top": role("slice")}},
        "else": {"properties": {"top": role("trigger")}},
    }
    assert found(rule, "{kind: in coins, amount: 1, top: 1}") == [("size", ("amount",)), ("slice", ("top",))]
    assert found(rule, "{kind: in money, amount: 1, top: 1}") == [("price", ("amount",)), ("trigger", ("top",))]


def test_a_schema_that_contains_itself_is_followed_as_deep_as_the_value():
    tree = {"properties": {"size": role("size"), "legs": {"items": {"$ref": "#"}}}}
    assert [path for _, path in found(tree, "{size: 1, legs: [{size: 2, legs: [{size: 3}]}]}")] == [
        ("size",),
        ("legs", 0, "size"),
        ("legs", 0, "legs", 0, "size"),
    ]


def test_a_circle_of_references_ends():
    loop = {"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}
    assert found(loop, "{a: 1}") == []


def test_the_types_of_others_can_be_built_on():
    rule = {"properties": {"total": {"$ref": "Base.schema.json#/properties/size"}}}
    assert found(
        rule, "{total: 1}", Base={"properties": {"size": {"$ref": "#/$defs/s"}}, "$defs": {"s": role("size")}}
    ) == [("size", ("total",))]


def test_the_owner_of_a_value_is_the_object_around_it_and_its_lists():
    assert Item("size", ("spec", "legs", 0, "size"), 1).owner == ("spec", "legs", 0)
    assert Item("account", ("spec", "accounts", 1, 0), 1).owner == ("spec",)
    assert Item("account", (), 1).owner == ()


def test_a_field_is_known_whichever_part_of_the_schema_names_it():
    ready = compile_schema("T", {"T": {"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"properties": {"x": {}}}}}})
    assert has_field(ready, {}, "x")
    assert not has_field(ready, {}, "y")
    assert not has_field(compile_schema("S", {"S": SPREAD}), {}, "autoRun")
