"""What the records of a strategy's further life do to the state."""

import pytest
from builders_ledger import FACTS, TIME, apply_started, created, reported, started, state_of, succeeded

from volvenctl.model.record import Draft
from volvenctl.model.state import Asked, Halt, Launched
from volvenctl.wire.state_v1 import read_state, state_document

GROUND = (created(), apply_started(), started(), succeeded("S-1"))


def about(kind, name="btc", strategy_id="S-1", **facts):
    return Draft(kind, {"name": name, "strategyId": strategy_id, **facts})


def asked(action="pause", attempt="a-7", strategy_id="S-1", name="btc"):
    return Draft("attempt.started", {"name": name, "attemptId": attempt, "action": action, "strategyId": strategy_id})


def accepted(run_state="paused", attempt="a-7", strategy_id="S-1"):
    facts = {"name": "btc", "attemptId": attempt, "action": "pause", "strategyId": strategy_id, "runState": run_state}
    return Draft("action.accepted", facts)


def halt(**scope):
    return Draft("halt", {"scope": {"all": False, "names": [], "accounts": [], "ids": [], **scope}, "reason": "storm"})


def resume(**scope):
    return Draft("resume", {"scope": {"all": False, "names": [], "accounts": [], "ids": [], **scope}, "reason": "over"})


def btc(*drafts):
    return state_of(*GROUND, *drafts).strategies["btc"]


def is_halted(*drafts, name="btc", accounts=("99998",), strategy_id="S-1"):
    return state_of(*GROUND, *drafts).halt_of(name, frozenset(accounts), strategy_id) is not None


@pytest.mark.parametrize(
    ("drafts", "run_state"),
    [
        ((), "running"),
        ((asked(),), None),
        ((asked(), accepted()), "paused"),
        ((asked(), reported("unknown", attempt="a-7", reason="lost")), None),
        ((asked(), reported("refused", attempt="a-7")), "running"),
        ((asked(), reported("not-sent", attempt="a-7")), "running"),
        ((asked(), asked(attempt="a-8"), reported("refused", attempt="a-8")), None),
        ((asked(), asked(attempt="a-8"), accepted(attempt="a-8")), "paused"),
        ((asked(), asked(attempt="a-8"), accepted(attempt="a-7")), None),
        ((asked(), asked(attempt="a-8"), accepted("running", "a-8"), accepted(attempt="a-7")), None),
        ((asked(), asked(attempt="a-8"), accepted(attempt="a-8"), accepted(attempt="a-7")), "paused"),
        ((asked(), reported("refused", attempt="a-9")), None),
        ((asked(), reported("unknown", attempt="a-9", reason="other")), None),
        ((asked(strategy_id="S-0"),), "running"),
        ((accepted(strategy_id="S-0"),), "running"),
        ((Draft("halt", {"stopped": ["S-1"], "failed": []}),), "stopped"),
        ((asked(), Draft("halt", {"stopped": ["S-1"], "failed": []})), "stopped"),
        ((Draft("halt", {"stopped": ["S-2"], "failed": ["S-1"]}),), "running"),
    ],
)
def test_the_run_state_is_what_was_last_accepted_and_unknown_while_that_is_in_doubt(drafts, run_state):
    assert btc(*drafts).run_state == run_state


def test_an_action_in_doubt_says_why_and_is_no_open_attempt():
    state = state_of(*GROUND, asked(), reported("unknown", attempt="a-7", reason="lost"))
    asked_for = state.strategies["btc"].asked
    assert (asked_for.action, asked_for.reason) == ("pause", "lost")
    assert dict(state.attempts) == {}


def test_an_action_on_a_name_that_is_not_managed_changes_nothing():
    state = state_of(*GROUND, asked(name="eth"), reported("unknown", "eth", "a-7", reason="lost"))
    assert list(state.strategies) == ["btc"]


class TestNotes:
    def test_an_adopted_strategy_is_managed_with_what_its_spec_said(self):
        state = state_of(created(), about("strategy.adopted", facts={"runState": "paused", "body": "{}"}))
        assert (state.strategies["btc"].strategy_id, state.strategies["btc"].run_state) == ("S-1", "paused")
        assert "S-1" in state.known_ids

    def test_settings_that_are_taken_over_leave_everything_else(self):
        entry = btc(about("strategy.adopted", facts={"protect": True}))
        assert (entry.is_protected, entry.facts["body"]) == (True, '{"strategyType":"SMO"}')

    def test_a_name_that_has_a_strategy_gets_no_second_one(self):
        assert btc(about("strategy.adopted", strategy_id="S-2", facts={})).strategy_id == "S-1"

    def test_a_released_strategy_is_remembered_until_it_is_adopted_again(self):
        state = state_of(*GROUND, about("strategy.released"))
        assert (dict(state.strategies), dict(state.released)) == ({}, {"btc": "S-1"})
        again = state_of(*GROUND, about("strategy.released"), about("strategy.adopted", "eth", facts={}))
        assert (list(again.strategies), dict(again.released)) == (["eth"], {})

    @pytest.mark.parametrize("kind", ["strategy.released", "strategy.archived"])
    def test_a_note_about_another_strategy_of_the_name_changes_nothing(self, kind):
        assert btc(about(kind, strategy_id="S-9")).strategy_id == "S-1"

    def test_an_archived_strategy_is_known_and_no_longer_managed(self):
        state = state_of(*GROUND, about("strategy.archived"))
        assert (dict(state.strategies), dict(state.released), state.known_ids) == ({}, {}, {"S-1"})

    def test_a_renamed_strategy_takes_what_is_in_doubt_about_it_along(self):
        state = state_of(
            created(),
            apply_started(),
            started(attempt="a-0"),
            reported("resolved", attempt="a-0", resolution="absent", reason="looked"),
            started("eth", "a-5"),
            reported("resolved", "eth", "a-5", resolution="absent", reason="looked"),
            started(),
            succeeded("S-1"),
            succeeded("S-9"),
            succeeded("S-8", "eth", "a-6"),
            halt(names=["btc"]),
            halt(names=["eth"]),
            about("strategy.renamed", "dip", was="btc"),
        )
        assert list(state.strategies) == ["dip"]
        assert sorted(item.name for item in state.absent.values()) == ["dip", "eth"]
        assert {item.strategy_id: item.name for item in state.doubles.values()} == {"S-9": "dip", "S-8": "eth"}
        assert [item.names for item in state.halts] == [{"dip"}, {"eth"}]

    def test_a_rename_of_what_is_not_managed_changes_nothing(self):
        assert list(state_of(*GROUND, about("strategy.renamed", "dip", was="eth")).strategies) == ["btc"]

    def test_the_strategy_that_replaces_another_one_is_no_double(self):
        state = state_of(*GROUND, started(attempt="a-2", replaces="S-1"), succeeded("S-2", attempt="a-2"))
        assert (state.strategies["btc"].strategy_id, dict(state.doubles)) == ("S-2", {})

    def test_a_launch_that_replaces_something_else_is_a_double(self):
        state = state_of(*GROUND, started(attempt="a-2", replaces="S-0"), succeeded("S-2", attempt="a-2"))
        assert (state.strategies["btc"].strategy_id, list(state.doubles)) == ("S-1", ["S-2"])

    def test_a_launch_forgets_that_the_name_was_released(self):
        again = (started(attempt="a-2"), succeeded("S-2", attempt="a-2"))
        assert dict(state_of(*GROUND, about("strategy.released"), *again).released) == {}


class TestHalts:
    @pytest.mark.parametrize("scope", [{"all": True}, {"names": ["btc"]}, {"accounts": ["99998"]}, {"ids": ["S-1"]}])
    def test_each_scope_covers_and_its_resume_lifts_it(self, scope):
        assert is_halted(halt(**scope))
        assert not is_halted(halt(**scope), resume(**scope))
        assert not is_halted(halt(**scope), resume(all=True))

    @pytest.mark.parametrize("scope", [{"names": ["eth"]}, {"accounts": ["1"]}, {"ids": ["S-2"]}])
    def test_what_is_not_in_the_scope_is_not_halted(self, scope):
        assert not is_halted(halt(**scope))

    @pytest.mark.parametrize("scope", [{"all": True}, {"accounts": ["99998"]}, {"ids": ["S-1"]}])
    def test_one_name_is_resumed_out_of_a_wider_halt_and_the_others_stay(self, scope):
        drafts = (halt(**scope), resume(names=["btc"]))
        assert not is_halted(*drafts)
        assert is_halted(*drafts, name="eth") == (scope != {"ids": ["S-1"]})

    def test_one_account_is_resumed_out_of_a_halt_of_everything(self):
        drafts = (halt(all=True), resume(accounts=["99998"]))
        assert not is_halted(*drafts)
        assert is_halted(*drafts, accounts=("1",))

    def test_a_resume_of_one_leaves_the_other_halts(self):
        assert is_halted(halt(names=["btc"]), halt(all=True), resume(names=["eth"]))
        assert not is_halted(halt(names=["btc", "eth"]), resume(names=["btc"]))

    def test_a_later_halt_covers_what_an_earlier_one_was_resumed_from(self):
        assert is_halted(halt(all=True), resume(names=["btc"]), halt(names=["btc"]))

    def test_a_resume_without_a_halt_changes_nothing(self):
        assert state_of(*GROUND, Draft("resume", {"reason": "?"})).halts == ()


class TestWhatIsKept:
    """Every field of what a record leaves behind, since the state file and the audit show them."""

    def test_an_adopted_strategy_has_the_time_and_seq_of_its_record(self):
        state = state_of(created(), about("strategy.adopted", facts={"body": "{}"}))
        assert state.strategies["btc"] == Launched("btc", "S-1", {"body": "{}"}, TIME, 2)

    def test_settings_that_are_taken_over_are_the_newest_and_count_from_their_record(self):
        entry = btc(about("strategy.adopted", facts={"runState": "paused"}))
        assert entry == Launched("btc", "S-1", {**FACTS, "runState": "paused"}, TIME, 5)

    def test_an_adoption_without_facts_is_one_without_facts(self):
        assert state_of(created(), about("strategy.adopted")).strategies["btc"].facts == {}

    def test_a_renamed_strategy_has_its_new_name_and_all_else(self):
        state = state_of(*GROUND, about("strategy.renamed", "dip", was="btc"))
        assert state.strategies["dip"] == Launched("dip", "S-1", FACTS, TIME, 5)

    def test_settings_that_are_taken_over_leave_an_action_in_doubt_unless_they_say_the_run_state(self):
        assert btc(asked(), about("strategy.adopted", facts={"protect": True})).asked is not None
        assert btc(asked(), about("strategy.adopted", facts={"runState": "paused"})).asked is None

    def test_an_adopted_strategy_is_a_double_no_more(self):
        double = (*GROUND, succeeded("S-2"))
        assert list(state_of(*double).doubles) == ["S-2"]
        assert dict(state_of(*double, about("strategy.adopted", "eth", "S-2", facts={})).doubles) == {}

    def test_a_strategy_that_has_a_name_gets_no_second_one(self):
        assert list(state_of(*GROUND, about("strategy.adopted", "eth", facts={})).strategies) == ["btc"]

    def test_what_was_resumed_stays_resumed_under_its_new_name(self):
        drafts = (halt(all=True), resume(names=["btc", "sol"]), about("strategy.renamed", "dip", was="btc"))
        [kept] = state_of(*GROUND, *drafts).halts
        assert kept.resumed_names == {"dip", "sol"}
        [other] = state_of(*GROUND, halt(all=True), resume(names=["sol"]), drafts[-1]).halts
        assert other.resumed_names == {"sol"}

    def test_the_late_answer_of_a_renamed_launch_belongs_to_its_new_name(self):
        absent = reported("resolved", attempt="a-2", resolution="absent", reason="looked")
        late = (started(attempt="a-2"), absent, about("strategy.renamed", "dip", was="btc"))
        state = state_of(*GROUND, *late, succeeded("S-2", attempt="a-2"))
        assert {item.strategy_id: item.name for item in state.doubles.values()} == {"S-2": "dip"}

    def test_a_resume_of_an_account_lifts_the_ids_that_are_on_it_and_no_others(self):
        assert not is_halted(halt(ids=["S-1"]), resume(accounts=["99998"]))
        assert is_halted(halt(ids=["S-1"]), resume(accounts=["1"]))

    def test_what_a_halt_stopped_is_in_no_doubt_any_more(self):
        entry = btc(asked(), Draft("halt", {"stopped": ["S-1"], "failed": []}))
        assert entry == Launched("btc", "S-1", {**FACTS, "runState": "stopped"}, TIME, 6)

    def test_an_action_that_was_asked_for_is_kept_until_it_is_accepted(self):
        entry = Launched("btc", "S-1", FACTS, TIME, 5, Asked("a-7", "pause", TIME, None, in_doubt_before=False))
        assert btc(asked()) == entry
        accepted_one = Launched("btc", "S-1", {**FACTS, "runState": "paused"}, TIME, 6)
        assert btc(asked(), accepted()) == accepted_one

    def test_an_action_that_failed_leaves_the_strategy_as_it_was_but_for_its_seq(self):
        assert btc(asked(), reported("refused", attempt="a-7")) == Launched("btc", "S-1", FACTS, TIME, 6)

    def test_an_action_in_doubt_keeps_its_seq_and_gets_its_reason(self):
        doubt = Asked("a-7", "pause", TIME, "lost", in_doubt_before=False)
        entry = btc(asked(), reported("unknown", attempt="a-7", reason="lost"))
        assert entry == Launched("btc", "S-1", FACTS, TIME, 5, doubt)

    def test_a_second_action_knows_of_the_doubt_before_it(self):
        assert btc(asked(), asked("stop", "a-8")).asked == Asked("a-8", "stop", TIME, None, in_doubt_before=True)

    def test_an_answer_that_was_overtaken_leaves_the_run_state_in_doubt_with_why(self):
        reason = "it was accepted, but its answer came after that of a later request"
        entry = btc(asked(), asked("start", "a-8"), accepted("running", "a-8"), accepted())
        doubt = Asked("a-7", "pause", TIME, reason, in_doubt_before=True)
        assert entry == Launched("btc", "S-1", FACTS, TIME, 8, doubt)

    def test_a_halt_has_its_scope_time_and_reason(self):
        scope = {"all": True, "accounts": ["1"], "ids": ["S-9"], "names": ["eth"]}
        [kept] = state_of(*GROUND, halt(**scope)).halts
        everything = {"accounts": {"1"}, "names": {"eth"}, "ids": {"S-9"}}
        assert kept == Halt(TIME, 5, "storm", everything=True, **everything)

    def test_a_halt_without_a_reason_has_an_empty_one(self):
        [kept] = state_of(*GROUND, Draft("halt", {"scope": {"names": ["btc"]}})).halts
        assert kept == Halt(TIME, 5, "", everything=False, names={"btc"})

    @pytest.mark.parametrize(
        ("scope", "names", "accounts"),
        [
            ({"all": True}, {"btc"}, {"1"}),
            ({"accounts": ["1", "2"]}, {"btc"}, set()),
            ({"names": ["btc", "eth"]}, set(), set()),
            ({"ids": ["S-1", "S-9"]}, set(), set()),
        ],
    )
    def test_what_was_resumed_is_remembered_only_where_the_halt_covers_more_than_names(self, scope, names, accounts):
        [kept] = state_of(*GROUND, halt(**scope), resume(names=["btc"], accounts=["1"])).halts
        assert (kept.resumed_names, kept.resumed_accounts) == (names, accounts)
        assert kept.names == set(scope.get("names", ())) - {"btc"}
        assert kept.accounts == set(scope.get("accounts", ())) - {"1"}
        assert kept.ids == set(scope.get("ids", ())) - {"S-1"}

    @pytest.mark.parametrize("scope", [{"names": ["btc", "eth"]}, {"ids": ["S-1", "S-9"]}, {"accounts": ["1", "2"]}])
    def test_a_halt_stays_while_anything_is_left_of_it(self, scope):
        first = {key: values[:1] for key, values in scope.items()}
        assert len(state_of(*GROUND, halt(**scope), resume(**first)).halts) == 1
        assert state_of(*GROUND, halt(**scope), resume(**scope)).halts == ()

    def test_resumes_of_one_halt_add_up(self):
        [kept] = state_of(*GROUND, halt(all=True), resume(names=["btc"]), resume(names=["eth"], accounts=["1"])).halts
        assert (kept.resumed_names, kept.resumed_accounts) == ({"btc", "eth"}, {"1"})


def test_the_state_file_keeps_all_of_it():
    state = state_of(
        *GROUND,
        asked(),
        reported("unknown", attempt="a-7", reason="lost"),
        halt(all=True, accounts=["1"], ids=["S-1"], names=["btc"]),
        resume(names=["eth"], accounts=["2"]),
        about("strategy.adopted", "old", "S-7", facts={}),
        about("strategy.released", "old", "S-7"),
    )
    assert read_state(state_document(state)) == state
