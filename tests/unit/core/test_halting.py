"""Which strategies an emergency stop is about."""

from builders_ledger import apply_started, created, started, state_of, succeeded
from builders_plan import environment

from volvenctl.core.halting import Target, halt_scope, named_targets
from volvenctl.core.sight import Sight
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.report import HaltScope

STATE = state_of(
    created(),
    apply_started(),
    started("btc", "a-1", labels={"desk": "macro"}),
    succeeded("S-1", "btc", "a-1"),
    started("eth", "a-2", accountIds=["7"]),
    succeeded("S-2", "eth", "a-2"),
)
LIVE = (
    LiveStrategy("S-1", None, {"status": "RUNNING"}),
    LiveStrategy("S-2", None, {"status": "STOPPED"}),
    LiveStrategy("X-1", None, {}),
)


def scope(*names, everything=False, accounts=(), labels=()):
    return HaltScope(everything, names, accounts, labels)


def targets(wanted, live=LIVE, state=STATE):
    return named_targets(wanted, state, live, Sight.of(live, environment()))


def ids(wanted, **where):
    return [item.strategy_id for item in targets(wanted, **where)]


def test_everything_is_what_the_platform_lists_ours_or_not():
    assert targets(scope(everything=True)) == (
        Target("S-1", "btc", is_stopped=False),
        Target("S-2", "eth", is_stopped=True),
        Target("X-1", None, is_stopped=False),
    )


def test_everything_is_what_the_ledger_knows_where_the_platform_cannot_be_asked():
    assert ids(scope(everything=True), live=None) == ["S-1", "S-2"]


def test_names_ids_accounts_and_labels_add_up_and_each_strategy_is_there_once():
    assert ids(scope("btc", "S-1")) == ["S-1"]
    assert ids(scope("X-1")) == ["X-1"]
    assert ids(scope(accounts=("7",))) == ["S-2"]
    assert ids(scope(labels=("desk=macro",))) == ["S-1"]
    assert ids(scope("btc", accounts=("7",), labels=("desk=macro",))) == ["S-1", "S-2"]
    assert ids(scope(labels=("desk=rates",))) == []


def test_a_name_that_stands_for_nothing_is_a_target_without_a_strategy():
    assert targets(scope("sol")) == (Target(None, "sol", is_stopped=False),)
    assert ids(scope("X-1"), live=None) == [None]


def test_the_ledger_keeps_names_of_labels_and_the_ids_in_sight():
    wanted = scope(labels=("desk=macro",))
    assert halt_scope(wanted, targets(wanted)) == {"all": False, "names": ["btc"], "accounts": [], "ids": ["S-1"]}
    wanted = scope("sol", accounts=("7",))
    assert halt_scope(wanted, targets(wanted)) == {"all": False, "names": ["sol"], "accounts": ["7"], "ids": ["S-2"]}
