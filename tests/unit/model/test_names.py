import pytest

from volvenctl.model.names import NAME_PATTERN, STRATEGY_ID_PATTERN, path_text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "$"),
        (("spec", "size"), "$.spec.size"),
        (("spec", "legs", 0, "size"), "$.spec.legs[0].size"),
        (("labels", "a-b_c"), "$.labels.a-b_c"),
        (("labels", "on call"), "$.labels['on call']"),
        (("labels", "0"), "$.labels['0']"),
        (("labels", ""), "$.labels['']"),
        (("labels", "x\x1b\n"), r"$.labels['x\x1b\n']"),
        (("labels", "é"), "$.labels['é']"),
    ],
)
def test_a_path_reads_like_a_path_and_odd_keys_are_quoted(path, text):
    assert path_text(path) == text


@pytest.mark.parametrize("name", ["a", "7", "btc-dip-buy", "a" * 63, "a--b"])
def test_names_are_lower_case_words(name):
    assert NAME_PATTERN.fullmatch(name)


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a.b", "a b", "a" * 64, "é", "a\n", "٣", "a_b"])
def test_anything_else_is_no_name(name):
    assert not NAME_PATTERN.fullmatch(name)


@pytest.mark.parametrize(
    ("text", "ok"),
    [("x" * 128, True), ("!~", True), ("", False), ("x" * 129, False), ("a b", False), ("é", False), ("a\n", False)],
)
def test_a_strategy_id_is_printable_ascii(text, ok):
    assert bool(STRATEGY_ID_PATTERN.fullmatch(text)) is ok
