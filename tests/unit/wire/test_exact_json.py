from decimal import Decimal

import pytest

from volvenctl.wire.exact_json import (
    JsonFault,
    canonical_text,
    content_digest,
    digest_of,
    digest_of_text,
    document_text,
    is_same_content,
    json_text,
    read_json,
    read_written,
)

D = Decimal


@pytest.mark.parametrize(
    "text",
    ["0", "-0", "-0.0", "0.10", "100", "0.00000001", "12345678901234567890.123456789", "9" * 40, "9" * 41, "1" * 400],
)
def test_numbers_are_written_as_they_were_read(text):
    assert json_text(read_json(text)) == text


@pytest.mark.parametrize(("text", "written"), [("1e-8", "0.00000001"), ("1E+3", "1000"), ("1.50e1", "15.0")])
def test_exponents_are_written_out(text, written):
    assert json_text(read_json(text)) == written


def test_integers_are_int_and_the_rest_is_decimal():
    value = read_json(b"[1, 1.0, 1e2]")
    assert [type(item) for item in value] == [int, Decimal, Decimal]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no JSON at line 1 column 1"),
        (b"[1,\n]", "no JSON at line 2"),
        (b"<html>", "no JSON"),
        (b'{"a": 1, "b": 2, "a": 1}', "a key occurs twice"),
        (b'[{"a": 1, "a": 1}]', "a key occurs twice"),
        (b"NaN", "NaN is no JSON number"),
        (b"[-Infinity]", "-Infinity is no JSON number"),
        (b"\xef\xbb\xbf1", "no JSON"),
        (b'"\xff"', "not valid Unicode"),
        ('"a"'.encode("utf-16"), "not valid Unicode"),
        (rb'"\ud800"', "not valid Unicode"),
        (rb'{"\udc00": 1}', "not valid Unicode"),
        (rb'[1.0, {"a": ["\ud83d"]}]', "not valid Unicode"),
        ('"\ud800"', "not valid Unicode"),
        (b'"\x01"', "no JSON"),
        (b"01", "no JSON"),
        (b"1e401", "out of range"),
        (b"1e-401", "out of range"),
        (b"1e99999999999999999999", "out of range"),
        (b"0e999999999", "out of range"),
        (b"[" * 101 + b"]" * 101, "nested too deeply"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "nested too deeply"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_strict_json_is_refused(content, why):
    with pytest.raises(JsonFault, match=why):
        read_json(content)


def test_a_fault_quotes_nothing_of_the_text():
    with pytest.raises(JsonFault) as caught:
        read_json(b'{"token": "s3cret", "token": s3cret}')
    assert "s3cret" not in str(caught.value)


def test_a_hundred_levels_are_read_and_written():
    text = "[" * 100 + "]" * 100
    value = read_json(text)
    assert json_text(value) == canonical_text(value) == text
    assert read_json(document_text(value)) == value
    assert is_same_content(value, value)


def test_escapes_of_whole_characters_are_read():
    assert read_json(rb'["\u5e01", "\ud83d\ude00", 1.5, {"\u00e9": null}]') == ["币", "😀", D("1.5"), {"é": None}]


def test_json_text_is_ascii_and_in_the_order_given():
    assert json_text({"b": "é\x7f\n", "a": (True, False, None), "c": [D("0.10"), 5, {}]}) == (
        r'{"b":"\u00e9\u007f\n","a":[true,false,null],"c":[0.10,5,{}]}'
    )


def test_a_document_is_indented_and_ends_with_a_newline():
    assert document_text({"a": [1, {"b": D("0.10")}], "c": {}, "d": []}) == (
        '{\n  "a": [\n    1,\n    {\n      "b": 0.10\n    }\n  ],\n  "c": {},\n  "d": []\n}\n'
    )


@pytest.mark.parametrize("value", [D("NaN"), D("Infinity"), 0.5, b"x", {1, 2}])
def test_what_is_no_json_value_cannot_be_written(value):
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        json_text([value])


def test_the_canonical_form_sorts_keys_by_utf16_and_escapes_little():
    assert canonical_text({"\U0001f600": 1, "\ufb33": 2, "a": ["é", "\n", True, None, -5]}) == (
        '{"a":["é","\\n",true,null,-5],"\U0001f600":1,"\ufb33":2}'
    )


@pytest.mark.parametrize("value", [D("0.1"), 0.1, 1 << 53, -(1 << 53), {"a": [D(1)]}, {1, 2}])
def test_what_other_languages_would_read_differently_has_no_canonical_form(value):
    with pytest.raises(TypeError, match="has no canonical form"):
        canonical_text(value)


def test_digests_are_sha256_of_the_text():
    assert digest_of_text("") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest_of({"b": 1, "a": 2}) == digest_of_text('{"a":2,"b":1}')


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"a": D("0.10"), "b": 1}, {"b": D("1.0"), "a": D("0.1")}),
        ([D("1e3")], [1000]),
        (D("-0.0"), 0),
        ((1, "x"), [1, "x"]),
    ],
)
def test_content_is_the_same_whatever_the_order_of_keys_and_the_digits(left, right):
    assert is_same_content(left, right)
    assert content_digest(left) == content_digest(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, True),
        (0, False),
        (0, None),
        ("1", 1),
        ([1, 2], [2, 1]),
        ({"number": "1"}, 1),
        ({"object": {}}, {}),
        ({}, []),
        (D("0.1"), D("0.10000000000000000000000000000000000001")),
    ],
)
def test_content_of_another_kind_or_value_differs(left, right):
    assert not is_same_content(left, right)
    assert content_digest(left) != content_digest(right)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no JSON at line 1 column 1: Expecting value"),
        (b"[1,2] ", "spelled in another way than volvenctl writes"),
        (b'{"a":1,"a":1}', "spelled in another way than volvenctl writes"),
        (b'["\\u0041"]', "spelled in another way than volvenctl writes"),
        (b"[-0]", "spelled in another way than volvenctl writes"),
        (b"[1.0]", "a number with a point or an exponent is not written as text"),
        (b"[1e2]", "a number with a point or an exponent is not written as text"),
        (b"[NaN]", "NaN is no JSON number"),
        (b"[9007199254740992]", "an integer is out of range"),
        (b"[-9007199254740992]", "an integer is out of range"),
        (b"[" + b"9" * 5000 + b"]", "an integer is out of range"),
        (b'["\\ud800"]', "not valid Unicode text"),
        ('["\u00e9"]'.encode(), "not plain ASCII"),
        (b"[" * 101 + b"]" * 101, "nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    ],
)
def test_what_we_would_not_have_written_so_is_refused_by_the_reader_of_what_we_write(content, why):
    with pytest.raises(JsonFault) as caught:
        read_written(content)
    assert str(caught.value) == why


def test_the_reader_of_what_we_write_takes_the_largest_integers_and_brackets_in_text():
    value = [2**53 - 1, -(2**53) + 1, "[{" * 200, "\U0001f600"]
    assert read_written(json_text(value).encode()) == value
