"""The state in a database, moved there from a folder; and a CI job that must not keep it on its own disk."""

import json
import shutil
from pathlib import Path

import pytest
from builders_command import volvenctl
from servers_postgres import PASSWORD, postgres  # noqa: F401 - a fixture

from volvenctl.wire.exact_json import read_json


@pytest.fixture
def project(tmp_path):
    assert volvenctl("init", "desk", cwd=tmp_path).returncode == 0
    return tmp_path / "desk"


def move_to(project, state):
    file = project / "volvenctl.yaml"
    text = file.read_text()
    file.write_text(text.replace("    state: .volvenctl/sandbox\n", f"    state: {state}\n"))
    assert file.read_text() != text


def apply(project, **variables):
    done = volvenctl("apply", "--auto-approve", "--format", "json", cwd=project, **variables)
    return done, json.loads(done.stdout)


def test_a_ledger_moves_to_a_database_and_everybody_goes_on_there(project, tmp_path, postgres):  # noqa: F811
    assert apply(project)[1]["summary"] == {"succeeded": 1}
    with postgres.database() as database:
        url = postgres.url(database, user="scram")
        moved = volvenctl("state", "migrate", ".volvenctl/sandbox", url, cwd=project, PGPASSWORD=PASSWORD)
        assert (moved.returncode, "chain of 5 records is unbroken" in moved.stdout) == (0, True), moved
        assert f"state: {url}" in moved.stdout

        late, _ = apply(project)
        assert late.returncode == 1
        assert f"was moved to {url}" in late.stderr
        assert f"state: {url}" in late.stderr

        move_to(project, url)
        shutil.rmtree(project / ".volvenctl" / "sandbox")  # another runner: no shared disk but the simulated platform
        kept, document = apply(project, PGPASSWORD=PASSWORD)
        assert (kept.returncode, document["summary"]) == (0, {})  # nothing is launched again
        verified = volvenctl("audit", "verify", "--format", "json", cwd=project, PGPASSWORD=PASSWORD)
        assert read_json(verified.stdout.encode())["head"]["seq"] >= 5
        for done in (moved, kept, verified):
            assert PASSWORD not in done.stdout + done.stderr


def test_a_wrong_password_is_one_line_without_the_password(project, postgres):  # noqa: F811
    move_to(project, postgres.url(user="scram"))
    done = volvenctl("plan", cwd=project, PGPASSWORD="no-" + PASSWORD)
    assert done.returncode == 1
    assert "password authentication failed" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def test_a_password_in_the_project_file_is_refused_where_it_stands(project):
    move_to(project, "postgresql://ann:canary@127.0.0.1/desk")
    done = volvenctl("plan", cwd=project)
    assert done.returncode == 1
    assert "volvenctl.yaml:10:" in done.stderr
    assert "PGPASSWORD" in done.stderr
    assert "canary" not in done.stdout + done.stderr


def test_moving_to_the_same_place_is_wrong_usage(project):
    assert volvenctl("state", "migrate", "a", "a", cwd=project).returncode == 64


LIVE = """\
apiVersion: volvenctl/v1
kind: Project
metadata: {name: desk}
environments:
  production:
    live: true
    api: {url: "sandbox:"}
    state: STATE
"""


@pytest.mark.parametrize(
    "command",
    [["state", "init"], ["plan"], ["apply", "--auto-approve"], ["resolve"], ["state", "rebuild"]],
)
def test_a_ci_job_is_refused_a_local_state_of_a_live_environment(project, command):
    (project / "volvenctl.yaml").write_text(LIVE.replace("STATE", ".volvenctl/production"))
    done = volvenctl("-e", "production", *command, cwd=project, CI="true")
    assert done.returncode == 1
    assert "this is a CI job" in done.stderr
    assert "state: git:origin/volvenctl-state" in done.stderr
    assert not (project / ".volvenctl").exists()


def test_a_ci_job_may_keep_a_local_state_where_the_project_says_so(project):
    text = LIVE.replace("STATE", "{url: state, allowLocalInCI: true}")
    (project / "volvenctl.yaml").write_text(text)
    assert volvenctl("-e", "production", "state", "init", cwd=project, CI="true").returncode == 0
    assert volvenctl("-e", "production", "plan", cwd=project, CI="true").returncode == 0


def test_looking_at_a_local_state_is_allowed_in_ci(project):
    (project / "volvenctl.yaml").write_text(LIVE.replace("STATE", "state"))
    assert volvenctl("-e", "production", "state", "init", cwd=project).returncode == 0
    for command in (["status"], ["audit", "verify"], ["state", "show"]):
        assert volvenctl("-e", "production", *command, cwd=project, CI="true").returncode == 0, command


def test_a_ci_job_may_move_a_local_state_out_but_not_in(project):
    (project / "volvenctl.yaml").write_text(LIVE.replace("STATE", "state"))
    assert volvenctl("-e", "production", "state", "init", cwd=project).returncode == 0
    done = volvenctl("-e", "production", "state", "migrate", "state", "other", cwd=project, CI="true")
    assert done.returncode == 1
    assert "this is a CI job" in done.stderr
    assert not Path(project / "other").exists()
    assert volvenctl("-e", "production", "state", "migrate", "state", "other", cwd=project).returncode == 0
