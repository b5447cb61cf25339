from decimal import Decimal

import pytest
import yaml

from volvenctl.wire import yaml_reader
from volvenctl.wire.yaml_reader import YamlFault, read_yaml

SPEC = """\
# a strategy
metadata:
  name: ä-dip   # not a valid name, but text
  labels: {desk: macro, "on": 'yes'}
spec:
  size: 0.10
  legs:
    - price: 1e3
    - {price: -5}
  note: |
    123
  empty:
"""


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], ids=["libyaml", "python"])
def read(request):
    """Read with each of the two parsers: what one refuses, the other refuses."""
    loader = getattr(yaml, request.param)
    return lambda text: yaml_reader._read(text.encode() if isinstance(text, str) else text, loader)


def value_of(result):
    (document,), faults = result
    assert faults == ()
    return document.value


def only_fault(result):
    documents, (fault,) = result
    assert documents == ()
    return fault


def places(result):
    return [(fault.line, fault.column, fault.code) for fault in result[1]]


def test_the_reader_uses_libyaml_where_it_is_there():
    assert yaml_reader._LOADER is yaml.CSafeLoader


def test_a_document_becomes_plain_values(read):
    assert value_of(read(SPEC)) == {
        "metadata": {"name": "ä-dip", "labels": {"desk": "macro", "on": "yes"}},
        "spec": {
            "size": Decimal("0.10"),
            "legs": [{"price": Decimal(1000)}, {"price": Decimal(-5)}],
            "note": "123\n",
            "empty": None,
        },
    }


def test_every_value_and_key_has_its_place_in_code_points(read):
    ((document,), _) = read(SPEC)
    assert document.marks.of_value(()) == (2, 1)
    assert document.marks.of_value(("metadata", "labels", "on")) == (4, 31)
    assert document.marks.of_key(("metadata", "labels", "on")) == (4, 25)
    assert document.marks.of_value(("spec", "legs", 1, "price")) == (9, 15)
    assert document.marks.of_value(("spec", "note")) == (10, 9)
    assert document.marks.of_key(("spec", "empty")) == (12, 3)
    ((wide,), _) = read("é: {ü€: x, y1: 币}")
    assert wide.marks.of_value(("é", "y1")) == (1, 16)


def test_digits_of_numbers_are_kept(read):
    assert str(value_of(read("- 0.10\n"))) == "[Decimal('0.10')]"


@pytest.mark.parametrize("text", ["", "# only\n", "\n \n", "---\n", "---\n---\n...\n# x\n", "\ufeff"])
def test_empty_documents_are_left_out(read, text):
    assert read(text) == ((), ())


@pytest.mark.parametrize(
    ("text", "value"), [("null", None), ("--- ~", None), ('""', ""), ("x", "x"), ("- 1", [Decimal(1)])]
)
def test_the_root_may_be_any_value(read, text, value):
    assert value_of(read(text)) == value


def test_a_file_may_hold_several_documents(read):
    documents, faults = read("a: 1\n---\n# nothing\n---\nb: 2\n...\n")
    assert [document.value for document in documents] == [{"a": Decimal(1)}, {"b": Decimal(2)}]
    assert documents[1].marks.of_value(("b",)) == (5, 4)
    assert faults == ()


def test_a_document_with_a_fault_is_left_out_and_its_neighbours_stay(read):
    documents, faults = read("a: 1\n---\nb: no\n---\nc: 3\n")
    assert [document.value for document in documents] == [{"a": Decimal(1)}, {"c": Decimal(3)}]
    assert [(fault.line, fault.path) for fault in faults] == [(3, ("b",))]


def test_a_duplicate_key_names_both_places(read):
    fault = only_fault(read("spec:\n  size: 1\n  side: BUY\n  size: 2\n"))
    assert fault == YamlFault(
        4,
        3,
        ("spec", "size"),
        "yaml-duplicate-key",
        "the key 'size' stands twice in one mapping: first at line 2, column 3",
    )


def test_keys_are_duplicates_however_they_are_quoted(read):
    assert places(read("a: 1\n'a': 2\n\"a\": 3\n")) == [(2, 1, "yaml-duplicate-key"), (3, 1, "yaml-duplicate-key")]


def test_all_faults_that_can_be_passed_are_collected(read):
    result = read("a: no\nb: 0123\na: !!int 5\non: 1\nc: [off, {d: 1e400}]\n")
    assert places(result) == [
        (1, 4, "yaml-type"),
        (2, 4, "yaml-type"),
        (3, 1, "yaml-duplicate-key"),
        (3, 4, "yaml-type"),
        (4, 1, "yaml-type"),
        (5, 5, "yaml-type"),
        (5, 14, "yaml-type"),
    ]
    assert result[1][-1].path == ("c", 1, "d")


@pytest.mark.parametrize(
    "key", ["on", "NO", "123", "1.5", "null", "~", "true", "0x1F", "=", "!!int 5", "&a 12", "&a on"]
)
def test_a_key_that_is_not_text_is_to_be_quoted(read, key):
    fault = only_fault(read(f"{key}: 1"))
    assert (fault.line, fault.column, fault.code) == (1, 1, "yaml-type")
    assert "quote" in fault.message


@pytest.mark.parametrize("key", ['"on"', "'123'", "!!str 123", "2024-01-01", "&a text"])
def test_a_quoted_or_tagged_key_is_text(read, key):
    assert list(value_of(read(f"{key}: 1")).values()) == [Decimal(1)]


def test_a_missing_key_is_a_fault(read):
    assert "a key is missing" in only_fault(read("? \n: 1")).message


@pytest.mark.parametrize("key", ["[a]", "{a: b}", "&x [a]"])
def test_a_key_that_is_a_collection_is_a_fault_and_reading_goes_on(read, key):
    assert places(read(f"? {key}\n: 1\n? {key.replace('x', 'y')}\n: no\n")) == [
        (1, 3, "yaml-type"),
        (3, 3, "yaml-type"),
        (4, 3, "yaml-type"),
    ]


def test_an_alias_is_no_key(read):
    assert only_fault(read("a: &a text\n*a : 1")).code == "yaml-type"


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['true']",
        "!!python/name:os.system",
        '!!int ""',
        "!!float abc",
        "!!bool maybe",
        "!!timestamp x",
        "!!binary x",
        "!!set {a}",
        "!!map {a: b}",
        "!custom x",
        "! 12",
        "!!str [a]",
    ],
)
def test_tags_are_refused(read, text):
    fault = only_fault(read(f"a: {text}"))
    assert (fault.line, fault.column, fault.path, fault.code) == (1, 4, ("a",), "yaml-type")
    assert "is not supported" in fault.message


def test_the_tag_for_text_makes_text(read):
    assert value_of(read("[!!str 123, !!str no, !!str , !<tag:yaml.org,2002:str> 0x1]")) == ["123", "no", "", "0x1"]


def test_an_alias_repeats_the_value_at_its_own_place(read):
    ((document,), _) = read("a: &a {x: [1, 2]}\nb: *a\nc: &c text\nd: [*c, *a]\n")
    assert document.value["b"] == document.value["a"] == document.value["d"][1]
    assert document.value["d"][0] == "text"
    assert document.marks.of_value(("b", "x", 1)) == (2, 4)
    assert document.marks.of_key(("d", 1, "x")) == (4, 9)


def test_merged_mappings_give_way_to_keys_that_are_written(read):
    text = "base: &b {p: 1, q: 2}\na:\n  <<: *b\n  q: 5\nb: {<<: [{p: 7}, *b], r: 3}\n"
    ((document,), _) = read(text)
    assert document.value["a"] == {"p": Decimal(1), "q": Decimal(5)}
    assert document.value["b"] == {"p": Decimal(7), "q": Decimal(2), "r": Decimal(3)}
    assert document.marks.of_value(("a", "p")) == (3, 7)
    assert document.marks.of_value(("a", "q")) == (4, 6)


def test_only_mappings_can_be_merged(read):
    assert places(read("a: {<<: 5}\nb: {<<: [{x: 1}, 2]}")) == [(1, 5, "yaml-type"), (2, 5, "yaml-type")]


def test_a_quoted_merge_key_is_a_key(read):
    assert value_of(read("'<<': 5\na: 1")) == {"<<": Decimal(5), "a": Decimal(1)}


def test_merging_an_empty_mapping_changes_nothing(read):
    assert value_of(read("<<: {}\na: 1")) == {"a": Decimal(1)}


@pytest.mark.parametrize(
    ("text", "place", "part"),
    [
        ("a: *b", (1, 4), "no anchor before it"),
        ("a: &a [*a]", (1, 8), "inside its own anchor"),
        ("a: &a {b: {c: *a}}", (1, 15), "inside its own anchor"),
        ("a: &a 1\n---\nb: *a", (3, 4), "no anchor before it"),
        ("a: &a 1\nb: &a 2", (2, 4), "defined twice"),
        ("a: &a [1]\nb: &a [2]", (2, 4), "defined twice"),
    ],
)
def test_an_alias_needs_one_finished_anchor(read, text, place, part):
    fault = read(text)[1][-1]
    assert (fault.line, fault.column) == place
    assert fault.code == "yaml-syntax"
    assert part in fault.message


def bomb(levels, width, first="[x]"):
    lines = [f"a0: &a0 {first}"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines)


def test_an_alias_bomb_is_refused(read):
    fault = only_fault(read(bomb(10, 9)))
    assert fault.code == "yaml-syntax"
    assert "too many values" in fault.message


def test_a_bomb_of_long_texts_is_refused_too(read):
    assert "too many values" in only_fault(read(f"a: &a {'x' * 100_000}\nb: [{'*a, ' * 500}]")).message


def test_many_aliases_in_a_large_file_are_fine(read):
    text = "base: &b {p: x, q: 2, r: 3}\n" + "".join(f"k{n}: {{<<: *b, s: {n}}}\n" for n in range(3000))
    assert len(value_of(read(text))) == 3001


def test_aliases_do_not_get_around_the_limit_of_levels(read):
    assert "nested deeper than 32 levels" in only_fault(read(bomb(40, 1))).message


def test_32_levels_are_read_and_33_are_not(read):
    assert read("[" * 32 + "]" * 32)[1] == ()
    fault = only_fault(read("[" * 33 + "]" * 33))
    assert (fault.line, fault.column, fault.message) == (1, 33, "nested deeper than 32 levels")


@pytest.mark.parametrize("text", ["[" * 1_000_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000, "[\n" * 100_000])
def test_deep_nesting_is_refused_at_once(text):
    assert "nested deeper than 32 levels" in read_yaml(text.encode())[1][-1].message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: b: c", 1),
        ("a: [1, 2", 1),
        ("a: 1\n b: 2", 2),
        ("a: 'open", 1),
        ("%YAML 2.0\n---\na: 1", 1),
        ('a: "\\q"', 1),
        ("a: %x", 1),
        ("a: @x", 1),
        ("a: -", 1),
        ("x: 1\n\ty: 2", 1),
    ],
)
def test_a_syntax_error_has_a_place_near_it(read, text, line):
    fault = only_fault(read(text))
    assert fault.code == "yaml-syntax"
    assert line <= fault.line <= line + 1
    assert fault.message.startswith("not valid YAML: ")


def test_a_syntax_error_keeps_what_was_read_before(read):
    documents, faults = read("a: 1\n---\nb: no\n---\nc: [\n")
    assert [document.value for document in documents] == [{"a": Decimal(1)}]
    assert [fault.code for fault in faults] == ["yaml-type", "yaml-syntax"]


def test_a_syntax_error_does_not_quote_the_line(read):
    assert "s3cret" not in only_fault(read("password: s3cret: x")).message


@pytest.mark.parametrize(
    "text", [r'"\ud800"', r'"\udfff"', r'"x\ud83d\ude00"', r'"\U00110000"', "!<%ED%A0%80> a", "!%FF a"]
)
def test_half_characters_are_refused(read, text):
    assert only_fault(read(f"a: {text}")).code == "yaml-syntax"


def test_escapes_of_whole_characters_are_text(read):
    assert value_of(read(r'["\u5e01", "\U0001F600", "\x85\u2028", "é"]')) == ["币", "😀", "\x85\u2028", "é"]


def test_bad_bytes_are_a_syntax_error(read):
    assert only_fault(read(b"a: 1\nb: \xff")) == YamlFault(2, 4, (), "yaml-syntax", "not valid UTF-8 text")


def test_windows_line_ends_do_not_shift_places(read):
    assert places(read("a: 1\r\nb: no\r\n")) == [(2, 4, "yaml-type")]
