import pytest

from volvenctl.core.parse import parse, unread_files
from volvenctl.model.problem import Place, Problem
from volvenctl.model.spec import SpecFile


def parsed(**texts):
    return parse([SpecFile(f"strategies/{name}.yaml", text.encode()) for name, text in texts.items()])


def test_each_mapping_becomes_a_document_with_its_file_and_places():
    (first, second, third), problems = parsed(one="a: 1\n---\nb: 2\n", two="c: 3\n")
    assert [first.file, second.file, third.file] == ["strategies/one.yaml"] * 2 + ["strategies/two.yaml"]
    assert second.place_of(("b",)) == Place("strategies/one.yaml", 3, 4)
    assert problems == ()


def test_an_empty_file_gives_neither_document_nor_problem():
    assert parsed(one="", two="# later\n") == ((), ())


def test_a_fault_becomes_a_problem_with_its_place_path_and_code():
    documents, (problem,) = parsed(one="spec:\n  legs:\n    - size: 0123\n")
    assert documents == ()
    assert problem.place == Place("strategies/one.yaml", 3, 13)
    assert problem.path == "$.spec.legs[0].size"
    assert problem.code == "yaml-type"
    assert "quote it" in problem.message
    assert problem.severity == "error"


def test_what_can_be_read_fully_is_kept_beside_the_problems():
    documents, problems = parsed(one="a: 1\n---\nb: no\n---\nc: 3\n---\nd: [", two="a: 1\na: 2\n", three="e: 5")
    assert [list(document.value) for document in documents] == [["a"], ["c"], ["e"]]
    assert [problem.code for problem in problems] == ["yaml-type", "yaml-syntax", "yaml-duplicate-key"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("- a", "a list"), ("text", "a text"), ("5", "a number"), ("true", "a truth value"), ("null", "null")],
)
def test_a_root_that_is_no_mapping_is_a_schema_problem(text, kind):
    documents, (problem,) = parsed(one=f"# x\n{text}\n")
    assert documents == ()
    assert problem == Problem(
        Place("strategies/one.yaml", 2, 1),
        "$",
        "schema",
        f"a document must be a mapping with apiVersion, kind, metadata and spec, not {kind}",
    )


def test_the_files_with_problems_are_those_not_read_fully():
    _, problems = parsed(one="a: 1", two="a: no", three="[", four="- x")
    assert unread_files(problems) == {"strategies/two.yaml", "strategies/three.yaml", "strategies/four.yaml"}
