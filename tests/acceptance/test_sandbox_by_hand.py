"""What happens to simulated strategies without volvenctl, through the installed command."""

import json
from pathlib import Path

import pytest
from builders_command import volvenctl
from jsonschema import Draft202012Validator

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "sandbox.schema.json").read_text())


@pytest.fixture
def project(tmp_path):
    assert volvenctl("init", cwd=tmp_path).returncode == 0
    assert volvenctl("apply", "--auto-approve", cwd=tmp_path).returncode == 0
    return tmp_path


def sandbox(project, *words):
    """Run a sub-command that must work; return its strategies."""
    done = volvenctl("sandbox", *words, "--format", "json", cwd=project)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    Draft202012Validator(SCHEMA).validate(document)
    return document["strategies"]


def statuses(project):
    return [(item["name"], item["status"]) for item in sandbox(project, "list")]


@pytest.mark.parametrize(
    ("events", "after"),
    [
        (["pause"], "PAUSED"),
        (["pause", "start"], "RUNNING"),
        (["stop"], "STOPPED"),
        (["fill"], "FILLED"),
        (["end"], "ENDED"),
    ],
)
def test_a_strategy_is_changed_by_its_name(project, events, after):
    for event in events:
        (changed,) = sandbox(project, event, "btc-dip-buy")
    assert (changed["name"], changed["status"]) == ("btc-dip-buy", after)
    assert statuses(project) == [("btc-dip-buy", after)]


def test_what_was_removed_is_gone_for_every_command(project):
    (gone,) = sandbox(project, "remove", "btc-dip-buy")
    assert gone["status"] == "REMOVED"
    assert statuses(project) == []
    again = volvenctl("sandbox", "show", gone["strategyId"], cwd=project)
    assert again.returncode == 64
    assert "volvenctl sandbox list" in again.stderr


def test_a_stopped_strategy_cannot_be_started_and_nothing_changes(project):
    sandbox(project, "foreign", "--like", "btc-dip-buy")
    sandbox(project, "stop", "btc-dip-buy")
    identifiers = [item["strategyId"] for item in sandbox(project, "list")]
    refused = volvenctl("sandbox", "pause", identifiers[1], "btc-dip-buy", cwd=project)
    assert refused.returncode == 64
    assert "is STOPPED: pause is not possible" in refused.stderr
    assert statuses(project) == [("btc-dip-buy", "STOPPED"), (None, "RUNNING")]


def test_a_strategy_of_somebody_else_is_unmanaged(project):
    (stranger,) = sandbox(project, "foreign")
    (twin,) = sandbox(project, "foreign", "--like", "btc-dip-buy")
    (ours,) = sandbox(project, "show", "btc-dip-buy")
    assert json.loads(twin["body"]) == json.loads(ours["body"])
    assert json.loads(stranger["body"]) != json.loads(ours["body"])
    assert [stranger["name"], twin["name"], ours["name"]] == [None, None, "btc-dip-buy"]
    unmanaged = json.loads(volvenctl("status", "--format", "json", cwd=project).stdout)["unmanaged"]
    assert {item["strategyId"] for item in unmanaged} == {stranger["strategyId"], twin["strategyId"]}


def test_a_word_that_nobody_explained_is_what_doctor_warns_of(project):
    sandbox(project, "fill", "btc-dip-buy")
    done = volvenctl("doctor", cwd=project)
    assert done.returncode == 0
    assert "find shows words of status that nobody explained: FILLED" in done.stdout


def test_the_list_is_there_with_the_ledger_lost(project):
    (project / ".volvenctl" / "sandbox" / "ledger.jsonl").unlink()
    done = volvenctl("sandbox", "list", cwd=project)
    assert done.returncode == 0
    assert "(not ours)  RUNNING" in done.stdout
    assert "names are not known" in done.stderr


def test_texts_say_what_to_look_at_next(project):
    assert "btc-dip-buy  RUNNING" in volvenctl("sandbox", "list", cwd=project).stdout
    assert "  priceLimit          95000\n" in volvenctl("sandbox", "show", "btc-dip-buy", cwd=project).stdout
    paused = volvenctl("sandbox", "pause", "btc-dip-buy", cwd=project)
    assert paused.stdout.splitlines()[-1] == "Next: volvenctl -e sandbox status"


def test_without_a_project_there_is_nothing_to_change(tmp_path):
    done = volvenctl("sandbox", "list", cwd=tmp_path)
    assert done.returncode == 1
    assert "volvenctl init" in done.stderr
