"""Which records a filter wants, and which of them count at a moment."""

from dataclasses import replace

import pytest
from builders_ledger import apply_started, created, records_of, reported, started, succeeded

from volvenctl.core.audit import records_until, wanted_records
from volvenctl.errors import LedgerError
from volvenctl.model.audit import RecordFilter
from volvenctl.model.record import Draft

HASH = "sha256:" + "1" * 64


def renamed(was, name):
    return Draft("strategy.renamed", {"name": name, "was": was, "strategyId": "S-1"})


TRAIL = records_of(
    created(),
    apply_started(commit="c0ffee" * 6 + "abcd"),
    started("old", "a-1"),
    succeeded("S-1", "old", "a-1"),
    renamed("old", "btc"),
    started("old", "a-2"),
    reported("unknown", "old", "a-2", reason="lost"),
    Draft("halt", {"scope": {"all": False, "names": ["btc"], "ids": ["S-9"], "accounts": []}, "reason": "x"}),
    Draft("halt", {"stopped": ["S-1"], "failed": ["S-8"]}),
    Draft("plan.approved", {"planHash": "sha256:" + "2" * 64, "principal": "Bob@desk"}),
    Draft("strategy.released", {"name": "eth", "strategyId": "S-7"}),
)


def seqs(**wanted):
    return [record.seq for record in wanted_records(TRAIL, RecordFilter(**wanted))]


def test_a_filter_of_nothing_wants_everything():
    assert seqs() == list(range(1, 12))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("btc", [3, 4, 5, 8]),
        ("old", [3, 4, 5, 6, 7, 8]),
        ("eth", [11]),
        ("S-1", [3, 4, 5, 9]),
        ("a-2", [6, 7]),
        ("S-9", [8]),
        ("S-8", [9]),
        ("nobody", []),
    ],
)
def test_a_strategy_is_found_by_its_name_its_former_name_its_id_or_its_attempt(asked, found):
    assert seqs(strategies=(asked,)) == found


def test_several_strategies_are_found_together():
    assert seqs(strategies=("eth", "a-2")) == [6, 7, 11]


def test_a_name_that_was_given_on_twice_is_followed_through_both_renames():
    trail = records_of(created(), renamed("a", "b"), renamed("b", "c"), started("b", "a-3"), started("c", "a-4"))
    found = [record.seq for record in wanted_records(trail, RecordFilter(strategies=("a",)))]
    assert found == [2, 3, 5]
    assert [record.seq for record in wanted_records(trail, RecordFilter(strategies=("c",)))] == [2, 3, 5]


@pytest.mark.parametrize(("actor", "found"), [("ANN", 11), ("desk-1", 11), ("bob", 1), ("eve", 0)])
def test_the_actor_is_found_in_any_case_also_as_an_approver(actor, found):
    assert len(seqs(actor=actor)) == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"commit": "c0ffee"}, [2]),
        ({"commit": "0ffee"}, []),
        ({"plan": "sha256:22"}, [10]),
        ({"plan": "2222"}, [10]),
        ({"types": ("attempt",)}, [3, 4, 6, 7]),
        ({"types": ("attempt.unknown", "strategy")}, [5, 7, 11]),
        ({"types": ("attempt",), "strategies": ("btc",)}, [3, 4]),
    ],
)
def test_commit_plan_and_type_narrow_it(wanted, found):
    assert seqs(**wanted) == found


def test_both_ends_of_a_time_are_included():
    trail = [replace(record, time=f"2026-01-0{record.seq}T00:00:00.000Z") for record in TRAIL[:5]]
    wanted = RecordFilter(since=trail[1].time, until=trail[3].time)
    assert [record.seq for record in wanted_records(trail, wanted)] == [2, 3, 4]


def timed(*times):
    return [
        replace(record, time=f"2026-01-01T00:00:{time:02d}.000Z") for record, time in zip(TRAIL, times, strict=False)
    ]


def test_what_counts_at_a_moment_is_all_up_to_the_first_later_record():
    records, notices = records_until(timed(1, 2, 3, 9), "2026-01-01T00:00:03.000Z")
    assert ([record.seq for record in records], notices) == ([1, 2, 3], ())


def test_where_clocks_disagree_the_order_decides_and_it_is_said():
    records, (notice,) = records_until(timed(1, 8, 3), "2026-01-01T00:00:05.000Z")
    assert [record.seq for record in records] == [1]
    assert "record 3 says 2026-01-01T00:00:03.000Z, but record 2" in notice


def test_before_the_ledger_nothing_is_known():
    with pytest.raises(LedgerError, match=r"the ledger begins at 2026-01-01T00:00:05\.000Z, after 2025"):
        records_until(timed(5), "2025")


def test_values_that_are_no_text_are_no_names():
    odd = records_of(Draft("lock.broken", {"holder": {"actor": {"user": "x", "pid": 7}}, "scope": None, "name": None}))
    assert wanted_records(odd, RecordFilter(strategies=("x",))) == ()
