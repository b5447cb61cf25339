"""Which store a state URL opens, and when a CI job may keep the state on its own disk."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeSystem

from volvenctl.adapters.ledger_dir import LedgerDir
from volvenctl.adapters.ledger_git import LedgerGit
from volvenctl.adapters.ledger_object_store import LedgerObjectStore
from volvenctl.adapters.ledger_postgres import LedgerPostgres
from volvenctl.cli.state_urls import open_ledger, refuse_state_of_one_job, state_folder
from volvenctl.errors import ConfigError
from volvenctl.model.project import ApiSettings, Environment

CI = {"CI": "true"}


def environment(state_url, *, live=False):
    return Environment("prod", live, ApiSettings("sandbox:"), state_url, {}, None, {}, {}, {})


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("state", "/p/state"),
        ("file:state", "/p/state"),
        ("file:/abs", "/abs"),
        ("file:///abs", "/abs"),
        ("/abs", "/abs"),
    ],
)
def test_a_path_or_file_url_is_a_folder(url, folder):
    assert state_folder(environment(url), Path("/p")) == Path(folder)


@pytest.mark.parametrize(
    ("url", "store"),
    [
        ("state", LedgerDir),
        ("git:origin/volvenctl-state", LedgerGit),
        ("s3://bucket/desk", LedgerObjectStore),
        ("gs://bucket/desk", LedgerObjectStore),
        ("az://container/desk", LedgerObjectStore),
        ("postgresql://db.example/desk", LedgerPostgres),
    ],
)
def test_each_kind_of_url_opens_its_store_and_asks_nothing_yet(url, store, tmp_path, monkeypatch):
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "desk")
    assert isinstance(open_ledger(environment(url), tmp_path, FakeSystem()), store)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["ftp://bucket", "file://host/path", "postgres://host/db", "gits:origin/x", "s3:bucket"]
)
def test_other_state_urls_are_refused(url):
    with pytest.raises(ConfigError, match="of no known kind") as refusal:
        state_folder(environment(url), Path("/p"))
    assert "git:REMOTE/BRANCH" in refusal.value.hint


@pytest.mark.parametrize("url", ["git:origin", "git:origin/", "git:/branch"])
def test_a_git_url_names_remote_and_branch(url, tmp_path):
    with pytest.raises(ConfigError, match="names no remote and branch"):
        open_ledger(environment(url), tmp_path, FakeSystem())


@pytest.mark.parametrize("url", ["postgresql://ann:canary@host/db", "mysql://ann:canary@host/db"])
def test_a_password_in_a_url_is_refused_and_not_repeated(url, tmp_path):
    with pytest.raises(ConfigError, match="holds a password") as refusal:
        open_ledger(environment(url), tmp_path, FakeSystem())
    assert "canary" not in refusal.value.message + refusal.value.hint
    assert "PGPASSWORD" in refusal.value.hint


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [
        ("postgresql://host/db", "volvenctl.adapters.postgres_session", "postgres"),
        ("s3://bucket", "volvenctl.adapters.ledger_object_store", "objectstore"),
    ],
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(url, module, extra, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)  # as if what it imports were not installed
    with pytest.raises(ConfigError) as refusal:
        open_ledger(environment(url), tmp_path, FakeSystem())
    assert refusal.value.hint == f"pip install 'volvenctl[{extra}]'"


def test_results_that_a_remote_store_did_not_take_are_kept_in_the_project(tmp_path):
    store = open_ledger(environment("postgresql://127.0.0.1:1/db"), tmp_path, FakeSystem())
    where = store.save_recovery("a-1", {})
    assert where == str(tmp_path / ".volvenctl" / "recovery" / "prod" / "recovery-a-1.json")


@pytest.mark.parametrize("variables", [{"CI": "true"}, {"CI": "True"}, {"CI": "1"}])
def test_a_local_state_of_a_live_environment_is_refused_in_ci_with_what_to_write_instead(variables):
    with pytest.raises(ConfigError, match="this is a CI job") as refusal:
        refuse_state_of_one_job(environment(".volvenctl/prod", live=True), variables)
    for words in (
        "state: git:origin/volvenctl-state",
        "volvenctl -e prod state init",
        "volvenctl -e prod state migrate .volvenctl/prod git:origin/volvenctl-state",
        "state: {url: .volvenctl/prod, allowLocalInCI: true}",
    ):
        assert words in refusal.value.hint


@pytest.mark.parametrize(
    ("place", "variables"),
    [
        (environment("state", live=True), {}),
        (environment("state", live=True), {"CI": ""}),
        (environment("state", live=True), {"CI": "false"}),
        (environment("state"), CI),
        (replace(environment("state", live=True), allow_local_in_ci=True), CI),
        (environment("git:origin/volvenctl-state", live=True), CI),
        (environment("postgresql://host/db", live=True), CI),
    ],
)
def test_elsewhere_without_money_or_with_consent_any_state_will_do(place, variables):
    refuse_state_of_one_job(place, variables)
