from hypothesis import given
from hypothesis import strategies as st

from volvenctl.render.style import Palette
from volvenctl.render.tables import Row, table_lines, width


def test_columns_align_left_or_right_and_details_follow_their_row():
    rows = [Row(("+ create", "btc", "9,500"), details=("      why",)), Row(("= keep", "ethereum", "12"))]
    assert table_lines(rows, titles=("", "name", "size"), right=(2,)) == [
        "            name       size",
        "  + create  btc       9,500",
        "      why",
        "  = keep    ethereum     12",
    ]


def test_a_column_without_content_is_left_out():
    assert table_lines([Row(("a", "", "c")), Row(("b",))], titles=("x", "y", "z")) == ["  x  z", "  a  c", "  b"]


def test_a_table_without_rows_has_no_lines():
    assert table_lines([], titles=("x",)) == []


def test_wide_and_combining_characters_count_as_a_terminal_counts_them():
    assert [width(text) for text in ("abc", "交易", "e\u0301")] == [3, 4, 1]


def test_paint_does_not_move_a_column():
    painted = table_lines([Row(("a", "b"), Palette(on=True).good), Row(("long", "c"))])
    assert painted == ["  \x1b[32ma\x1b[0m     b", "  long  c"]


@given(st.lists(st.tuples(st.text(), st.text(min_size=1), st.just("|")), min_size=1))
def test_the_last_column_starts_at_the_same_place_in_every_line(cells):
    starts = {width(line[: line.rindex("|")]) for line in table_lines([Row(item) for item in cells])}
    assert len(starts) == 1
