"""How many approvals a plan needs, and whose count."""

import pytest
from builders_check import smo
from builders_limits import action, environment, plan, specs

from volvenctl.core.approvals import approval_drafts, refuse_unapproved, requirement, tally
from volvenctl.core.policy import read_limits
from volvenctl.errors import Exit, NotApprovedError
from volvenctl.model.approval import Rejected, Requirement, Verified

TIERS = "approvals: {approvers: a, tiers: [{upTo: {USDT: 10000}, need: 1}, {upTo: {USDT: 50000}, need: 2}]}"
OPEN_TIERS = "approvals: {approvers: a, tiers: [{upTo: {USDT: 10000}, need: 1}, {need: 3}, {need: 2}]}"


def rules(line=TIERS):
    return read_limits(environment(line).limits).approvals


def need_of(*fields, line=TIERS, words=("create",)):
    wanted = specs(*(smo(name=f"s{number}", **item) for number, item in enumerate(fields)))
    made = plan(*(action(word, spec.name) for word, spec in zip(words * 9, wanted, strict=False)))
    return requirement(made, wanted, rules(line))


def signed(name, *others, file=None, key=None):
    return Verified(file or f"plan.json.{name}.sig", (name, *others), f"SHA256:{key or name}", "armor")


class TestRequirement:
    @pytest.mark.parametrize(("size", "need"), [("0.1", 1), ("0.105", 1), ("0.106", 2), ("0.5", 2)])
    def test_the_first_tier_that_fits_decides(self, size, need):
        assert need_of({"size": size}).need == need

    def test_notionals_of_all_that_is_set_to_work_are_summed(self):
        assert need_of({}, {}).need == 2
        assert need_of({}, {}, words=("create", "stop")) == Requirement(1, "it sets 9500 USDT to work")

    def test_a_notional_that_no_tier_covers_is_refused(self):
        with pytest.raises(NotApprovedError, match="sets 57000 USDT to work, and no tier") as caught:
            need_of({"size": "0.6"})
        assert caught.value.exit == Exit.STALE

    def test_a_currency_that_a_tier_does_not_name_does_not_fit_it(self):
        line = "approvals: {approvers: a, tiers: [{upTo: {USDC: 99999999}, need: 0}, {need: 2}]}"
        assert need_of({}, line=line).need == 2

    def test_an_unknown_notional_needs_the_most(self):
        wanted = specs(smo(without=["priceLimit"]))
        found = requirement(plan(action("create")), wanted, rules(OPEN_TIERS))
        assert (found.need, found.reason[:12]) == (3, "the notional")

    def test_a_strategy_whose_spec_is_gone_makes_the_notional_unknown(self):
        assert requirement(plan(action("create", "gone")), specs(smo()), rules(OPEN_TIERS)).need == 3

    def test_a_plan_that_sets_nothing_to_work_needs_the_first_tier(self):
        assert requirement(plan(action("stop")), (), rules()) == Requirement(1, "it sets nothing to work")


class TestTally:
    def test_each_person_counts_once_and_no_author(self):
        found = tally(
            [
                signed("ann@desk"),
                signed("bob@desk"),
                signed("Bob@desk", key="another", file="2.sig"),
                signed("robert", key="bob@desk", file="3.sig"),
                signed("cy@desk", "CI-bot"),
                Rejected("4.sig", "it is no OpenSSH signature"),
                signed("dee@desk"),
            ],
            {"ANN@desk", "ci-bot"},
        )
        assert [item.principal for item in found.counted] == ["bob@desk", "dee@desk"]
        assert [(item.file, item.reason) for item in found.rejected] == [
            ("plan.json.ann@desk.sig", "'ann@desk' is among the plan's authors"),
            ("2.sig", "'Bob@desk' counts already, by plan.json.bob@desk.sig"),
            ("3.sig", "'robert' counts already, by plan.json.bob@desk.sig"),
            ("plan.json.cy@desk.sig", "'CI-bot' is among the plan's authors"),
            ("4.sig", "it is no OpenSSH signature"),
        ]


class TestRefusal:
    def test_too_few_say_who_counts_and_why_others_do_not(self):
        found = tally([signed("bob@desk"), Rejected("x.sig", "its key has expired")], {"ann@desk"})
        with pytest.raises(NotApprovedError) as caught:
            refuse_unapproved(plan(), Requirement(2, "it sets 19000 USDT to work"), found, {"ann@desk"})
        assert caught.value.message == (
            f"the plan {plan().hash} needs 2 approvals (it sets 19000 USDT to work) and has 1: 'bob@desk'; "
            "x.sig does not count: its key has expired"
        )

    def test_nobody_is_called_nobody(self):
        with pytest.raises(NotApprovedError, match=r"has 0: nobody$"):
            refuse_unapproved(plan(), Requirement(1, ""), tally([], ()), {"ann@desk"})

    @pytest.mark.parametrize("authors", [(), {""}])
    def test_without_a_known_author_nobody_can_be_told_from_one(self, authors):
        with pytest.raises(NotApprovedError, match="nobody knows who wrote"):
            refuse_unapproved(plan(), Requirement(1, ""), tally([signed("bob")], authors), authors)

    def test_enough_are_enough_and_none_may_be_needed(self):
        refuse_unapproved(plan(), Requirement(1, ""), tally([signed("bob")], {"ann"}), {"ann"})
        refuse_unapproved(plan(), Requirement(0, ""), tally([], ()), ())


def test_each_approval_that_counts_becomes_a_record():
    (draft,) = approval_drafts(tally([signed("bob"), Rejected("x", "y")], ()), {"planHash": "h"})
    assert draft.type == "plan.approved"
    assert draft.data == {
        "planHash": "h",
        "principal": "bob",
        "keyFingerprint": "SHA256:bob",
        "signature": "armor",
    }
