"""The exact, closed JSON Schema checker."""

from decimal import Decimal

import pytest
from builders_check import document, schema
from pytest_socket import SocketBlockedError, disable_socket, enable_socket

from volvenctl.core.schema import check_document, check_schema, compile_schema
from volvenctl.errors import ConfigError


def found(rule, text, *, name="T", others=None):
    """Return code, path and message of every problem of the field `v` of a YAML text under `rule`."""
    documents = {name: {"type": "object", "properties": {"v": rule}}, **(others or {})}
    check_schema(name, documents)
    return [
        (item.code, item.path, item.message) for item in check_document(document(text), compile_schema(name, documents))
    ]


def is_valid(rule, text):
    return not found(rule, text)


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ({"multipleOf": Decimal("0.01")}, "4.02", "4.025"),
        ({"multipleOf": Decimal("0.1")}, "10.1", "10.15"),
        ({"multipleOf": Decimal("1e-8")}, "1e30", "1e-9"),
        ({"multipleOf": Decimal("0.00025")}, "0.00075", "0.0008"),
        ({"type": "integer"}, "5.0", "5.5"),
        ({"type": "integer"}, "1e3", "1e-3"),
        ({"type": "number"}, "0.1", "true"),
        ({"enum": [Decimal("0.1")]}, "0.10", "0.11"),
        ({"const": 1}, "1.0", "true"),
        ({"minimum": Decimal("0.1")}, "0.1", "0.0999999999999999999999999999999999999999"),
        ({"exclusiveMaximum": 1}, "0.9999999999999999999999999999999999999999", "1.0"),
        ({"pattern": "^[a-z]+$"}, "abc", '"abc\\n"'),
        ({"pattern": r"^\d+$"}, '"12"', '"١٢"'),
        ({"pattern": "^[$]$"}, "$", '"[$]"'),
        ({"pattern": r"^\$$"}, "$", "a"),
        ({"minLength": 2}, "ab", "a"),
        ({"maxLength": 2}, "ab", "abc"),
        ({"minItems": 1}, "[1]", "[]"),
        ({"maxItems": 1}, "[1]", "[1, 2]"),
        ({"uniqueItems": True}, "[1, 2]", "[1, 1.0]"),
        ({"minProperties": 1}, "{a: 1}", "{}"),
        ({"maxProperties": 1}, "{a: 1}", "{a: 1, b: 2}"),
        ({"type": "array"}, "[1]", "{a: 1}"),
        ({"type": ["object", "null"]}, "{}", "[]"),
        ({"not": {"const": 1}}, "2", "1"),
        ({"patternProperties": {"^a$": {"type": "number"}}}, "{a: 1}", "{a: x}"),
        ({"additionalProperties": {"type": "number"}}, "{a: 1}", "{a: x}"),
        ({"patternProperties": {"^a": {}}, "additionalProperties": False}, "{ab: 1}", "{ba: 1}"),
        ({"propertyNames": {"pattern": "^a$"}}, "{a: 1}", "{b: 1}"),
        ({"unevaluatedProperties": False, "allOf": [{"properties": {"a": {}}}]}, "{a: 1}", "{b: 1}"),
    ],
)
def test_a_rule_takes_what_it_allows_and_refuses_the_next(rule, good, bad):
    assert is_valid(rule, f"v: {good}")
    assert found(rule, f"v: {bad}")


def test_numbers_in_code_that_are_not_finite_are_no_numbers():
    ready = compile_schema("T", {"T": {"type": "number"}})
    assert ready.accepts(ready.root, Decimal(1))
    assert not ready.accepts(ready.root, Decimal("NaN"))
    assert not ready.accepts(ready.root, Decimal("Infinity"))


@pytest.mark.parametrize(
    ("rule", "value", "message", "suggestions"),
    [
        ({"type": "number"}, '"0.1"', "'0.1' is text, but a number is wanted: remove the quotes: 0.1", ("0.1",)),
        ({"type": "number"}, "abc", "'abc' is text, but a number is wanted", ()),
        ({"type": "string"}, "99998", '99998 is a number, but text is wanted: write "99998"', ('"99998"',)),
        ({"type": "string"}, "0.10", '0.10 is a number, but text is wanted: write "0.10"', ('"0.10"',)),
        ({"type": "string"}, "true", 'true is a truth value, but text is wanted: write "true"', ('"true"',)),
        (
            {"type": "boolean"},
            '"true"',
            "'true' is text, but true or false is wanted: remove the quotes: true",
            ("true",),
        ),
        ({"type": "integer"}, "1.5", "1.5 is a number, but a whole number is wanted", ()),
        ({"type": "boolean"}, "1", "1 is a number, but true or false is wanted", ()),
        ({"type": "string"}, "[secret]", "a list stands here, but text is wanted", ()),
        ({"type": "string"}, "{secret: 1}", "a mapping stands here, but text is wanted", ()),
        ({"type": "string"}, "", "nothing stands here, but text is wanted", ()),
        ({"enum": ["BUY", "SELL"]}, "buy", "'buy' is not one of 'BUY', 'SELL' (did you mean BUY?)", ("BUY",)),
        ({"enum": [1, 2]}, "3", "3 is not one of 1, 2", ()),
        ({"enum": list(range(21))}, "x", "'x' is not one of " + ", ".join(map(str, range(20))) + ", ...", ()),
        ({"const": "SMO"}, "smo", "'smo' is wrong here, it must be 'SMO'", ()),
        ({"minimum": 1}, "0.5", "0.5 is below the minimum 1", ()),
        ({"pattern": "^a$"}, "b", "'b' does not fit: ^a$", ()),
        ({"pattern": "^a$", "patternErrorMessage": "only a"}, "b", "'b' does not fit: only a", ()),
        (False, "1", "this field is not allowed here", ()),
        ({"not": {}}, "1", "1 breaks the rule 'not' of the schema", ()),
        (
            {"dependentRequired": {"a": ["b"]}},
            "{a: 1}",
            "a mapping breaks the rule 'dependentRequired' of the schema",
            (),
        ),
    ],
)
def test_a_message_says_what_is_wrong_and_how_to_put_it_right(rule, value, message, suggestions):
    ready = compile_schema("T", {"T": {"properties": {"v": rule}}})
    (problem,) = check_document(document(f"v: {value}"), ready)
    assert (problem.code, problem.path, problem.message) == ("schema", "$.v", message)
    assert problem.suggestions == suggestions


def test_an_unknown_field_is_placed_at_its_key_with_what_it_may_mean():
    rule = {"additionalProperties": False, "properties": {"size": {}, "side": {}}}
    problems = check_document(document("size: 1\nsise: 2\nzzz: 3\n"), compile_schema("T", {"T": rule}))
    assert [(item.place.line, item.place.column, item.code, item.path, item.message) for item in problems] == [
        (2, 1, "unknown-field", "$.sise", "unknown field 'sise' (did you mean size?)"),
        (3, 1, "unknown-field", "$.zzz", "unknown field 'zzz'"),
    ]
    assert [item.suggestions for item in problems] == [("size",), ()]


def test_a_missing_field_is_placed_at_the_key_of_its_object():
    rule = {"properties": {"spec": {"required": ["side", "size"]}}}
    problems = check_document(document("a: 1\nspec:\n  x: 1\n"), compile_schema("T", {"T": rule}))
    assert [(item.place.line, item.path, item.message) for item in problems] == [
        (2, "$.spec", "the required field 'side' is missing"),
        (2, "$.spec", "the required field 'size' is missing"),
    ]


def test_a_wrong_name_is_placed_at_the_key_and_says_what_names_may_be():
    rule = {"propertyNames": {"pattern": "^[a-z]+$", "patternErrorMessage": "small letters"}}
    (problem,) = check_document(document("ok: 1\nB1: 1\n"), compile_schema("T", {"T": rule}))
    assert (problem.place.line, problem.place.column) == (2, 1)
    assert (problem.path, problem.message) == ("$.B1", "'B1' does not fit: small letters")


def test_a_part_of_a_document_is_checked_at_its_own_places():
    problems = check_document(
        document("a: 1\nspec: {legs: [{x: 1}]}\n"),
        compile_schema("T", {"T": {"properties": {"legs": {"items": {"properties": {"x": {"type": "string"}}}}}}}),
        ("spec",),
    )
    assert [(item.place.line, item.place.column, item.path) for item in problems] == [(2, 19, "$.spec.legs[0].x")]


def test_no_message_quotes_a_mapping_a_list_or_a_long_text():
    secret = "SECRET" * 20
    rules = [
        {"type": "number"},
        {"const": 1},
        {"pattern": "^a$"},
        {"enum": [1]},
        {"oneOf": [{"const": 1}, {"const": 2}]},
    ]
    for rule in rules:
        for text in (f"v: {{apiKey: {secret}}}", f"v: [{secret}]", f"v: {secret}"):
            for _, _, message in found(rule, text):
                assert secret not in message
                assert len(message) < 200


def test_control_characters_and_direction_marks_of_a_value_are_escaped():
    ((_, _, message),) = found({"const": 1}, 'v: "a\\e[31m\\u202e\\n"')
    assert message == r"'a\x1b[31m\u202e\n' is wrong here, it must be 1"


LEG = {
    "oneOf": [
        {"properties": {"kind": {"const": "spot"}, "size": {"type": "number"}}, "additionalProperties": False},
        {"properties": {"kind": {"const": "swap"}, "rate": {"type": "number"}}, "additionalProperties": False},
    ]
}


def test_of_several_forms_the_one_with_the_matching_kind_is_reported():
    assert found(LEG, "v: {kind: swap, rate: x}") == [("schema", "$.v.rate", "'x' is text, but a number is wanted")]
    assert [item[:2] for item in found(LEG, "v: {kind: spot, rate: 1}")] == [("unknown-field", "$.v.rate")]


def test_forms_of_different_types_are_named_together():
    rule = {"anyOf": [{"type": "string"}, {"type": ["number", "null"]}]}
    assert found(rule, "v: true") == [("schema", "$.v", "true is not text or a number or null")]
    assert found(rule, "v: [1]") == [("schema", "$.v", "a list is not text or a number or null")]


def test_of_forms_of_different_types_the_one_of_the_values_type_is_reported():
    rule = {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"a": {"type": "number"}}}]}
    assert found(rule, "v: {a: x}") == [("schema", "$.v.a", "'x' is text, but a number is wanted")]


def test_a_value_that_fits_two_forms_that_exclude_each_other_is_refused():
    rule = {"oneOf": [{"type": "number"}, {"minimum": 0}]}
    assert found(rule, "v: 1") == [("schema", "$.v", "this fits more than one of the forms that exclude each other")]


def test_choices_inside_choices_are_followed():
    rule = {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"leg": LEG}}]}
    assert [item[1] for item in found(rule, "v: {leg: {kind: spot, size: x}}")] == ["$.v.leg.size"]


def test_if_and_then_report_the_fields_that_they_are_about():
    rule = {"if": {"properties": {"k": {"const": 1}}}, "then": {"required": ["a"]}, "else": {"required": ["b"]}}
    assert found(rule, "v: {k: 1}") == [("schema", "$.v", "the required field 'a' is missing")]
    assert found(rule, "v: {k: 2}") == [("schema", "$.v", "the required field 'b' is missing")]


def test_references_work_inside_a_schema_and_to_other_types_and_stay_exact():
    others = {
        "Base": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://desk.example/Base.schema.json",
            "$defs": {"step": {"multipleOf": Decimal("0.01")}, "size": {"$ref": "#/$defs/step"}},
        }
    }
    rule = {"$ref": "Base.schema.json#/$defs/size"}
    assert not found(rule, "v: 4.02", others=others)
    assert found(rule, "v: 4.025", others=others)
    whole = {"properties": {"deep": {"$ref": "Base.schema.json"}}}
    assert not found(whole, "v: {deep: 1}", others=others)


def test_a_schema_may_contain_itself_and_stays_exact():
    tree = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {"size": {"multipleOf": Decimal("0.1")}, "legs": {"items": {"$ref": "#"}}},
    }
    check_schema("Tree", {"Tree": tree})
    ready = compile_schema("Tree", {"Tree": tree})
    assert check_document(document("legs: [{legs: [{size: 10.1}]}]"), ready) == []
    (problem,) = check_document(document("legs: [{legs: [{size: 10.15}]}]"), ready)
    assert problem.path == "$.legs[0].legs[0].size"


@pytest.mark.parametrize(
    "reference",
    [
        "http://127.0.0.1:1/x.json",
        "https://json-schema.org/draft/2020-12/schema",
        "file:///etc/passwd",
        "../secret.json",
        "Other.schema.json",
        "T",
        "#nowhere",
        "#/$defs/nowhere",
        "#/properties/v/enum/0",
        "#/properties/v/title/0",
        "#/allOf/x",
        "#/allOf/7",
    ],
)
def test_a_reference_that_leads_out_or_nowhere_is_refused_without_a_socket(reference):
    documents = {"T": {"properties": {"v": {"title": "t", "enum": [{"a": 1}], "$ref": reference}}, "allOf": [{}]}}
    disable_socket()
    try:
        with pytest.raises(ConfigError, match=r"T\.schema\.json refers to"):
            check_schema("T", documents)
    except SocketBlockedError:  # pragma: no cover - the failure this test is for
        pytest.fail("a socket was opened")
    finally:
        enable_socket()


def test_an_unchecked_remote_reference_still_opens_no_socket():
    ready = compile_schema("T", {"T": {"$ref": "http://127.0.0.1:1/x.json"}})
    disable_socket()
    try:
        with pytest.raises(Exception, match="Unresolvable"):
            check_document(document("v: 1"), ready)
    finally:
        enable_socket()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"type": "nmber"}, r"invalid at \$\.type"),
        ({"properties": 5}, r"invalid at \$\.properties"),
        (
            {"properties": {"a": {"multipleOf": 0}}},
            r"invalid at \$\.properties\.a\.multipleOf: 0 is not greater than 0",
        ),
        ({"pattern": "(["}, "a pattern that cannot be used"),
        ({"pattern": r"\p{L}"}, "a pattern that cannot be used"),
        ({"patternProperties": {"(": {}}}, "a pattern that cannot be used"),
        ({"multipleOf": Decimal("1e-9999")}, "a multipleOf that is out of range"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "is in the dialect 'http://json-schema.org/draft-07"),
        ({"$schema": 5}, "is in the dialect 5"),
        ({"$defs": {"a": {"$id": "x"}}}, "has \\$id below its root"),
        ({"$defs": {"a": {"$schema": "x"}}}, "has \\$schema below its root"),
        ({"$anchor": "a"}, "has \\$anchor"),
        ({"$dynamicRef": "#a"}, "has \\$dynamicRef"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_by_name_with_the_reason(wrong, reason):
    with pytest.raises(ConfigError, match=r"T\.schema\.json.*" + reason):
        check_schema("T", {"T": wrong})


def test_a_fault_in_a_schema_that_is_referred_to_is_found():
    with pytest.raises(ConfigError, match=r"Base\.schema\.json is invalid"):
        check_schema("T", {"T": {"$ref": "Base.schema.json"}, "Base": {"type": "nmber"}})


def test_a_schema_nested_without_end_is_refused():
    deep: dict = {}
    for _ in range(3000):
        deep = {"not": deep}
    with pytest.raises(ConfigError, match="nested too deeply"):
        check_schema("T", {"T": deep})


@pytest.mark.parametrize(
    "loop", [{"$ref": "#"}, {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}]
)
def test_a_schema_that_refers_to_itself_without_end_is_refused(loop):
    check_schema("T", {"T": loop})
    with pytest.raises(ConfigError, match="refers to itself without end"):
        check_document(document("v: 1"), compile_schema("T", {"T": loop}))


def test_true_and_false_are_schemas():
    documents = {"T": {"properties": {"a": True, "b": {"$ref": "#/$defs/no"}}, "$defs": {"no": False}}}
    check_schema("T", documents)
    ready = compile_schema("T", documents)
    assert [item.path for item in check_document(document("a: 1\nb: 1\n"), ready)] == ["$.b"]


def test_the_envelope_reaches_the_type_through_a_local_reference():
    documents = {"strategy": schema("strategy"), "SMO": schema("SMO")}
    check_schema("strategy", documents)
    text = "apiVersion: volvenctl/v1\nkind: Strategy\nmetadata: {name: a}\nspec: {strategyType: SMO, sise: 1}\n"
    problems = check_document(document(text), compile_schema("strategy", documents))
    assert {item.code for item in problems} == {"schema", "unknown-field"}
    assert "$.spec.sise" in {item.path for item in problems}


@pytest.mark.parametrize("name", ["SMO", "project"])
def test_our_schemas_are_usable(name):
    check_schema(name, {name: schema(name)})
