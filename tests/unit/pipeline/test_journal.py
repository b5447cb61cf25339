"""Announcements lose a race and stay unwritten; reports are stored whatever happens."""

import threading

import pytest
from builders_ledger import ACTOR, apply_started, created, records_of, reported, started, succeeded
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


def turned(journal, report, announcement):
    """Return why the report was not stored, and why the announcement was not."""
    turn = journal.turn(report, announcement)
    return turn.lost, turn.refused


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


def test_the_time_of_an_announcement_counts_from_its_record_and_not_from_the_wait_behind_another_append(store):
    system = FakeSystem()
    journal = Journal(store, system, State())
    journal.announce(created(), apply_started())
    first_waits, goes_on, turns = threading.Event(), threading.Event(), []

    def slow(records):
        if len(store.records) == 2:
            first_waits.set()
            goes_on.wait(10)
            system.sleep(7)
        else:
            system.sleep(3)

    store.before_append = slow
    workers = [
        threading.Thread(target=lambda n=n: turns.append(journal.turn(None, started(f"s{n}", f"a-{n}"))))
        for n in range(2)
    ]
    workers[0].start()
    first_waits.wait(10)
    workers[1].start()
    while not journal._waiting:
        threading.Event().wait(0.001)
    goes_on.set()
    for worker in workers:
        worker.join(10)
    assert sorted(turn.stamped_at for turn in turns) == [1000.0, 1007.0]
    assert [record.time[17:19] for record in store.records[2:]] == ["05", "12"]


def counting(store, fails):
    """Count the appends; `fails` returns what each of them, counted from 1, fails with, or None."""
    tries = []

    def count(_records):
        tries.append(1)
        error = fails(len(tries))
        if error is not None:
            raise error

    store.before_append = count
    return tries


def test_records_are_dated_by_the_clock_and_signed_by_who_runs_it(store, journal):
    journal.announce(started())
    assert {(item.time, item.actor["user"]) for item in store.records} == {("2026-01-02T03:04:05.678Z", "ann")}
    assert store.records[-1].actor == ACTOR


def test_of_several_announcements_the_last_record_is_returned_and_all_are_in_one_append(store, journal):
    tries = counting(store, lambda _number: None)
    record = journal.announce(started("btc", "a-1"), started("eth", "a-2"))
    assert (record.seq, record.data["name"], len(tries)) == (4, "eth", 1)


def test_a_journal_goes_on_at_the_head_it_was_given(store, journal):
    later = Journal(store, FakeSystem(), fold_all(store.records))
    assert later.report(started()).seq == 3
    assert later.records == (store.records[2],)
    assert journal.records == tuple(store.records[:2])


@pytest.mark.parametrize(("lost", "is_stored"), [(49, True), (50, False)])
def test_a_report_gives_up_after_losing_fifty_races(store, journal, lost, is_stored):
    journal.announce(started())
    tries = counting(store, lambda number: Conflict(f"race {number}") if number <= lost else None)
    if is_stored:
        assert journal.report(reported("refused")).seq == 4
    else:
        with pytest.raises(Conflict, match="race 50"):
            journal.report(reported("refused"))
    assert len(tries) == 50


@pytest.mark.parametrize(("broken", "is_stored"), [(1, True), (2, False)])
def test_a_report_is_tried_twice_where_the_storage_fails(store, journal, broken, is_stored):
    journal.announce(started())
    tries = counting(store, lambda number: StorageError(f"try {number}") if number <= broken else None)
    if is_stored:
        assert journal.report(reported("refused")).seq == 4
    else:
        with pytest.raises(StorageError, match="try 2"):
            journal.report(reported("refused"))
    assert len(tries) == 2


def test_lost_races_and_failures_of_the_storage_are_counted_apart(store, journal):
    journal.announce(started())
    tries = counting(store, {1: StorageError("full"), 2: Conflict("race")}.get)
    journal.report(reported("refused"))
    assert len(tries) == 3


def test_a_ledger_that_cannot_be_read_after_a_lost_race_fails_the_report(store, journal):
    journal.announce(started())
    counting(store, lambda number: Conflict("race") if number == 1 else None)

    def unreadable(_after):
        raise StorageError("the disk is gone")

    store.read = unreadable
    with pytest.raises(StorageError, match="the disk is gone"):
        journal.report(reported("refused"))
    assert types(store)[-1] == "attempt.started"


def test_a_run_that_was_overtaken_still_reports(store, journal):
    journal.announce(started())
    overtake(store, started("eth", "b-1"))
    journal.report(reported("unknown", reason="x"))
    assert journal.report(succeeded("S-1")).seq == 6


class TestTurn:
    """What was learned and what is next, in one append."""

    def test_both_are_stored_in_one_append(self, store, journal):
        journal.announce(started())
        tries = counting(store, lambda _number: None)
        assert turned(journal, succeeded("S-1"), started("eth", "a-2")) == (None, None)
        assert (types(store)[3:], len(tries)) == (["attempt.succeeded", "attempt.started"], 1)

    def test_after_a_lost_race_only_what_was_learned_is_stored(self, store, journal):
        journal.announce(started())
        overtake(store, started("sol", "b-1"))
        lost, refused = turned(journal, succeeded("S-1"), started("eth", "a-2"))
        assert (lost, type(refused)) == (None, Conflict)
        assert types(store)[3:] == ["attempt.started", "attempt.succeeded"]

    def test_once_overtaken_every_next_start_is_refused(self, store, journal):
        journal.announce(started())
        overtake(store, started("sol", "b-1"))
        journal.report(reported("unknown", reason="x"))
        lost, refused = turned(journal, succeeded("S-1"), started("eth", "a-2"))
        assert (lost, type(refused)) == (None, Conflict)
        assert refused.hint == "run the command again; it starts from what the other run left"
        assert types(store)[-1] == "attempt.succeeded"

    def test_a_storage_that_fails_once_costs_the_start_and_not_the_result(self, store, journal):
        journal.announce(started())
        store.fail_appends = 1
        lost, refused = turned(journal, succeeded("S-1"), started("eth", "a-2"))
        assert (lost, type(refused)) == (None, StorageError)
        assert types(store)[-1] == "attempt.succeeded"

    def test_a_damaged_ledger_takes_neither(self, store, journal):
        journal.announce(started())
        damaged = LedgerError("the ledger is damaged")
        tries = counting(store, lambda _number: damaged)
        assert turned(journal, succeeded("S-1"), started("eth", "a-2")) == (damaged, damaged)
        assert len(tries) == 1


def test_a_bug_while_storing_reaches_its_worker_and_the_others_are_told_that_nothing_was_stored(store, journal):
    begun, goes_on = threading.Event(), threading.Event()
    raised = []

    def bug(_records):
        begun.set()
        goes_on.wait(10)
        raise RuntimeError("a bug")

    def announce(name, attempt):
        try:
            journal.announce(started(name, attempt))
        except (RuntimeError, StorageError) as error:
            raised.append((name, type(error), str(error)))

    store.before_append = bug
    first = threading.Thread(target=announce, args=("btc", "a-1"))
    first.start()
    begun.wait(10)
    second = threading.Thread(target=announce, args=("eth", "a-2"))
    second.start()
    while not journal._waiting:
        threading.Event().wait(0.001)
    goes_on.set()
    first.join(10)
    second.join(10)
    assert sorted(raised) == [("btc", RuntimeError, "a bug"), ("eth", RuntimeError, "a bug")]
    store.before_append = lambda _records: None
    assert journal.announce(started("sol", "a-3")).seq == 3


def test_whoever_waits_in_a_batch_that_met_a_bug_is_told_that_nothing_was_stored(store, journal):
    begun, goes_on = threading.Event(), threading.Event()
    raised = []

    def bug_in_a_batch(records):
        begun.set()
        goes_on.wait(10)
        if len(records) > 1:
            raise RuntimeError("a bug")

    def announce(name, attempt):
        try:
            journal.announce(started(name, attempt))
        except (RuntimeError, StorageError) as error:
            raised.append((type(error).__name__, str(error)))

    store.before_append = bug_in_a_batch
    workers = [threading.Thread(target=announce, args=(f"s{n}", f"a-{n}")) for n in range(3)]
    workers[0].start()
    begun.wait(10)
    for worker in workers[1:]:
        worker.start()
    while len(journal._waiting) < 2:
        threading.Event().wait(0.001)
    goes_on.set()
    for worker in workers:
        worker.join(10)
    assert sorted(raised) == [("RuntimeError", "a bug"), ("StorageError", "a record was not stored")]
    assert types(store)[2:] == ["attempt.started"]


def test_a_turn_in_a_batch_that_met_a_bug_is_told_that_neither_was_stored(store, journal):
    begun, goes_on = threading.Event(), threading.Event()
    said = []

    def bug_in_a_batch(records):
        begun.set()
        goes_on.wait(10)
        if len(records) > 1:
            raise RuntimeError("a bug")

    def turn(number):
        try:
            said.extend(turned(journal, succeeded("S-1", attempt=f"a-{number}"), started(f"s{number}", f"b-{number}")))
        except RuntimeError as error:
            said.append(error)

    store.before_append = bug_in_a_batch
    workers = [threading.Thread(target=journal.announce, args=(started(),))]
    workers += [threading.Thread(target=turn, args=(number,)) for number in range(2)]
    workers[0].start()
    begun.wait(10)
    for worker in workers[1:]:
        worker.start()
    while len(journal._waiting) < 2:
        threading.Event().wait(0.001)
    goes_on.set()
    for worker in workers:
        worker.join(10)
    assert sorted(type(item).__name__ for item in said) == ["RuntimeError", "StorageError", "StorageError"]
    assert {str(item) for item in said} == {"a bug", "a record was not stored"}
    assert types(store)[2:] == ["attempt.started"]
