"""Announcements lose a race and stay unwritten; reports are stored whatever happens."""

import threading

import pytest
from builders_ledger import apply_started, created, records_of, reported, started
from fakes import FakeSystem, MemoryLedger

from volvenctl.core.fold import fold_all
from volvenctl.errors import Conflict, LedgerError, StorageError
from volvenctl.model.record import Draft
from volvenctl.model.state import State
from volvenctl.pipeline.journal import Journal


@pytest.fixture
def store():
    return MemoryLedger()


@pytest.fixture
def journal(store):
    journal = Journal(store, FakeSystem(), State())
    journal.announce(created(), apply_started())
    return journal


def overtake(store, *drafts):
    """Append as another writer does, once, at the next append."""

    def once(_records):
        store.before_append = lambda _records: None
        state = fold_all(store.records)
        store.append(state.head.seq, records_of(*drafts, head=state.head))

    store.before_append = once


def types(store):
    return [item.type for item in store.records]


def test_what_was_announced_is_in_the_ledger_when_the_call_returns(store, journal):
    record = journal.announce(started())
    assert store.records[-1] == record
    assert journal.state.open_attempt_of("btc") is not None


def test_an_announcement_that_lost_a_race_is_not_written(store, journal):
    overtake(store, started("eth", "b-1"))
    with pytest.raises(Conflict):
        journal.announce(started())
    assert types(store)[2:] == ["attempt.started"]
    assert journal.state.open_attempt_of("btc") is None


def test_a_run_that_was_overtaken_announces_nothing_ever_again(store, journal):
    journal.announce(started())
    overtake(store, started("eth", "b-1"))
    journal.report(reported("unknown", reason="x"))
    with pytest.raises(Conflict, match="another writer"):
        journal.announce(started("sol", "a-2"))


def test_a_report_is_put_on_the_head_that_moved(store, journal):
    journal.announce(started())
    overtake(store, started("eth", "b-1"))
    journal.report(reported("succeeded", strategyId="S-1"))
    assert types(store)[3:] == ["attempt.started", "attempt.succeeded"]
    assert journal.state.strategies["btc"].strategy_id == "S-1"
    assert journal.state.open_attempt_of("eth") is not None


def test_a_report_is_tried_again_when_the_storage_failed_once(store, journal):
    journal.announce(started())
    store.fail_appends = 1
    journal.report(reported("refused"))
    assert types(store)[-1] == "attempt.refused"


def test_a_report_that_cannot_be_stored_says_so(store, journal):
    journal.announce(started())
    store.fail_appends = 9
    with pytest.raises(StorageError):
        journal.report(reported("refused"))


def test_an_announcement_is_never_tried_again(store, journal):
    store.fail_appends = 1
    with pytest.raises(StorageError):
        journal.announce(started())
    assert store.fail_appends == 0
    assert types(store) == ["ledger.created", "apply.started"]


def test_a_store_that_always_conflicts_does_not_hang_a_report(store, journal):
    journal.announce(started())

    def always(_records):
        raise Conflict("broken store")

    store.before_append = always
    with pytest.raises(Conflict):
        journal.report(reported("refused"))


def test_a_ledger_that_was_damaged_meanwhile_fails_the_report(store, journal):
    journal.announce(started())
    overtake(store, Draft("strategy.cloned", {}))
    with pytest.raises(LedgerError):
        journal.report(reported("refused"))


def test_records_of_many_workers_share_appends_and_none_is_lost(store, journal):
    sizes = []
    first_waits, all_wait = threading.Event(), threading.Event()

    def slow(records):
        sizes.append(len(records))
        if len(sizes) == 1:
            first_waits.set()
            all_wait.wait(10)

    store.before_append = slow
    workers = [threading.Thread(target=journal.announce, args=(started(f"s{n}", f"a-{n}"),)) for n in range(6)]
    workers[0].start()
    first_waits.wait(10)
    for worker in workers[1:]:
        worker.start()
    while len(journal._waiting) < 5:
        threading.Event().wait(0.001)
    all_wait.set()
    for worker in workers:
        worker.join()
    assert sizes == [1, 5]
    assert sorted(item.name for item in journal.state.attempts.values()) == [f"s{n}" for n in range(6)]
