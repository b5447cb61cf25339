import json
from decimal import Decimal

import yaml
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.model.number import is_within_limits, number_text
from volvenctl.wire import yaml_reader
from volvenctl.wire.exact_json import json_text
from volvenctl.wire.yaml_reader import read_yaml
from volvenctl.wire.yaml_scalar import Unclear, plain_value

PIECES = [
    *(
        "a: ",
        "b: ",
        "- ",
        "? ",
        ": ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "\n",
        "\n  ",
        "\n    ",
        " ",
        "\t",
        "\r\n",
        "---\n",
        "...\n",
    ),
    *(
        "&a ",
        "&b ",
        "*a",
        "*b",
        "<<: ",
        "!!str ",
        "!!int ",
        "!x ",
        "! ",
        "|\n  x",
        ">-\n  y",
        "# c\n",
        "%YAML 1.2\n",
        "%TAG ! x\n",
    ),
    *(
        '"',
        "'",
        '"\\ud800"',
        '"\\u00e9"',
        "\\",
        "no",
        "on",
        "0123",
        "1e3",
        "0.10",
        "x",
        "币",
        "１",
        "~",
        "null",
        "true",
        "@",
        "`",
    ),
    *("\0", "\x85", "\u2028", "\ufeff", "\x1b"),
]
yamlish = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff"))
numbers = st.decimals(allow_nan=False, allow_infinity=False).filter(is_within_limits)
documents = st.recursive(
    st.one_of(st.none(), st.booleans(), texts, numbers),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(texts, inner, max_size=5)),
    max_leaves=20,
)


def check_shape(content):
    documents, faults = read_yaml(content)
    for document in documents:
        json_text(document.value).encode()
        assert all(line >= 1 and column >= 1 for line, column in document.marks.values.values())
    for fault in faults:
        assert fault.line >= 1
        assert fault.column >= 1
        assert fault.message
        assert fault.code in {"yaml-syntax", "yaml-duplicate-key", "yaml-type"}
    return documents, faults


@given(st.binary(max_size=200))
def test_any_bytes_give_documents_or_faults(content):
    check_shape(content)


@given(yamlish)
def test_anything_like_yaml_gives_documents_or_faults(text):
    check_shape(text.encode())


@given(yamlish)
def test_anything_like_yaml_gives_documents_or_faults_in_utf16(text):
    check_shape(text.encode("utf-16"))


@given(documents)
def test_json_is_yaml_with_the_same_values_digit_for_digit(value):
    (document,), faults = read_yaml(("--- " + json_text_of(value)).encode())
    assert faults == ()
    assert json_text(document.value) == json_text(value)


@given(documents)
def test_each_value_has_the_place_where_it_is_written(value):
    text = json_text_of(value)
    (document,), _ = read_yaml(text.encode())
    for path, (line, column) in document.marks.values.items():
        found = value
        for step in path:
            found = found[step]
        assert line == 1
        assert text[column - 1 :].startswith(json_text_of(found)[:1])


@given(yamlish)
def test_both_parsers_accept_the_same_documents(text):
    content = text.encode()
    fast, fast_faults = yaml_reader._read(content, yaml.CSafeLoader)
    slow, slow_faults = yaml_reader._read(content, yaml.SafeLoader)
    if not fast_faults and not slow_faults:
        assert [document.value for document in fast] == [document.value for document in slow]


@given(st.text(alphabet="0123456789.eE+-_,:xobXOB infaNIF", max_size=12))
def test_a_plain_number_is_read_exactly_or_not_at_all(text):
    value = plain_value(text)
    if isinstance(value, Decimal):
        assert value == Decimal(text)
        assert is_within_limits(value)
        assert "_" not in text
        assert Decimal(number_text(value)) == value
    elif not isinstance(value, Unclear):
        assert value in (None, text)


def json_text_of(value):
    """JSON with the characters as they are: YAML has no surrogate pairs of escapes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json_text_of(key)}: {json_text_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(json_text_of, value)) + "]"
    return json_text(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
