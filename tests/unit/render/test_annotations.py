import builders_report as build
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.model.problem import Place
from volvenctl.render.annotations import github_annotations


def test_a_problem_becomes_an_annotation_at_its_line():
    assert github_annotations([build.problem()]) == (
        "::error file=strategies/btc.yaml,line=12,col=9,title=size-step::$.spec.size: 0.0015 is not a multiple\n"
    )


def test_what_github_reads_as_syntax_is_escaped():
    hostile = build.problem("50%\r\nx", place=Place("a,b:c%.yaml", 1, 1))
    assert github_annotations([hostile]) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=1,col=1,title=size-step::$.spec.size: 50%25\\r\\nx\n"
    )


def test_at_most_ten_of_a_kind_are_shown_and_the_rest_counted():
    errors = [build.problem(f"e{number}") for number in range(12)]
    warnings = [build.problem(f"w{number}", severity="warning") for number in range(11)]
    lines = github_annotations([*warnings, *errors]).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"]
    assert "2 more errors and 1 more warning, not shown here" in lines[-1]


def test_no_problems_need_no_annotation():
    assert github_annotations([]) == ""


@given(st.text(st.characters()))
def test_no_text_can_end_its_annotation_and_start_another(text):
    written = github_annotations([build.problem(text, path=text, code=text, place=Place(text, 1, 1))])
    assert written.count("\n") == 1
    assert written.split("::")[1].count(",") == 3
