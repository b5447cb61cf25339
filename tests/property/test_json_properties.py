import contextlib
from decimal import Decimal

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.model.number import is_within_limits
from volvenctl.wire.exact_json import (
    JsonFault,
    canonical_of_written,
    canonical_text,
    content_digest,
    document_text,
    json_text,
    read_json,
    read_written,
)

texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.decimals(allow_nan=False, allow_infinity=False).filter(is_within_limits)


def documents(*leaves):
    return st.recursive(
        st.one_of(st.none(), st.booleans(), texts, *leaves),
        lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(texts, inner, max_size=5)),
        max_leaves=20,
    )


@given(documents(st.integers(), numbers))
def test_what_is_written_is_read_back_digit_for_digit(value):
    text = json_text(value)
    assert json_text(read_json(text)) == text
    assert json_text(read_json(document_text(value))) == text
    assert content_digest(read_json(text)) == content_digest(value)


@given(documents(st.integers(-(2**53) + 1, 2**53 - 1)))
def test_the_canonical_form_is_that_of_rfc_8785(value):
    assert canonical_text(value).encode() == rfc8785.dumps(value)
    assert canonical_text(read_json(canonical_text(value))) == canonical_text(value)


@given(documents(st.integers(-(2**53) + 1, 2**53 - 1)))
def test_what_was_written_without_decimals_is_read_back_and_hashed_like_the_value_itself(value):
    read = read_written(json_text(value).encode())
    assert json_text(read) == json_text(value)
    assert canonical_of_written(read) == canonical_text(value)


@given(documents(numbers), st.data())
def test_a_damaged_text_counts_as_written_only_if_the_strict_reader_agrees(value, data):
    content = bytearray(json_text(value).encode())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(JsonFault):
        read = read_written(bytes(content))
        assert json_text(read).encode() == content == json_text(read_json(bytes(content))).encode()


@given(st.one_of(st.binary(), st.text(alphabet='[]{}",:0123456789.eE+-\\ud8 nulltrfasNI\n').map(str.encode)))
def test_reading_any_bytes_gives_a_value_or_a_fault(content):
    with contextlib.suppress(JsonFault):
        json_text(read_json(content))


@given(documents(numbers), st.data())
def test_a_damaged_text_gives_a_value_or_a_fault(value, data):
    content = bytearray(json_text(value).encode())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(JsonFault):
        read_json(bytes(content))


@given(numbers)
def test_a_number_is_the_same_in_and_out(value):
    assert Decimal(json_text(value)) == value
