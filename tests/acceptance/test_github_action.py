"""The action and the workflows that users copy: what they promise about secrets, and what their scripts do."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from builders_command import COMMAND, volvenctl

from volvenctl.adapters.system import environment_variables

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text()) for path in sorted((ROOT / "docs" / "ci" / "github").glob("*.yml"))
}
OURS = "your-org/volvenctl@0000000000000000000000000000000000000000"


def steps_of(job):
    return job["steps"]


JOBS = [(name, key, job) for name, workflow in WORKFLOWS.items() for key, job in workflow["jobs"].items()]
STEPS = [step for _, _, job in JOBS for step in steps_of(job)] + ACTION["runs"]["steps"]


def test_the_four_workflows_are_there():
    assert list(WORKFLOWS) == ["apply.yml", "comment.yml", "pull-request.yml", "status.yml"]


def test_no_script_is_interpolated_into():
    for step in STEPS:
        assert "${{" not in step.get("run", ""), step


def test_every_action_is_pinned_by_hash_and_each_in_one_version():
    pinned = {}
    for path in [ROOT / "action.yml", *ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("docs/ci/github/*.yml")]:
        for action, version in re.findall(r"uses: (\S+)(.*)", path.read_text()):
            name, _, commit = action.partition("@")
            assert re.fullmatch(r"[0-9a-f]{40}", commit), action
            assert pinned.setdefault(name, (commit, version)) == (commit, version), action


def test_no_right_is_given_but_to_the_job_that_needs_it():
    assert all(workflow["permissions"] == {} for workflow in WORKFLOWS.values())
    assert {(name, key): job["permissions"] for name, key, job in JOBS} == {
        ("apply.yml", "plan"): {"contents": "read"},
        ("apply.yml", "apply"): {"contents": "write"},
        ("comment.yml", "comment"): {"actions": "read", "pull-requests": "write"},
        ("pull-request.yml", "plan"): {"contents": "read"},
        ("status.yml", "status"): {"contents": "read"},
    }


def test_secrets_are_read_in_protected_environments_only():
    for _, key, job in JOBS:
        assert ("secrets." in json.dumps(job)) == ("environment" in job), key
    assert WORKFLOWS["apply.yml"]["jobs"]["apply"]["environment"] == "production"


def test_no_checkout_leaves_credentials_behind():
    checkouts = [step for step in STEPS if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) == 5
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_the_job_that_may_comment_checks_nothing_out():
    used = [step.get("uses") for step in steps_of(WORKFLOWS["comment.yml"]["jobs"]["comment"])]
    assert used == [None, OURS, None]


def test_an_apply_is_never_cut_off_by_a_newer_one():
    concurrency = WORKFLOWS["apply.yml"]["jobs"]["apply"]["concurrency"]
    assert concurrency == {"group": "volvenctl-production", "cancel-in-progress": False}


def test_what_the_workflows_read_of_the_action_is_what_it_gives():
    for step in STEPS:
        if step.get("uses") == OURS:
            assert step["with"].keys() <= ACTION["inputs"].keys()
    read = {name for path in WORKFLOWS for name in re.findall(r"steps\.plan\.outputs\.([a-z-]+)", str(WORKFLOWS[path]))}
    assert read <= ACTION["outputs"].keys()


def script(name):
    (step,) = [step for step in ACTION["runs"]["steps"] if step.get("id") == name]
    return step["run"]


def bash(text, cwd, **variables):
    """Run a script as GitHub does for `shell: bash`."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", text],
        cwd=cwd,
        env={"PATH": f"{cwd}/bin:{environment_variables()['PATH']}", "HOME": str(cwd), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Runner:
    """A folder of a runner in which the action has installed a program as volvenctl."""

    def __init__(self, folder, program):
        self.folder = folder
        place = folder / "volvenctl" / "bin"
        place.mkdir(parents=True)
        (place / "volvenctl").write_text(f"#!{sys.executable}\n{program}")
        (place / "volvenctl").chmod(0o755)

    def run(self, arguments, *, stdout="", token=""):
        return bash(
            script("run"),
            self.folder,
            RUNNER_TEMP=str(self.folder),
            GITHUB_SERVER_URL="https://github.com",
            VOLVENCTL_ACTION_ARGUMENTS=arguments,
            VOLVENCTL_ACTION_STDOUT=stdout,
            VOLVENCTL_ACTION_GIT_TOKEN=token,
        )


ECHO = "import json, os, sys\nprint(json.dumps([sys.argv[1:], dict(os.environ)]))\nsys.exit(7)\n"


def test_each_line_is_one_argument_and_no_shell_reads_it(tmp_path):
    done = Runner(tmp_path, ECHO).run('plan\n\n--only=$(touch x) `id` ; "a b" \'\n  --quiet  \n')
    assert json.loads(done.stdout)[0] == ["plan", '--only=$(touch x) `id` ; "a b" \'', "  --quiet  "]
    assert not (tmp_path / "x").exists()


def test_the_exit_code_is_the_commands(tmp_path):
    assert Runner(tmp_path, ECHO).run("plan").returncode == 7


def test_what_is_printed_goes_to_the_file_that_is_named(tmp_path):
    done = Runner(tmp_path, ECHO).run("plan", stdout=str(tmp_path / "a file"))
    assert done.stdout == ""
    assert json.loads((tmp_path / "a file").read_text())[0] == ["plan"]


def test_the_token_reaches_git_as_a_masked_variable_and_nothing_else(tmp_path):
    done = Runner(tmp_path, ECHO).run("plan", token="canary")
    mask, printed = done.stdout.splitlines()
    _, variables = json.loads(printed)
    assert mask == "::add-mask::eC1hY2Nlc3MtdG9rZW46Y2FuYXJ5"
    assert variables["GIT_CONFIG_KEY_0"] == "http.https://github.com/.extraheader"
    assert variables["GIT_CONFIG_VALUE_0"] == "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46Y2FuYXJ5"
    assert "canary" not in json.dumps(variables)
    config = subprocess.run(
        ["git", "config", "--get", "http.https://github.com/.extraheader"],
        env={name: text for name, text in variables.items() if name.startswith(("GIT_", "PATH"))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert config.stdout.strip() == variables["GIT_CONFIG_VALUE_0"]


def test_without_a_token_git_is_left_alone(tmp_path):
    variables = json.loads(Runner(tmp_path, ECHO).run("plan").stdout)[1]
    assert not [name for name in variables if name.startswith(("GIT_CONFIG", "VOLVENCTL_ACTION"))]


GH = """
import json, os, subprocess, sys
calls = open(os.environ["CALLS"], "a")
calls.write(json.dumps(sys.argv[1:]) + "\\n")
path = next(item for item in sys.argv[1:] if item.startswith("repos/"))
answers = json.load(open(os.environ["ANSWERS"]))
if path.endswith("/zip"):
    sys.stdout.buffer.write(open(os.environ["ZIP"], "rb").read())
elif "--jq" in sys.argv:
    answer = next(value for key, value in answers.items() if path.endswith(key))
    expression = sys.argv[sys.argv.index("--jq") + 1]
    subprocess.run(["jq", "--raw-output", expression], input=json.dumps(answer), text=True, check=True)
"""
"""Answers like GitHub's own program, with the real jq, and keeps what it was asked."""

SHA = "a" * 40
MARK = "<!-- volvenctl plan -->"


class Comment:
    """The workflow that comments, with a GitHub that answers from a file."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "bin").mkdir()
        (folder / "bin" / "gh").write_text(f"#!{sys.executable}\n{GH}")
        (folder / "bin" / "gh").chmod(0o755)
        self.answers = {
            "/pulls": [{"number": 6, "head": {"sha": "b" * 40}}, {"number": 7, "head": {"sha": SHA}}],
            "/artifacts": {"artifacts": [{"id": 11, "size_in_bytes": 900}]},
            "/comments": [],
        }

    def run(self, name, **variables):
        (self.folder / "answers.json").write_text(json.dumps(self.answers))
        (step,) = [item for item in steps_of(WORKFLOWS["comment.yml"]["jobs"]["comment"]) if item["name"] == name]
        fixed = {key: text for key, text in step["env"].items() if "${{" not in text}
        return bash(
            step["run"],
            self.folder,
            **{
                **fixed,
                "ANSWERS": str(self.folder / "answers.json"),
                "CALLS": str(self.folder / "calls"),
                "ZIP": str(self.folder / "artifact.zip"),
                "RUNNER_TEMP": str(self.folder),
                "GITHUB_OUTPUT": str(self.folder / "output"),
                "GITHUB_REPOSITORY": "desk/strategies",
                "GITHUB_SERVER_URL": "https://github.com",
                "HEAD_SHA": SHA,
                "HEAD_OWNER": "mallory",
                "HEAD_BRANCH": "$(touch x)&state=all",
                "RUN_ID": "5",
                **variables,
            },
        )

    def find(self):
        done = self.run("Find the pull request and its plan")
        assert done.returncode == 0, done.stderr
        output = self.folder / "output"
        return output.read_text() if output.exists() else ""

    def write(self, rendered="success"):
        done = self.run("Write the comment", NUMBER="7", RENDERED=rendered)
        assert done.returncode == 0, done.stderr
        return self.calls[-1], (self.folder / "comment.md").read_text()

    @property
    def calls(self):
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]


needs_programs = pytest.mark.skipif(
    not (sys.platform == "linux" and shutil.which("jq") and shutil.which("unzip")),
    reason="the job runs on ubuntu-latest, which has jq and unzip",
)


@pytest.fixture
def comment(tmp_path):
    return Comment(tmp_path)


def artifact(folder, **members):
    with zipfile.ZipFile(folder / "artifact.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@needs_programs
def test_the_pull_request_is_the_open_one_whose_head_was_planned(comment, tmp_path):
    artifact(tmp_path, **{"plan.json": "{}", "number": "1", "../evil": "x"})
    assert comment.find() == "number=7\n"
    assert "head=mallory:$(touch x)&state=all" in comment.calls[0]
    assert (tmp_path / "plan.json").read_text() == "{}"
    assert not (tmp_path / "x").exists()
    assert not (tmp_path.parent / "evil").exists()


@needs_programs
def test_a_commit_that_is_no_head_any_more_gets_no_comment(comment):
    comment.answers["/pulls"] = [{"number": 7, "head": {"sha": "c" * 40}}]
    assert comment.find() == ""


@needs_programs
@pytest.mark.parametrize("artifacts", [[], [{"id": 11, "size_in_bytes": 5_000_001}]])
def test_no_artifact_or_a_large_one_is_not_downloaded(comment, artifacts):
    comment.answers["/artifacts"] = {"artifacts": artifacts}
    assert comment.find() == "number=7\n"
    assert not any(item.endswith("/zip") for call in comment.calls for item in call)


@needs_programs
def test_no_more_is_unpacked_than_a_plan_may_have(comment, tmp_path):
    artifact(tmp_path, **{"plan.json": " " * 20_000_000})
    comment.find()
    assert (tmp_path / "plan.json").stat().st_size == 5_000_000


@needs_programs
@pytest.mark.parametrize("content", [{}, {"other.json": "{}"}])
def test_an_artifact_without_a_plan_gives_an_empty_file(comment, tmp_path, content):
    artifact(tmp_path, **content)
    comment.find()
    assert (tmp_path / "plan.json").read_text() == ""


@needs_programs
def test_the_first_plan_is_a_new_comment(comment, tmp_path):
    (tmp_path / "plan.md").write_text("the plan\n")
    call, body = comment.write()
    assert call[:4] == ["api", "--method", "POST", "repos/desk/strategies/issues/7/comments"]
    assert body.startswith(f"{MARK}\nthe plan\n")


@needs_programs
def test_the_next_plan_replaces_our_comment_and_no_one_elses(comment, tmp_path):
    (tmp_path / "plan.md").write_text("the plan\n")
    comment.answers["/comments"] = [
        {"id": 1, "user": {"login": "mallory"}, "body": MARK},
        {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "another workflow"},
        {"id": 3, "user": {"login": "github-actions[bot]"}, "body": f"{MARK}\nold"},
    ]
    call, _ = comment.write()
    assert call[:4] == ["api", "--method", "PATCH", "repos/desk/strategies/issues/comments/3"]


@needs_programs
@pytest.mark.parametrize(("rendered", "text"), [("failure", "x\n"), ("success", "x" * 64_001)])
def test_a_plan_that_cannot_be_shown_is_not_shown_and_that_is_said(comment, tmp_path, rendered, text):
    (tmp_path / "plan.md").write_text(text)
    _, body = comment.write(rendered)
    assert "There is no plan for this commit" in body
    assert "x" * 100 not in body


@needs_programs
def test_a_plan_of_wide_letters_is_measured_in_characters(comment, tmp_path):
    (tmp_path / "plan.md").write_text("币" * 60_000)
    assert "币" in comment.write()[1]


def test_signatures_of_this_plan_and_no_other_are_put_beside_it(tmp_path):
    signatures = ["ab/plan.json.bob.sig", "ab/plan.json", "ab/more/plan.json.cy.sig", "cd/plan.json.dan.sig"]
    for name in signatures:
        (tmp_path / "approvals" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "approvals" / name).write_text(name)
    (tmp_path / "approvals" / "ab" / "plan.json.eve.sig").symlink_to("/etc/passwd")
    (tmp_path / "plan").mkdir()
    (step,) = [item for item in STEPS if item.get("name") == "Put them beside the plan"]
    done = bash(step["run"], tmp_path, RUNNER_TEMP=str(tmp_path), PLAN_HASH="sha256:ab")
    assert done.returncode == 0, done.stderr
    assert [item.name for item in (tmp_path / "plan").iterdir()] == ["plan.json.bob.sig"]
    assert not (tmp_path / "approvals").exists()


def test_a_plan_without_signatures_is_left_to_apply_to_judge(tmp_path):
    (step,) = [item for item in STEPS if item.get("name") == "Put them beside the plan"]
    assert bash(step["run"], tmp_path, RUNNER_TEMP=str(tmp_path), PLAN_HASH="sha256:ab").returncode == 0


def test_the_hook_checks_a_project_offline(tmp_path):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    program, *arguments = hook["entry"].split()
    assert (program, Path(COMMAND).name) == ("volvenctl", "volvenctl")
    assert volvenctl("init", ".", cwd=tmp_path).returncode == 0
    assert volvenctl(*arguments, cwd=tmp_path).returncode == 0
    spec = next((tmp_path / "strategies").glob("*.yaml"))
    spec.write_text(spec.read_text().replace("side: BUY", "side: BYE"))
    assert volvenctl(*arguments, cwd=tmp_path).returncode == 3
    assert re.search(hook["files"], spec.relative_to(tmp_path).as_posix())


PROJECT = """apiVersion: volvenctl/v1
kind: Project
metadata: {name: desk}
environments:
  production: {api: {url: "sandbox:"}, state: git:origin/volvenctl-state}
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


def git(folder, *arguments):
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@desk.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def desk(tmp_path):
    """A checkout of the merge of a pull request that adds a spec, with the repository it comes from."""
    folder = tmp_path / "desk"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(tmp_path, "clone", "--quiet", "origin.git", "desk")
    (folder / "volvenctl.yaml").write_text(PROJECT)
    (folder / ".gitignore").write_text(".volvenctl/\n")
    (folder / "strategies").mkdir()
    assert volvenctl("snapshot", cwd=folder, VOLVENCTL_ENV="production").returncode == 0
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=adopt")
    git(folder, "push", "--quiet", "origin", "HEAD:main")
    git(folder, "checkout", "--quiet", "-b", "change")
    (folder / "strategies" / "btc.yaml").write_text(SPEC)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=btc")
    git(folder, "checkout", "--quiet", "--detach", "origin/main")
    git(folder, "merge", "--quiet", "--no-ff", "--message=merge", "change")
    return folder


def carried_out(workflow, job, desk, temp):
    """Run what a job runs of volvenctl, in order, and return the outputs of all its steps."""
    environment = WORKFLOWS[workflow].get("env", {})
    for step in steps_of(WORKFLOWS[workflow]["jobs"][job]):
        if step.get("uses") == OURS:
            arguments = step["with"]["arguments"].replace("${{ runner.temp }}", str(temp)).splitlines()
            done = volvenctl(*arguments, cwd=desk, GITHUB_OUTPUT=str(temp / "output"), **environment)
            assert done.returncode == 0, (arguments, done.stdout, done.stderr)
            if "stdout" in step["with"]:
                (temp / Path(step["with"]["stdout"]).name).write_text(done.stdout)
    output = temp / "output"
    return dict(line.split("=", 1) for line in output.read_text().splitlines()) if output.exists() else {}


def test_a_pull_request_is_planned_commented_merged_applied_and_looked_after(desk, tmp_path):
    planned = carried_out("pull-request.yml", "plan", desk, tmp_path)
    assert (planned["create"], planned["changes"]) == ("1", "true")
    (tmp_path / "plan.md").unlink()
    carried_out("comment.yml", "comment", tmp_path, tmp_path)
    assert planned["plan-hash"] in (tmp_path / "plan.md").read_text()
    git(desk, "push", "--quiet", "origin", "HEAD:main")
    assert carried_out("apply.yml", "plan", desk, tmp_path)["changes"] == "true"
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan.json").rename(tmp_path / "plan" / "plan.json")
    assert carried_out("apply.yml", "apply", desk, tmp_path)["succeeded"] == "1"
    carried_out("status.yml", "status", desk, tmp_path)
    assert carried_out("apply.yml", "plan", desk, tmp_path)["changes"] == "false"


def test_a_pull_request_that_changes_the_environment_is_planned_with_the_one_of_its_base(desk, tmp_path):
    (desk / "volvenctl.yaml").write_text(PROJECT.replace("sandbox:", "https://evil.example"))
    git(desk, "commit", "--quiet", "--all", "--amend", "--no-edit")
    assert carried_out("pull-request.yml", "plan", desk, tmp_path)["create"] == "1"
