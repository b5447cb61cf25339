"""Plans without a token: a committed snapshot stands for the platform, and apply checks everything again."""

import json
import subprocess

import pytest
from builders_command import volvenctl

PROJECT = """apiVersion: volvenctl/v1
kind: Project
metadata: {name: desk}
environments:
  sandbox: {api: {url: "sandbox:"}, state: .volvenctl/sandbox}
  production:
    api: {url: "https://127.0.0.1:9"}
    state: .volvenctl/production
"""
SPEC = """apiVersion: volvenctl/v1
kind: Strategy
metadata: {name: btc}
spec:
  strategyType: SMO
  accountId: "99998"
  productCode: btcusdt_f
  side: BUY
  size: 0.1
  priceLimit: 95000
"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "repository" / "desk"
    (folder / "strategies").mkdir(parents=True)
    (folder / "volvenctl.yaml").write_text(PROJECT)
    (folder / "strategies" / "btc.yaml").write_text(SPEC)
    return folder


def run(project, *arguments, **variables):
    return volvenctl("-e", "sandbox", *arguments, cwd=project, **variables)


def as_production(project):
    """Make the sandbox's snapshot one of an environment that cannot be reached and has no token."""
    run(project, "snapshot")
    snapshot = json.loads((project / "snapshots" / "sandbox.json").read_text())
    (project / "snapshots" / "production.json").write_text(json.dumps({**snapshot, "environment": "production"}))


def test_a_snapshot_holds_products_and_accounts_and_no_key(project):
    done = run(project, "snapshot")
    assert done.returncode == 0, done.stderr
    content = (project / "snapshots" / "sandbox.json").read_text()
    assert {item["accountId"] for item in json.loads(content)["accounts"]} >= {"99998", "99999"}
    assert "apiKey" not in content
    assert "nt2jRz4sDBXINYNsAb8H" not in content


def test_with_json_the_snapshot_is_printed_as_it_is_stored(project):
    done = run(project, "snapshot", "--out", "elsewhere.json", "--format", "json")
    assert done.stdout == (project / "elsewhere.json").read_text()


def test_a_snapshot_that_cannot_be_written_is_an_error(project):
    (project / "snapshots").write_text("")
    done = run(project, "snapshot")
    assert done.returncode == 1
    assert "the snapshot could not be written" in done.stderr


def test_without_a_token_and_a_network_a_plan_is_made_from_the_snapshot(project):
    as_production(project)
    online = volvenctl("-e", "production", "plan", cwd=project)
    assert online.returncode == 9, online.stderr
    offline = volvenctl("-e", "production", "plan", "--offline", "--format", "json", cwd=project)
    assert offline.returncode == 0, offline.stderr
    plan = json.loads(offline.stdout)
    assert plan["summary"]["create"] == 1
    (warning,) = plan["warnings"]
    assert "from a snapshot of the platform taken" in warning
    assert "today" in warning


def test_without_a_snapshot_an_offline_plan_names_the_command_that_takes_one(project):
    done = run(project, "plan", "--offline")
    assert done.returncode == 1
    assert "volvenctl -e sandbox snapshot" in done.stderr


def test_the_snapshot_of_another_environment_is_refused(project):
    run(project, "snapshot", "--out", "snapshots/production.json")
    done = volvenctl("-e", "production", "plan", "--offline", cwd=project)
    assert done.returncode == 1
    assert "of environment 'sandbox', not of 'production'" in done.stderr


def test_a_plan_made_offline_is_applied_by_a_run_that_asks_the_platform(project):
    run(project, "snapshot")
    assert run(project, "plan", "--offline", "--out", "plan.json").returncode == 0
    done = run(project, "apply", "plan.json")
    assert done.returncode == 0, done.stderr
    assert "1 created" in done.stdout


def test_a_snapshot_that_flatters_is_caught_by_apply(project):
    run(project, "snapshot")
    file = project / "snapshots" / "sandbox.json"
    snapshot = json.loads(file.read_text())
    loose = [{**item, "sizeIncrement": None, "minSize": None} for item in snapshot["products"]]
    file.write_text(json.dumps({**snapshot, "products": loose}))
    (project / "strategies" / "btc.yaml").write_text(SPEC.replace("size: 0.1", "size: 0.00015"))
    assert run(project, "plan", "--offline", "--out", "plan.json").returncode == 0
    done = run(project, "apply", "plan.json")
    assert done.returncode == 5, done.stderr
    assert "the plan is no longer valid at the platform" in done.stderr


def test_offline_validation_uses_the_snapshot_where_there_is_one(project):
    (project / "strategies" / "btc.yaml").write_text(SPEC.replace("size: 0.1", "size: 0.00015"))
    assert run(project, "validate", "--offline").returncode == 0
    run(project, "snapshot")
    done = run(project, "validate", "--offline")
    assert done.returncode == 3
    assert "error[size-step]" in done.stdout
    assert "accounts and products are those of " in done.stderr


@pytest.mark.parametrize("style", ["github", "gitlab", "sarif", "junit"])
def test_reports_name_files_from_the_root_of_the_repository(project, style):
    subprocess.run(["git", "init", "--quiet", project.parent], check=True)
    (project / "strategies" / "btc.yaml").write_text(SPEC + "  sise: 1\n")
    done = run(project, "validate", "--offline", "--format", style)
    assert done.returncode == 3
    assert "desk/strategies/btc.yaml" in done.stdout
    assert "strategies/btc.yaml:11:3: error" in run(project, "validate", "--offline").stdout


def test_specs_that_cannot_be_planned_are_told_to_the_step_too(project, tmp_path):
    (project / "strategies" / "btc.yaml").write_text(SPEC + "  sise: 1\n")
    files = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    assert run(project, "plan", **files).returncode == 3
    assert (tmp_path / "output").read_text() == "exit=3\n"
    assert "sise" in (tmp_path / "summary").read_text()


def test_a_plan_and_its_apply_tell_the_step_that_runs_them(project, tmp_path):
    files = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    made = json.loads(run(project, "plan", "--out", "plan.json", "--format", "json", **files).stdout)
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert outputs["plan-hash"] == made["planHash"]
    assert (outputs["changes"], outputs["create"], outputs["exit"]) == ("true", "1", "0")
    assert made["planHash"] in (tmp_path / "summary").read_text()
    assert run(project, "apply", "plan.json", **files).returncode == 0
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert (outputs["succeeded"], outputs["plan-hash"]) == ("1", made["planHash"])
    assert "### volvenctl apply" in (tmp_path / "summary").read_text()
