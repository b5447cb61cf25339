"""The guardrails: each refuses, exactly, at its place, and what cannot be evaluated refuses too."""

from decimal import Decimal

import pytest
from builders_check import product, smo
from builders_limits import (
    action,
    created,
    environment,
    findings,
    launched,
    notional,
    plan,
    specs,
    state,
)
from hypothesis import given
from hypothesis import strategies as st

from volvenctl.core.limits import check_limits

BTC = "strategies/a.yaml:10:9 $.spec.size: "
LIMIT = "volvenctl.yaml:8:7 $.environments.production.limits."


def test_without_limits_nothing_is_refused():
    assert created(size=1000, priceLimit=100000) == []


class TestNotionalPerStrategy:
    def test_a_strategy_at_the_limit_passes(self):
        assert created("maxNotionalPerStrategy: {USDT: 9500}") == []

    def test_a_strategy_above_it_is_refused_by_the_smallest_amount(self):
        (found,) = created("maxNotionalPerStrategy: {USDT: 9499.9999999999999999999999}")
        assert found == (
            BTC + "the notional is 9500 USDT, above 9499.9999999999999999999999, "
            "the limit maxNotionalPerStrategy (volvenctl.yaml:8)"
        )

    def test_a_currency_without_a_figure_is_refused(self):
        (found,) = created("maxNotionalPerStrategy: {USDC: 9500}")
        assert "the notional is 9500 USDT, and the limit maxNotionalPerStrategy" in found
        assert found.endswith("has no figure for USDT")

    def test_without_a_price_limit_it_cannot_be_evaluated(self):
        (found,) = findings(
            plan(action("create")), specs(smo(without=["priceLimit"])), "maxNotionalPerStrategy: {USDT: 9500}"
        )
        assert "the notional is not known (there is no price limit): the limit maxNotionalPerStrategy" in found

    def test_with_a_contract_value_it_cannot_be_evaluated(self):
        from builders_check import catalog

        wanted = specs(smo(), known=catalog(product(has_contract_value=True)))
        (found,) = findings(plan(action("create")), wanted, "maxNotionalPerStrategy: {USDT: 9500}")
        assert "the platform does not say what a size is worth" in found

    @pytest.mark.parametrize("word", ["create", "replace", "adopt", "start"])
    def test_it_is_for_everything_that_is_set_to_work(self, word):
        found = findings(plan(action(word)), specs(smo()), "maxNotionalPerStrategy: {USDT: 1}")
        assert len(found) == 1

    @pytest.mark.parametrize("word", ["keep", "pause", "stop", "release"])
    def test_it_keeps_nobody_from_ending_something(self, word):
        assert findings(plan(action(word)), specs(smo()), "maxNotionalPerStrategy: {USDT: 1}") == []

    def test_a_size_from_an_override_is_refused_at_the_override(self):
        text = smo("overrides:", "  production: {spec: {size: 0.5}}")
        (found,) = findings(
            plan(action("create")), specs(text, environment="production"), "maxNotionalPerStrategy: {USDT: 9500}"
        )
        assert found.startswith("strategies/a.yaml:13:29 $.spec.size: the notional is 47500 USDT")

    @given(
        size=st.integers(1, 10**6).map(lambda number: Decimal(number).scaleb(-3)),
        limit=st.decimals(0, 10**11, allow_nan=False, allow_infinity=False, places=6),
    )
    def test_it_refuses_exactly_what_is_above(self, size, limit):
        found = created(f"maxNotionalPerStrategy: {{USDT: {limit:f}}}", size=f"{size:f}", priceLimit="95000.1")
        assert bool(found) is (size * Decimal("95000.1") > limit)


class TestNotionalPerPlan:
    def test_the_sum_of_a_plan_is_refused_at_the_limit(self):
        wanted = specs(smo(name="a"), smo(name="b"))
        both = plan(action("create", "a"), action("replace", "b"))
        assert findings(both, wanted, "maxNotionalPerPlan: {USDT: 19000}") == []
        assert findings(both, wanted, "maxNotionalPerPlan: {USDT: 18999}") == [
            (
                "volvenctl.yaml:8:28 $.environments.production.limits.maxNotionalPerPlan.USDT: the notional that the "
                "plan sets to work is 19000 USDT, above 18999, the limit maxNotionalPerPlan (volvenctl.yaml:8)"
            )
        ]

    def test_one_unknown_part_makes_it_unknown(self):
        wanted = specs(smo(name="a"), smo(name="b", without=["priceLimit"]))
        both = plan(action("create", "a"), action("create", "b"))
        (found,) = findings(both, wanted, "maxNotionalPerPlan: {USDT: 19000}")
        assert found == LIMIT + (
            "maxNotionalPerPlan: the notional that the plan sets to work is not known: "
            "the limit maxNotionalPerPlan (volvenctl.yaml:8) cannot be evaluated"
        )

    def test_a_currency_without_a_figure_is_refused(self):
        (found,) = created("maxNotionalPerPlan: {USDC: 19000}")
        assert found.startswith(LIMIT + "maxNotionalPerPlan: ")
        assert found.endswith("has no figure for USDT")

    def test_a_plan_that_sets_nothing_to_work_has_no_sum(self):
        assert findings(plan(action("stop")), specs(smo()), "maxNotionalPerPlan: {USDT: 0}") == []


class TestNotionalPerAccount:
    RULE = "maxNotionalPerAccount: {USDT: 20000}"

    def test_what_is_at_work_already_counts(self):
        assert created(self.RULE, at=state(launched("old", notional("10500")))) == []
        (found,) = created(self.RULE, at=state(launched("old", notional("10500.01"))))
        assert "the notional on account 99998 after this plan is 20000.01 USDT, above 20000" in found

    def test_what_may_be_at_work_counts(self):
        assert len(created(self.RULE, at=state(attempts=[("lost", "10501")]))) == 1

    def test_what_is_stopped_or_on_another_account_does_not_count(self):
        at = state(launched("a", notional("99999"), run_state="stopped"), launched("b", notional("99999", account="1")))
        assert created(self.RULE, at=at) == []

    @pytest.mark.parametrize("word", ["stop", "replace"])
    def test_what_the_plan_stops_does_not_count(self, word):
        made = plan(action("create", "new"), action(word, "old"))
        wanted = specs(smo(name="new"), smo(name="old"))
        assert findings(made, wanted, self.RULE, at=state(launched("old", notional("99999")))) == []

    def test_what_is_taken_over_counts_once(self):
        made, at = plan(action("adopt", "btc")), state(launched("btc", notional("9500")))
        assert findings(made, specs(smo()), "maxNotionalPerAccount: {USDT: 9500}", at=at) == []

    def test_an_unknown_part_on_the_account_cannot_be_evaluated(self):
        (found,) = created(self.RULE, at=state(launched("old", notional(None))))
        assert "after this plan is not known: the limit maxNotionalPerAccount" in found

    def test_an_account_that_the_plan_only_relieves_is_not_judged(self):
        at = state(launched("old", notional("99999")), launched("more", notional("99999")))
        assert findings(plan(action("stop", "old")), (), self.RULE, at=at) == []


class TestCounts:
    def test_creates_and_replaces_are_launches(self):
        made = plan(action("create", "a"), action("replace", "b"), action("start", "c"), action("adopt", "d"))
        wanted = specs(*(smo(name=name) for name in "abcd"))
        assert findings(made, wanted, "maxCreatesPerPlan: 2") == []
        assert findings(made, wanted, "maxCreatesPerPlan: 1") == [
            LIMIT + "maxCreatesPerPlan: the plan launches 2, above 1, the limit maxCreatesPerPlan (volvenctl.yaml:8)"
        ]

    def test_stops_and_replaces_are_stops(self):
        made = plan(action("stop", "a"), action("replace", "b"), action("pause", "c"), action("release", "d"))
        wanted = specs(*(smo(name=name) for name in "abcd"))
        assert findings(made, wanted, "maxStopsPerPlan: 2") == []
        assert findings(made, wanted, "maxStopsPerPlan: 0") == [
            LIMIT + "maxStopsPerPlan: the plan stops 2, above 0, the limit maxStopsPerPlan (volvenctl.yaml:8)"
        ]


class TestShareOfChanges:
    AT = state(*(launched(name) for name in "abc"), launched("d", run_state="stopped"))

    def test_it_is_the_share_of_what_is_not_stopped_yet(self):
        made = plan(action("stop", "a"), action("create", "new"))
        wanted = specs(smo(name="new"))
        assert findings(made, wanted, "maxChangePercent: 33.4", at=self.AT) == []
        assert findings(made, wanted, "maxChangePercent: 33.3333333333", at=self.AT) == [
            LIMIT + "maxChangePercent: the plan stops or replaces 1 of 3 launched strategies, more than "
            "33.3333333333 %, the limit maxChangePercent (volvenctl.yaml:8)"
        ]

    def test_nothing_stopped_is_no_share_at_all(self):
        assert created("maxChangePercent: 0") == []


class TestAllowed:
    @pytest.mark.parametrize(
        ("limit", "line", "message"),
        [
            ("allowedSides: [SELL]", "9:9 $.spec.side", "the side 'BUY' is not allowed by allowedSides"),
            ("allowedSides: [B*]", "9:9 $.spec.side", "which allows 'B*'"),
            ("allowedProducts: [eth*, BTC*]", "8:16 $.spec.productCode", "which allows 'eth*', 'BTC*'"),
            ("allowedAccounts: [1*]", "7:14 $.spec.accountId", "the account '99998' is not allowed"),
            ("allowedAccounts: []", "7:14 $.spec.accountId", "which allows nothing"),
        ],
    )
    def test_what_is_not_on_the_list_is_refused_at_its_field(self, limit, line, message):
        (found,) = created(limit)
        assert found.startswith(f"strategies/a.yaml:{line}: ")
        assert message in found

    @pytest.mark.parametrize(
        "limit", ["allowedSides: [SELL, BUY]", "allowedProducts: [eth*, btc*]", 'allowedAccounts: ["9999?"]']
    )
    def test_what_is_on_the_list_passes(self, limit):
        assert created(limit) == []

    def test_an_alias_is_judged_by_its_account(self):
        wanted = specs(smo(accountId='"@main"'), aliases={"main": "99998"})
        assert findings(plan(action("create")), wanted, 'allowedAccounts: ["99998"]') == []

    def test_a_type_without_such_a_field_cannot_be_judged(self):
        from builders_check import schema

        bare = {**schema("SMO"), "properties": {**schema("SMO")["properties"]}}
        bare["properties"]["strategyType"] = {"const": "BARE"}
        for field in ("side", "size"):
            bare["properties"][field] = {}
        wanted = specs(smo(strategyType="BARE"), types={"BARE": bare})
        limits = ("allowedSides: [BUY]", "requirePriceLimit: true", "maxNotionalPerStrategy: {USDT: 1}")
        found = findings(plan(action("create")), wanted, *limits)
        assert len(found) == 3
        assert all("cannot be evaluated" in item for item in found)

    def test_a_type_without_accounts_cannot_be_judged(self):
        from builders_check import schema

        bare = {"$schema": schema("SMO")["$schema"], "properties": {"strategyType": {"const": "BARE"}}}
        wanted = specs(smo(strategyType="BARE"), types={"BARE": bare})
        limits = ("maxNotionalPerStrategy: {USDT: 1}", "maxNotionalPerAccount: {USDT: 1}")
        found = findings(plan(action("create")), wanted, *limits)
        assert [item.partition(": ")[2] for item in found] == [
            "no size is written here: the limit maxNotionalPerStrategy (volvenctl.yaml:8) cannot be evaluated",
            (
                "the notional on account ? after this plan is not known: the limit maxNotionalPerAccount "
                "(volvenctl.yaml:9) cannot be evaluated"
            ),
        ]


class TestLabelsAndPrices:
    def test_each_missing_or_empty_label_is_named_at_the_labels(self):
        text = smo().replace("  name: btc\n", '  name: btc\n  labels: {desk: macro, ticket: " "}\n')
        found = findings(plan(action("create")), specs(text), "requireLabels: [desk, ticket, owner]")
        assert [item.partition(", and")[0] for item in found] == [
            "strategies/a.yaml:5:3 $.metadata.labels: the label 'owner' is missing or empty",
            "strategies/a.yaml:5:3 $.metadata.labels: the label 'ticket' is missing or empty",
        ]

    def test_without_labels_it_stands_at_the_metadata(self):
        (found,) = created("requireLabels: [desk]")
        assert found.startswith("strategies/a.yaml:4:3 $.metadata.labels: the label 'desk'")

    def test_a_size_without_a_price_limit_is_refused(self):
        wanted = specs(smo(without=["priceLimit"]))
        (found,) = findings(plan(action("create")), wanted, "requirePriceLimit: true")
        assert "$.spec.size: there is no price limit for this size, and requirePriceLimit" in found
        assert findings(plan(action("create")), wanted, "requirePriceLimit: false") == []
        assert created("requirePriceLimit: true") == []


def test_findings_are_sorted_and_each_limit_says_where_it_is_written():
    limits = ("maxCreatesPerPlan: 0", "allowedSides: [SELL]", "allowedProducts: []")
    found = created(*limits)
    assert [item.partition(" ")[0] for item in found] == [
        "strategies/a.yaml:8:16",
        "strategies/a.yaml:9:9",
        "volvenctl.yaml:8:7",
    ]
    assert "(volvenctl.yaml:10)" in found[0]
    assert "(volvenctl.yaml:9)" in found[1]


def test_a_limit_whose_place_is_not_known_is_still_enforced():
    from dataclasses import replace

    bare = replace(environment("maxCreatesPerPlan: 0"), limit_places={})
    (found,) = check_limits(plan(action("create")), specs(smo()), state(), bare)
    assert (found.place.file, found.place.line) == ("volvenctl.yaml", 1)
