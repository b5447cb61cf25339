import pytest

from volvenctl.cli.world import LazyPlatform, paths_in_project
from volvenctl.errors import UsageError


class Fake:
    """Says what it was asked."""

    def accounts(self):
        return ("accounts",)

    def products(self, exchanges):
        return exchanges

    def find(self):
        return ("find",)

    def send(self, *arguments):
        return arguments

    def hurry(self, within_s):
        self.within_s = within_s


def test_a_platform_is_opened_by_its_first_use_and_once():
    opened = []
    platform = LazyPlatform(lambda: opened.append(Fake()) or opened[-1])
    assert opened == []
    assert platform.accounts() == ("accounts",)
    assert platform.products(["BYB"]) == ["BYB"]
    assert platform.find() == ("find",)
    assert platform.send("request", "id", 1.0) == ("request", "id", 1.0)
    platform.hurry(5.0)
    assert opened[0].within_s == 5.0
    assert len(opened) == 1


def test_paths_become_relative_to_the_project(tmp_path, monkeypatch):
    (tmp_path / "volvenctl.yaml").touch()
    (tmp_path / "strategies" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "strategies")
    assert paths_in_project(("deep", str(tmp_path / "strategies"))) == ("strategies/deep", "strategies")


def test_a_path_outside_the_project_is_wrong_usage(tmp_path, monkeypatch):
    (tmp_path / "volvenctl.yaml").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="not inside the project"):
        paths_in_project(("..",))
