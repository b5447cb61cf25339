"""The exact checker agrees with jsonschema-rs, an independent implementation that is exact too."""

import json
from decimal import Decimal

import jsonschema_rs
import pytest
from builders_check import schema
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.core.schema import compile_schema
from volvenctl.model.number import number_text

_DECIMALS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places), st.integers(-(10**18), 10**18), st.integers(0, 18)
)
_STEPS = st.builds(lambda digits, places: Decimal(digits).scaleb(-places), st.integers(1, 10**6), st.integers(0, 8))


def ours(rule, value):
    ready = compile_schema("T", {"T": rule})
    return ready.accepts(ready.root, value)


def theirs(rule, value):
    return jsonschema_rs.Draft202012Validator(rule).is_valid(value)


@given(_DECIMALS, _STEPS, st.booleans())
def test_multiples_agree(value, step, make_multiple):
    value = step * int(value % 10**9) if make_multiple else value
    assert ours({"multipleOf": step}, value) == theirs({"multipleOf": step}, value)


@given(_DECIMALS, _DECIMALS, st.sampled_from(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "const"]))
def test_bounds_agree(value, bound, keyword):
    for number in (value, bound):
        assert ours({keyword: bound}, number) == theirs({keyword: bound}, number)


@given(_DECIMALS)
def test_whole_numbers_agree(value):
    assert ours({"type": "integer"}, value) == theirs({"type": "integer"}, value)


@pytest.mark.parametrize(
    "pattern", ["^[a-z]+$", r"^\d{2}$", "a$", "[$]", r"\$", "^(a|b)*$", "^[^$]+$", r"^[\]$]$", r"^\w+$"]
)
@pytest.mark.parametrize("text", ["", "abc", "abc\n", "12", "١٢", "a", "$", "a$", "]", "é", "ab", "\n"])
def test_patterns_agree(pattern, text):
    assert ours({"pattern": pattern}, text) == theirs({"pattern": pattern}, text)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "strategyType": st.sampled_from(["SMO", "TWAP"]),
            "productCode": st.sampled_from(["p", ""]),
            "accountId": st.sampled_from(["1", 1]),
            "side": st.sampled_from(["BUY", "buy"]),
            "size": _DECIMALS | st.just("1"),
            "aggressiveness": _DECIMALS,
            "alwaysPassive": st.booleans() | st.just("true"),
            "other": st.none(),
        },
    )
)
def test_smo_specs_agree(value):
    assert ours(schema("SMO"), value) == theirs(json.loads(json.dumps(schema("SMO"), default=number_text)), value)


@pytest.mark.parametrize("name", ["SMO", "strategy", "project"])
def test_our_schemas_are_valid_by_both(name):
    jsonschema_rs.meta.validate(json.loads(json.dumps(schema(name), default=number_text)))
