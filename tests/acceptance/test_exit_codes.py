"""Each exit code of the contract, through the installed command."""

import json

import pytest
from builders_command import volvenctl
from builders_desk import Desk
from builders_platform import http

from volvenctl.adapters.ledger_dir import LedgerDir
from volvenctl.adapters.system import RealSystem


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, "btc", "eth") as desk:
        yield desk


def test_0_everything_done_and_then_nothing_to_do(desk):
    assert desk.apply().returncode == 0
    assert desk.apply().returncode == 0
    assert len(desk.live_ids) == 2


def test_1_an_error_that_is_none_of_the_others(desk):
    answer = volvenctl("plan", cwd=desk.folder)
    assert answer.returncode == 1
    assert "volvenctl init" in answer.stderr


def test_2_changes_are_pending(desk):
    assert desk.run("plan", "--detailed-exitcode").returncode == 2
    desk.apply()
    assert desk.run("plan", "--detailed-exitcode").returncode == 0


@pytest.mark.parametrize("command", [("validate",), ("plan",), ("apply", "--auto-approve")])
def test_3_a_spec_is_invalid(desk, command):
    desk.write("eth", size="0.0015")
    answer = desk.run(*command)
    assert answer.returncode == 3
    assert (
        "strategies/eth.yaml:10:9: error[size-step] $.spec.size: 0.0015 is not a multiple of sizeIncrement 0.001 of "
        "btcusdt_f on BYB (nearest: 0.001, 0.002)" in answer.stdout
    )
    assert desk.live_ids == []


def test_4_an_outcome_is_unknown_until_it_is_resolved(desk):
    desk.script = ["lost"]
    assert desk.apply().returncode == 4
    assert desk.apply().returncode == 4
    [lost] = set(desk.live_ids) - {item["data"].get("strategyId") for item in desk.ledger}
    assert lost in desk.run("resolve").stdout
    assert desk.run("resolve", "btc", "--adopt", lost, "--reason", "seen").returncode == 0
    assert desk.apply().returncode == 0
    assert len(desk.live_ids) == 2


def test_5_a_saved_plan_that_was_carried_out_changed_or_overtaken(desk):
    assert desk.run("plan", "--out", "plan.json").returncode == 0
    text = (desk.root / "plan.json").read_text()
    (desk.root / "forged.json").write_text(text.replace("95000", "95001"))
    assert desk.run("apply", "forged.json").returncode == 5
    assert desk.live_ids == []
    assert desk.run("apply", "plan.json").returncode == 0
    assert desk.run("apply", "plan.json").returncode == 5
    assert len(desk.live_ids) == 2


def test_6_another_writer_holds_the_state(desk):
    other = LedgerDir(desk.root / "state", desk.folder, RealSystem())
    with other.lock("apply", {"user": "bob", "host": "desk-9", "pid": 4711}):
        answer = desk.apply()
    assert answer.returncode == 6
    assert "bob@desk-9 pid 4711" in answer.stderr
    assert desk.live_ids == []


def test_7_an_action_was_refused_and_the_rest_was_done(desk):
    body = json.dumps({"errors": [{"field": "priceLimit", "description": "must be greater than 0"}]}).encode()
    desk.script = [http(400, body)]
    answer = desk.apply()
    assert answer.returncode == 7
    assert "strategies/btc.yaml:11:15" in answer.stdout
    assert "must be greater than 0" in answer.stdout
    assert len(desk.live_ids) == 1


def test_8_one_spec_may_run_twice(desk):
    desk.script = ["lost"]
    desk.apply("--only", "btc")
    desk.run("resolve", "btc", "--absent", "--reason", "looked", "--yes-i-looked")
    assert desk.apply("--only", "btc").returncode == 8
    assert desk.apply("--only", "btc").returncode == 8
    assert len(desk.live_ids) == 2


def test_9_credentials_are_missing_or_refused(desk):
    assert desk.run("plan", VOLVEN_TOKEN="").returncode == 9
    desk.reads["/as/v3/accounts"] = http(401, b"{}")
    assert desk.run("plan").returncode == 9


@pytest.mark.parametrize(
    "command",
    [
        ("plan", "--no-such-option"),
        ("no-such-command",),
        ("apply",),
        ("apply", "plan.json", "--only", "btc"),
        ("-e", "nowhere", "plan"),
        ("resolve", "btc", "--absent"),
        ("plan", "--format", "pdf"),
    ],
)
def test_64_wrong_usage(desk, command):
    answer = desk.run(*command)
    assert answer.returncode == 64, answer.stderr
    assert answer.stdout == ""
    assert desk.live_ids == []
