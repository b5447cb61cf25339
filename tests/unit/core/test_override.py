"""Overrides: an RFC 7386 merge patch whose values keep their places."""

import pytest
from builders_check import document
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.core.override import apply_override, check_overrides
from volvenctl.model.spec import Marks, SpecDocument


def merged(target, patch):
    """Return what the override `patch` makes of `target`."""
    whole = SpecDocument("a.yaml", {"spec": target, "overrides": {"e": {"spec": patch}}}, Marks({}, {}))
    return apply_override(whole, "e").value.get("spec")


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        # The test cases of RFC 7386, appendix A, as far as both sides are objects.
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"a": 1}, {}, {"a": 1}),
        ({"a": 1}, None, None),
        ({"a": 1}, 5, 5),
    ],
)
def test_an_override_is_a_merge_patch(target, patch, result):
    assert merged(target, patch) == result


TEXT = """\
spec:
  size: 0.1
  side: BUY
  legs: [1, 2]
overrides:
  production:
    spec: {size: 0.5, legs: [7], deep: {er: 1}}
  sandbox: {spec: {side: null}}
"""


def test_a_value_from_the_override_stands_where_the_override_does():
    changed = apply_override(document(TEXT), "production")
    assert "overrides" not in changed.value
    assert changed.place_of(("spec", "size")).line == 7
    assert changed.place_of(("spec", "size"), key=True).column == 12
    assert changed.place_of(("spec", "legs", 0)).line == 7
    assert changed.place_of(("spec", "deep", "er")).line == 7
    assert changed.place_of(("spec", "side")).line == 3
    assert changed.place_of(("spec",), key=True).line == 1


def test_null_removes_a_field_in_one_environment_only():
    assert "side" not in apply_override(document(TEXT), "sandbox").value["spec"]
    assert "side" in apply_override(document(TEXT), "production").value["spec"]


@pytest.mark.parametrize("written", ["overrides: 5", "overrides: {e: 5}", "overrides: [e]", "overrides: {e: null}"])
def test_an_override_that_is_no_mapping_is_left_to_the_schema(written):
    changed = apply_override(document(f"spec: {{a: 1}}\n{written}\n"), "e")
    assert changed.value == {"spec": {"a": 1}}


def test_an_override_for_an_unknown_environment_is_a_problem_at_its_key():
    problems = check_overrides(document("overrides:\n  prodution: {}\n  sandbox: {}\n"), ["production", "sandbox"])
    (problem,) = problems
    assert (problem.place.line, problem.place.column, problem.code) == (2, 3, "schema")
    assert problem.message == "the project has no environment 'prodution' (did you mean production?)"
    assert problem.suggestions == ("production",)


@pytest.mark.parametrize("written", ["overrides: 5", "spec: {}"])
def test_without_usable_overrides_no_environment_is_unknown(written):
    assert check_overrides(document(written), ["production"]) == []


_VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)


def reference(target, patch):
    """The pseudo code of RFC 7386, section 2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = reference(result.get(name), value)
    return result


@given(st.dictionaries(st.sampled_from("abc"), _VALUES), st.dictionaries(st.sampled_from("abc"), _VALUES))
def test_any_patch_gives_what_the_rfc_says(target, patch):
    assert merged(target, patch) == reference(target, patch)
