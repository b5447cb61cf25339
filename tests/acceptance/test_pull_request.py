"""A pull request from its branch to what is launched, with the real git and ssh-keygen and the installed command."""

import json

import pytest
from builders_pull_request import PullRequest

from volvenctl.errors import Exit


@pytest.fixture
def desk(tmp_path):
    with PullRequest(tmp_path) as desk:
        done = desk.run("-e", "production", "plan", "--out", str(desk.plan_file))
        assert done.returncode == Exit.OK, done.stderr
        desk.approve("bob")
        done = desk.apply_plan()
        assert done.returncode == Exit.OK, done.stderr
        assert len(desk.live_ids) == 1
        for old in desk.plan_file.parent.iterdir():
            old.unlink()
        yield desk


def propose(desk, name="new", size="0.2", approvers=("bob",)):
    """Let ann propose a strategy on a branch, with a plan that was approved."""
    desk.branch()
    desk.write(name, size)
    desk.commit("ann@desk")
    done = desk.plan()
    assert done.returncode == Exit.OK, done.stdout + done.stderr
    for approver in approvers:
        done = desk.approve(approver)
        assert done.returncode == Exit.OK, done.stderr


def refused(done, code, *words):
    assert done.returncode == code, done.stdout + done.stderr
    for word in words:
        assert word in done.stdout + done.stderr


def test_a_plan_that_was_approved_is_applied_after_the_merge(desk):
    propose(desk)
    desk.merge()
    done = desk.apply_plan("--format", "json")
    assert done.returncode == Exit.OK, done.stderr
    assert len(desk.live_ids) == 2
    (approval,) = [item["data"] for item in desk.ledger[-6:] if item["type"] == "plan.approved"]
    assert approval["principal"] == "bob@desk"
    assert approval["planHash"] == json.loads(desk.plan_file.read_text())["planHash"]
    assert approval["keyFingerprint"].startswith("SHA256:")
    assert approval["signature"].startswith("-----BEGIN SSH SIGNATURE-----")
    types = [item["type"] for item in desk.ledger]
    last_start = len(types) - 1 - types[::-1].index("apply.started")
    assert types[last_start - 1] == "plan.approved"


def test_main_that_moved_elsewhere_is_no_obstacle(desk):
    propose(desk)
    desk.to_main()
    desk.write("other")
    desk.commit("cy@desk")
    desk.merge()
    done = desk.apply_plan()
    assert done.returncode == Exit.OK, done.stderr
    assert "not part of this plan" in done.stderr
    assert len(desk.live_ids) == 2


def test_main_that_moved_the_same_strategy_makes_the_plan_stale(desk):
    propose(desk)
    desk.merge()
    desk.write("new", "0.3")
    desk.commit("cy@desk")
    refused(desk.apply_plan(), Exit.STALE, "new: the plan says create", "another request")
    assert len(desk.live_ids) == 1


def test_a_branch_cannot_raise_its_own_limit(desk):
    desk.branch()
    desk.edit_project("{USDT: 50000}", "{USDT: 500000}")
    desk.write("new", "1")
    desk.commit("ann@desk")
    done = desk.plan()
    refused(
        done, Exit.INVALID, "strategies/new.yaml:10:9: error[limit-exceeded] $.spec.size", "95000 USDT, above 50000"
    )
    assert "maxNotionalPerStrategy (main:volvenctl.yaml:10)" in done.stdout
    assert not desk.plan_file.exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("maxNotionalPerStrategy: {USDT: 50000}", "maxNotionalPerStrategy: {USDT: 500000}"),
        ("    live: true\n", ""),
        ("127.0.0.1", "localhost"),
        ("state: state", "state: elsewhere"),
        ("need: 1", "need: 0"),
    ],
    ids=["limit", "live", "host", "state", "need"],
)
def test_a_plan_under_the_rules_of_its_branch_is_refused(desk, old, new):
    desk.branch()
    desk.edit_project(old, new)
    desk.write("new")
    desk.commit("ann@desk")
    if "state" in new:
        desk.run("-e", "production", "state", "init")
    done = desk.run("-e", "production", "plan", "--out", str(desk.plan_file))
    assert done.returncode == Exit.OK, done.stderr
    desk.approve("bob")
    refused(desk.apply_plan(), Exit.STALE)
    assert len(desk.live_ids) == 1


def test_the_policy_of_the_base_branch_counts_whatever_the_branch_says(desk):
    desk.branch()
    desk.edit_project("    live: true\n", "")
    desk.commit("ann@desk")
    done = desk.run("-e", "production", "apply", "--auto-approve", "--policy-from", "main")
    refused(done, Exit.USAGE, "'production' is live: it takes a saved plan only")


def test_a_forged_plan_is_refused(desk):
    propose(desk)
    desk.merge()
    text = desk.plan_file.read_text()
    desk.plan_file.write_text(text.replace(r"\"size\":0.2", r"\"size\":0.4"))
    assert desk.plan_file.read_text() != text
    refused(desk.apply_plan(), Exit.STALE, "changed after it was made")
    assert len(desk.live_ids) == 1


def test_an_approval_by_the_author_does_not_count(desk):
    propose(desk, approvers=("ann",))
    desk.merge()
    refused(desk.apply_plan(), Exit.STALE, "'ann@desk' is among the plan's authors", "needs 1 approvals")
    assert len(desk.live_ids) == 1


def test_an_author_whom_a_plan_does_not_name_is_still_one(desk):
    """Whoever makes a plan file decides what stands in it: the checkout is asked again."""
    desk.branch()
    desk.write("new", "0.2")
    desk.commit("cy@desk")
    assert desk.plan().returncode == Exit.OK
    desk.git("commit", "--quiet", "--amend", "--no-edit", "--author=ann <ann@desk>")
    assert json.loads(desk.plan_file.read_text())["author"]["gitAuthors"] == ["cy@desk"]
    desk.approve("ann")
    desk.merge()
    refused(desk.apply_plan(), Exit.STALE, "'ann@desk' is among the plan's authors")


def test_a_plan_without_approvals_is_refused(desk):
    propose(desk, approvers=())
    desk.merge()
    refused(desk.apply_plan("--auto-approve"), Exit.STALE, "needs 1 approvals", "sets 19000 USDT to work", "nobody")
    assert len(desk.live_ids) == 1


def test_more_money_needs_more_people(desk):
    propose(desk, size="0.4", approvers=("bob",))
    desk.merge()
    refused(desk.apply_plan(), Exit.STALE, "needs 2 approvals", "38000 USDT", "has 1: 'bob@desk'")
    desk.approve("cy")
    done = desk.apply_plan()
    assert done.returncode == Exit.OK, done.stderr
    assert len(desk.live_ids) == 2


def test_a_plan_that_expired_is_refused(tmp_path):
    with PullRequest(tmp_path, more_limits="planTtl: 1s") as desk:
        assert desk.plan().returncode == Exit.OK
        made = json.loads(desk.plan_file.read_text())
        while "the plan expired at" not in desk.apply_plan().stderr:
            assert made["expiresAt"]
        refused(desk.apply_plan(), Exit.STALE, "the plan expired at")
        refused(desk.approve("bob"), Exit.STALE, "the plan expired at")
        assert desk.live_ids == []


def test_a_policy_that_cannot_be_read_is_not_replaced_by_the_working_tree(desk):
    propose(desk)
    for ref in ("nowhere", "--all", "main:volvenctl.yaml", ""):
        done = desk.run("-e", "production", "plan", f"--policy-from={ref}")
        assert done.returncode in {Exit.ERROR, Exit.USAGE}, (ref, done.stdout)
