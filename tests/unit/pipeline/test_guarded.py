"""Limits and approvals in a whole plan and apply: refused before anything is recorded or sent."""

from dataclasses import replace

import pytest
from builders_world import make_plan_of, run_apply, types_in, with_environment, world_of

from volvenctl.errors import Exit, NotApprovedError
from volvenctl.model.approval import Rejected, Verified
from volvenctl.model.plan import Author, Plan
from volvenctl.model.report import Checked

APPROVALS = {"approvals": {"approvers": "approvers", "tiers": [{"need": 1}]}}
BOB = Verified("plan.json.bob.sig", ("bob@desk",), "SHA256:bob", "armor")


class FakeSignatures:
    """Signatures that were verified already (`ports.Signatures`)."""

    def __init__(self, *files):
        self.files = files
        self.asked = []

    def verified(self, message, at):
        self.asked.append((message, at))
        return self.files


class Git:
    """A checkout whose commits somebody wrote."""

    def __init__(self, source, *authors, ci_actor=None):
        self._source = source
        self.people = Author(authors, ci_actor)

    def checkout(self):
        return self._source.checkout()

    def author(self, since):
        return self.people


def world_with(limits, *names, authors=("ann@desk",), ci_actor=None):
    world = with_environment(world_of(*names, commit="c" * 40), limits=limits)
    return replace(world, source=Git(world.source, *authors, ci_actor=ci_actor))


ONE_CREATE = {"maxCreatesPerPlan": 1}


class TestLimits:
    def test_a_plan_that_breaks_one_is_findings(self):
        found = make_plan_of(world_with(ONE_CREATE, "a", "b"))
        assert isinstance(found, Checked)
        assert (found.valid, found.exit) == (False, Exit.INVALID)
        assert [item.code for item in found.problems] == ["limit-exceeded"]

    def test_an_apply_of_it_records_and_sends_nothing(self):
        world = world_with(ONE_CREATE, "a", "b")
        assert isinstance(run_apply(world), Checked)
        assert types_in(world) == []
        assert world.platform.sent == []

    def test_a_saved_plan_is_judged_by_what_it_sends_itself(self):
        world = world_with(ONE_CREATE, "a", "b")
        saved = make_plan_of(world, only=("a",))
        report = run_apply(world, saved=saved)
        assert report.exit == Exit.OK
        assert len(world.platform.sent) == 1

    def test_a_saved_plan_is_judged_again(self):
        world = world_with({"maxNotionalPerAccount": {"USDT": 10000}}, "a", "b")
        saved = make_plan_of(world, only=("a",))
        assert run_apply(world, saved=make_plan_of(world, only=("b",))).exit == Exit.OK
        assert isinstance(run_apply(world, saved=saved), Checked)
        assert len(world.platform.sent) == 1


class TestApprovals:
    def saved(self, world):
        plan = make_plan_of(world)
        assert isinstance(plan, Plan)
        return plan

    def test_each_that_counts_is_recorded_before_the_apply_begins(self):
        world = world_with(APPROVALS, "a")
        plan = self.saved(world)
        signatures = FakeSignatures(Rejected("x.sig", "no"), BOB)
        assert run_apply(world, saved=plan, signatures=signatures).exit == Exit.OK
        assert types_in(world)[:3] == ["ledger.created", "plan.approved", "apply.started"]
        assert world.ledger.records[1].data == {
            "planHash": plan.hash,
            "commit": "c" * 40,
            "principal": "bob@desk",
            "keyFingerprint": "SHA256:bob",
            "signature": "armor",
        }
        assert [message for message, _ in signatures.asked] == [plan.hash]

    @pytest.mark.parametrize("signatures", [None, FakeSignatures(), FakeSignatures(Rejected("x.sig", "no"))])
    def test_without_one_nothing_is_recorded_or_sent(self, signatures):
        world = world_with(APPROVALS, "a")
        with pytest.raises(NotApprovedError):
            run_apply(world, saved=self.saved(world), signatures=signatures)
        assert (types_in(world), world.platform.sent) == ([], [])

    def test_a_plan_that_was_not_saved_has_none(self):
        world = world_with(APPROVALS, "a")
        with pytest.raises(NotApprovedError, match="only a saved plan can have any"):
            run_apply(world)

    def test_where_none_is_needed_none_is_wanted(self):
        limits = {"approvals": {"approvers": "approvers", "tiers": [{"need": 0}]}}
        assert run_apply(world_with(limits, "a")).exit == Exit.OK
        assert run_apply(world_with(APPROVALS)).exit == Exit.OK

    @pytest.mark.parametrize("name", ["bob@desk", "BOB@DESK"])
    def test_an_author_of_what_is_checked_out_now_does_not_count(self, name):
        world = world_with(APPROVALS, "a")
        plan = self.saved(world)
        world.source.people = Author((name,), None)
        with pytest.raises(NotApprovedError, match="is among the plan's authors"):
            run_apply(world, saved=plan, signatures=FakeSignatures(BOB))

    def test_who_started_the_run_that_planned_does_not_count(self):
        world = world_with(APPROVALS, "a", ci_actor="bob@desk")
        with pytest.raises(NotApprovedError, match="is among the plan's authors"):
            run_apply(world, saved=self.saved(world), signatures=FakeSignatures(BOB))

    def test_who_started_the_run_that_applies_counts(self):
        world = world_with(APPROVALS, "a")
        plan = self.saved(world)
        world.source.people = Author(("ann@desk",), "bob@desk")
        assert run_apply(world, saved=plan, signatures=FakeSignatures(BOB)).exit == Exit.OK

    def test_without_a_known_author_it_is_refused(self):
        world = world_with(APPROVALS, "a", authors=())
        with pytest.raises(NotApprovedError, match="nobody knows who wrote"):
            run_apply(world, saved=self.saved(world), signatures=FakeSignatures(BOB))

    def test_it_is_refused_before_anybody_is_asked(self):
        class Nobody:
            def confirm(self, plan):
                pytest.fail("asked")

            def notice(self, text):
                pytest.fail("told")

        world = world_with({**APPROVALS}, "a")
        with pytest.raises(NotApprovedError):
            run_apply(world, Nobody())
