import builders_report as build

from volvenctl.model.problem import under


def test_problems_under_a_folder_keep_all_but_the_file():
    (moved,) = under("desk/", (build.problem(),))
    assert (moved.place.file, moved.place.line, moved.place.column) == ("desk/strategies/btc.yaml", 12, 9)
    assert moved.message == build.problem().message


def test_at_the_root_of_the_repository_nothing_changes():
    assert under("", (build.problem(),)) == (build.problem(),)
