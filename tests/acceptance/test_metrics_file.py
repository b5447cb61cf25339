"""status --prometheus, through the installed command."""

import stat

import pytest
from builders_desk import Desk

pytest.importorskip("prometheus_client")

from prometheus_client.parser import text_string_to_metric_families


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, "btc", "eth") as desk:
        yield desk


def values_of(file):
    families = text_string_to_metric_families(file.read_text())
    return {(item.name, item.labels.get("summary")): item.value for family in families for item in family.samples}


def test_after_an_unknown_outcome_the_file_says_so(desk, tmp_path):
    desk.script = ["ok", "lost"]
    assert desk.apply().returncode == 4
    file = tmp_path / "volvenctl.prom"
    file.write_text("old")
    done = desk.run("status", "--prometheus", str(file))
    assert done.returncode == 0, done.stderr
    found = values_of(file)
    assert found["volvenctl_open_attempts", None] == 1
    assert found["volvenctl_strategies", "live"] == 1
    assert found["volvenctl_strategies", "unknown outcome"] == 1
    assert found["volvenctl_last_apply_exit", None] == 4
    assert found["volvenctl_ledger_head_seq", None] == len(desk.ledger)
    assert found["volvenctl_unmanaged", None] == 1


def test_the_file_is_for_everybody_to_read_and_nothing_is_left_beside_it(desk, tmp_path):
    folder = tmp_path / "textfile"
    folder.mkdir()
    assert desk.run("status", "--prometheus", str(folder / "volvenctl.prom")).returncode == 0
    assert [item.name for item in folder.iterdir()] == ["volvenctl.prom"]
    assert stat.S_IMODE((folder / "volvenctl.prom").stat().st_mode) == 0o644


def test_a_file_that_cannot_be_written_is_an_error_that_names_it(desk, tmp_path):
    done = desk.run("status", "--prometheus", str(tmp_path / "no" / "x.prom"))
    assert done.returncode == 1
    assert "the metrics could not be written to" in done.stderr


def test_metrics_are_about_all_strategies(desk, tmp_path):
    file = tmp_path / "x.prom"
    assert desk.run("status", "btc", "--prometheus", str(file)).returncode == 64
    assert not file.exists()
