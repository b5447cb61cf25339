"""`approve` and `explain limits` through the installed command."""

import json

import pytest
from builders_check import schema
from builders_pull_request import PullRequest, run_tool
from jsonschema import Draft202012Validator

from volvenctl.errors import Exit


@pytest.fixture
def desk(tmp_path):
    with PullRequest(tmp_path) as desk:
        done = desk.plan()
        assert done.returncode == Exit.OK, done.stderr
        yield desk


def signature_of(desk, name):
    return desk.plan_file.with_name(f"plan.json.{name}.sig")


def test_the_signature_is_one_that_ssh_keygen_verifies(desk):
    done = desk.approve("bob", "--format", "json")
    assert done.returncode == Exit.OK, done.stderr
    document = json.loads(done.stdout)
    Draft202012Validator(schema("approval")).validate(document)
    assert (document["principal"], document["file"]) == ("bob@desk", str(signature_of(desk, "bob@desk")))
    allowed = str(desk.root / "approvers")
    words = ("-Y", "verify", "-f", allowed, "-I", "bob@desk", "-n", "volvenctl-plan", "-s", document["file"])
    said = run_tool("ssh-keygen", *words, cwd=desk.root, message=document["planHash"])
    assert document["keyFingerprint"] in said


def test_the_name_is_as_asked_for_as_the_file_knows_the_key_or_as_git_knows_the_person(desk):
    assert desk.approve("eve").returncode == Exit.USAGE
    desk.git("config", "user.email", "eve@desk")
    assert "as eve@desk, in" in desk.approve("eve").stdout
    assert signature_of(desk, "eve@desk").exists()
    assert desk.approve("eve", "--principal", "mallory").returncode == Exit.OK
    done = desk.approve("bob", "--principal", "cy@desk")
    assert (done.returncode, "as bob@desk, not cy@desk" in done.stderr) == (Exit.USAGE, True)


@pytest.mark.parametrize("name", ["../x", "", "a/b", "a b", ".hidden", "-x"])
def test_a_name_that_is_no_part_of_a_file_name_is_refused(desk, name):
    assert desk.approve("eve", f"--principal={name}").returncode == Exit.USAGE


def test_a_key_that_cannot_sign_is_an_error(desk):
    done = desk.run("approve", str(desk.plan_file), "--key", "approvers")
    assert done.returncode == Exit.ERROR
    assert "ssh-keygen cannot sign with approvers" in done.stderr


def test_a_forged_plan_is_not_signed(desk):
    desk.plan_file.write_text(desk.plan_file.read_text().replace("0.1", "0.2"))
    assert desk.approve("bob").returncode == Exit.STALE


@pytest.mark.parametrize(
    ("approvers", "said"),
    [("missing", "there is no file missing in main"), ("../keys/bob.pub", "is not inside the project")],
)
def test_approvers_that_cannot_be_read_refuse(desk, approvers, said):
    desk.edit_project("approvers: approvers", f'approvers: "{approvers}"')
    desk.commit("lead@desk")
    assert desk.plan().returncode == Exit.OK
    done = desk.apply_plan()
    assert done.returncode == Exit.ERROR, done.stderr
    assert said in done.stderr


def test_the_approvers_are_those_of_the_policy_not_of_the_working_tree(desk):
    (desk.root / "approvers").write_text(desk.keys.line("eve"))
    desk.approve("eve", "--principal", "eve@desk")
    done = desk.apply_plan()
    assert done.returncode == Exit.STALE
    assert "is not in the approvers' file" in done.stderr


def test_a_plan_that_was_not_saved_cannot_be_approved(tmp_path):
    with PullRequest(tmp_path, more_limits="allowUnreviewedApply: true") as desk:
        done = desk.run("-e", "production", "apply", "--auto-approve")
        assert done.returncode == Exit.STALE
        assert "only a saved plan can have any" in done.stderr
        assert desk.live_ids == []


def test_the_limits_are_explained_as_they_are_in_the_base_branch(desk):
    desk.edit_project("{USDT: 50000}", "{USDT: 1}")
    words = ("-e", "production", "explain", "limits.maxNotionalPerStrategy")
    assert '{"USDT":1}  (volvenctl.yaml:10)' in desk.run(*words).stdout
    done = desk.run(*words, "--policy-from", "main", "--format", "json")
    document = json.loads(done.stdout)
    Draft202012Validator(schema("limits")).validate(document)
    (limit,) = document["limits"]
    assert (limit["value"], limit["source"]["file"]) == ('{"USDT":50000}', "main:volvenctl.yaml")


@pytest.mark.parametrize(
    ("what", "said"),
    [("SMO", "there is no explanation of 'SMO'"), ("limits.maxStops", "did you mean maxStopsPerPlan?")],
)
def test_what_cannot_be_explained_says_what_can(desk, what, said):
    done = desk.run("-e", "production", "explain", what)
    assert done.returncode == Exit.USAGE
    assert said in done.stderr
