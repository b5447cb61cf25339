from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from builders_world import ACCOUNTS, PRODUCTS
from fakes import FakeSystem

from volvenctl.adapters.snapshot_platform import SnapshotPlatform
from volvenctl.errors import ConfigError, OfflineError
from volvenctl.model.catalog import Snapshot
from volvenctl.model.outcome import NoAnswer
from volvenctl.wire.platform_api import create_request
from volvenctl.wire.snapshot_v1 import snapshot_text

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
OTHER = replace(PRODUCTS[0], exchange="BIN")


@pytest.fixture
def platform(tmp_path):
    def make(age=timedelta(0), environment="production"):
        snapshot = Snapshot(environment, NOW - age, ACCOUNTS, (OTHER, *PRODUCTS))
        (tmp_path / "s.json").write_text(snapshot_text(snapshot))
        return SnapshotPlatform(tmp_path / "s.json", "production", FakeSystem())

    return make


def test_accounts_and_products_are_those_of_the_file(platform):
    assert platform().accounts() == ACCOUNTS
    assert platform().products(()) == (OTHER, *PRODUCTS)


def test_products_come_in_the_order_of_the_exchanges_asked_for_each_once(platform):
    assert platform().products(["BYB", "BIN", "BYB", "OKX"]) == (*PRODUCTS, OTHER)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(0), "taken 2026-01-02 03:04 UTC, today"),
        (timedelta(hours=25), "taken 2026-01-01 02:04 UTC, 1 day ago"),
        (timedelta(days=40), "taken 2025-11-23 03:04 UTC, 40 days ago"),
        (timedelta(hours=-1), "taken 2026-01-02 04:04 UTC, in the future"),
    ],
)
def test_what_runs_is_not_known_and_the_age_is_said(platform, age, words):
    with pytest.raises(OfflineError) as caught:
        platform(age).find()
    assert words in caught.value.message


def test_nothing_is_ever_sent(platform):
    answer = platform().send(create_request("{}"), "a-1", 1.0)
    platform().hurry(5.0)
    assert isinstance(answer, NoAnswer)
    assert not answer.sending_began


def test_a_snapshot_of_another_environment_is_refused(platform):
    with pytest.raises(ConfigError, match="is of environment 'sandbox', not of 'production'"):
        platform(environment="sandbox").accounts()


def test_without_the_file_the_command_that_writes_it_is_named(tmp_path):
    with pytest.raises(ConfigError) as caught:
        SnapshotPlatform(tmp_path / "none.json", "production", FakeSystem()).accounts()
    assert caught.value.hint == "take it with: volvenctl -e production snapshot"


def test_a_link_is_not_followed(platform, tmp_path):
    platform()
    (tmp_path / "link.json").symlink_to(tmp_path / "s.json")
    with pytest.raises(ConfigError, match="cannot be read"):
        SnapshotPlatform(tmp_path / "link.json", "production", FakeSystem()).accounts()
