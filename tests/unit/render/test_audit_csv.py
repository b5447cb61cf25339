"""The table of the audit trail: fixed columns, one line a record, nothing that a spreadsheet computes."""

import csv
import io
from dataclasses import replace

import builders_report as build
import pytest
from builders_audit import trail_of
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.render.audit_csv import COLUMNS, audit_csv


def table(*records):
    return list(csv.DictReader(io.StringIO(audit_csv(records))))


def test_the_columns_are_documented_and_fixed():
    assert ",".join(COLUMNS) == (
        "seq,time,type,user,host,git,ciActor,ciRun,strategy,was,strategyId,attemptId,planHash,commit,"
        "principal,resolution,status,exit,reason,hash"
    )
    assert audit_csv(()) == ",".join(COLUMNS) + "\n"


def test_every_record_is_one_line():
    rows = table(*trail_of(10))
    assert [row["seq"] for row in rows] == [str(number) for number in range(1, 11)]
    assert (rows[1]["principal"], rows[1]["ciActor"], rows[1]["ciRun"]) == ("bob@dësk", "ann", "https://ci.example/7")
    assert (rows[4]["strategy"], rows[4]["strategyId"], rows[7]["exit"]) == ("s0", "S-0", "0")


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", " =", "\u00a0@"])
def test_a_cell_that_begins_like_a_formula_is_text(begin):
    (row,) = table(build.record(f"{begin}cmd|' /C calc'!A0"))
    for value in (row["strategy"], row["reason"], row["user"]):
        assert value.startswith("'")


@given(st.text(st.characters(), min_size=1))
def test_no_text_can_add_a_line_or_a_column_or_a_formula(text):
    written = audit_csv((build.record(text), replace(build.record(text), actor={"ci": "odd"})))
    assert written.count("\n") == 3
    for row in csv.reader(io.StringIO(written)):
        assert len(row) == len(COLUMNS)
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
