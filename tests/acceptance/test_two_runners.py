"""The guide to GitHub, from adoption to audit: the ledger is a branch, and no two machines share a disk."""

import json

import pytest
from builders_pull_request import git
from builders_runners import Hub


@pytest.fixture
def hub(tmp_path):
    with Hub(tmp_path) as hub:
        hub.adopt()
        yield hub


def released(hub, name, size):
    """Propose, plan, merge, plan again and approve; return the hash of the plan that waits to be applied."""
    branch = hub.propose(name, size)
    code, planned = hub.job("pull-request.yml", "plan", merged=branch)
    assert (code, planned["create"]) == (0, "1"), hub.told
    assert f"`{name}`" in (hub.artifacts / "plan" / "plan.md").read_text()
    hub.merge(branch)
    return waiting(hub)


def waiting(hub):
    code, planned = hub.job("apply.yml", "plan")
    assert (code, planned["changes"]) == (0, "true"), hub.told
    hub.approve()
    return planned["plan-hash"]


def log_of(hub, person):
    return json.loads(hub.command(hub.person(person), "audit", "log", "--format", "json"))


def test_two_changes_go_from_pull_request_to_platform_over_runners_that_share_nothing(hub):
    for name, size in (("btc", "0.1"), ("eth", "0.2")):
        plan_hash = released(hub, name, size)
        code, applied = hub.job("apply.yml", "apply", PLAN_HASH=plan_hash)
        assert (code, applied["succeeded"]) == (0, "1"), hub.told
    assert hub.job("apply.yml", "plan")[1]["changes"] == "false"
    assert hub.job("status.yml", "status")[0] == 0, hub.told
    assert [json.loads(body)["size"] for body in hub.bodies] == [0.1, 0.2]
    records = log_of(hub, "cy")["records"]
    assert {record["data"]["strategyId"] for record in records if "strategyId" in record["data"]} == set(hub.live_ids)
    runs = {record["actor"]["ci"]["run"] for record in records if record["type"] == "attempt.started"}
    assert runs == {f"https://github.com/desk/strategies/actions/runs/{number}" for number in (3, 6)}
    told = git(hub.folder / "hub.git", "log", "--format=%B", "volvenctl-state")
    for record in records:
        assert f"{record['seq']} {record['time']} {record['type']}" in told


def test_a_plan_that_nobody_approved_is_applied_by_no_runner(hub):
    hub.merge(hub.propose("btc", "0.1"))
    plan_hash = hub.job("apply.yml", "plan")[1]["plan-hash"]
    assert hub.job("apply.yml", "apply", PLAN_HASH=plan_hash)[0] == 5, hub.told
    assert hub.bodies == []


def test_a_launch_whose_answer_was_lost_on_one_runner_is_not_launched_again_by_the_next(hub):
    hub.script.append("lost")
    plan_hash = released(hub, "btc", "0.1")
    assert hub.job("apply.yml", "apply", PLAN_HASH=plan_hash)[0] == 4, hub.told
    assert hub.job("status.yml", "status")[0] != 0
    code, planned = hub.job("apply.yml", "plan")
    assert "? unknown  btc" in hub.told
    assert (code, planned["changes"], planned["create"]) == (0, "false", "0"), hub.told
    (strategy_id,) = hub.live_ids
    hub.command(hub.person("lead"), "resolve", "btc", "--adopt", strategy_id, "--reason", "seen at the platform")
    assert hub.job("apply.yml", "plan")[1]["changes"] == "false"
    assert hub.job("status.yml", "status")[0] == 0, hub.told
    assert len(hub.bodies) == 1
