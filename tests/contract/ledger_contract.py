"""What every ledger store and every lock cell promises. A backend's test class names the suite and gives fixtures.

`LedgerStoreContract` needs one fixture, `open_store`: a function that opens one more view of the same ledger, which
does not exist at first. `SharedLedgerContract` is for stores of several processes; there `open_store` must be
picklable (a module's function, or `functools.partial` of one), and these fixtures say how to break the store:

* `unreachable()` returns a store whose storage cannot be reached, and which was never used;
* `rewrite(lines)` puts these lines in place of the records 1, 2, ..., as somebody with all rights could;
* `tear()` leaves what a process leaves that was killed half-way through an append after the stored records;
* `losing_answers()`: a context in which appends are carried out but their answers are lost;
* `losing_requests()`: a context in which appends are neither carried out nor answered.

A fixture that makes no sense for a technology skips, with the reason.
"""

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress

import pytest
from builders_ledger import apply_started, created, reported, started, state_of
from fakes import FakeSystem

from volvenctl.errors import Conflict, LedgerError, LockHeldError, StorageError
from volvenctl.model.record import EMPTY, Draft, Head
from volvenctl.model.state import State
from volvenctl.pipeline.journal import Journal
from volvenctl.wire.ledger_v1 import make_records, record_line
from volvenctl.wire.state_v1 import state_document

ACTOR = {"user": "ann", "host": "desk-1", "pid": 7}
TIME = "2026-01-02T03:04:05.678Z"


def records_after(head, count=1, word="x"):
    return make_records([Draft("plan.approved", {"word": f"{word}{n}"}) for n in range(count)], head, TIME, ACTOR)


def head_of(records):
    return Head(records[-1].seq, records[-1].hash) if records else EMPTY


def in_threads(count, work):
    """Run work(0), work(1), ... at once and return what they return."""
    results = [None] * count
    barrier = threading.Barrier(count)

    def run(number):
        barrier.wait()
        results[number] = work(number)

    racers = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return results


def wins(store, head, word):
    """Whether this writer's record is the one that continues `head`."""
    try:
        store.append(head.seq, records_after(head, 1, word))
    except Conflict:
        return False
    return True


def add_records(open_store, word, count):
    """Put `count` records on whatever head there is, and return the seqs they got; runs in a process of its own."""
    store = open_store()
    seqs, known = [], store.read(0)
    while len(seqs) < count:
        head = head_of(known)
        if wins(store, head, f"{word}-{len(seqs)}-"):
            seqs.append(head.seq + 1)
        known += store.read(head.seq)
    return word, seqs


def add_first(open_store, word):
    """Return whether this process wrote the first record of all."""
    return wins(open_store(), EMPTY, word)


class LedgerStoreContract:
    @pytest.fixture
    def store(self, open_store):
        return open_store()

    @pytest.fixture
    def other(self, open_store):
        return open_store()

    def test_a_new_ledger_is_empty(self, store):
        assert store.read(0) == []
        assert store.read_state() is None
        assert store.repair() is None
        assert store.recoveries() == ()
        assert store.holder() is None

    def test_what_was_appended_is_read_back_in_order(self, store, other):
        first = records_after(EMPTY, 3)
        store.append(0, first)
        store.append(3, second := records_after(head_of(first), 2))
        for view in (store, other):
            assert view.read(0) == [*first, *second]
            assert view.read(2) == [first[2], *second]
            assert view.read(3) == list(second)
            assert view.read(4) == [second[1]]
            assert view.read(5) == []

    def test_what_another_writer_appended_is_read_and_continued(self, store, other):
        first = records_after(EMPTY, 1)
        store.append(0, first)
        assert other.read(0) == list(first)
        other.append(1, second := records_after(head_of(first), 2))
        assert store.read(1) == list(second)
        store.append(3, third := records_after(head_of(second), 1))
        assert other.read(0) == [*first, *second, *third]

    def test_every_json_value_is_read_back_as_it_was(self, store, other):
        odd = {"text": 'a"b\\c\u2028\x7f\x00é💰\n', "list": [1, True, None, [], {}], "huge": "9" * 5000}
        records = make_records([Draft("halt", odd), Draft("halt", {})], EMPTY, TIME, ACTOR)
        store.append(0, records)
        assert other.read(0) == list(records)

    def test_an_append_at_another_head_is_refused_and_writes_nothing(self, store):
        first = records_after(EMPTY, 2)
        store.append(0, first)
        with pytest.raises(Conflict):
            store.append(0, records_after(EMPTY, 1))
        with pytest.raises(Conflict):
            store.append(5, records_after(Head(5, first[-1].hash), 1))
        assert store.read(0) == list(first)

    def test_an_append_behind_a_writer_that_did_not_look_again_is_refused(self, store, other):
        first = records_after(EMPTY, 1)
        store.append(0, first)
        other.append(1, second := records_after(head_of(first), 1, "theirs"))
        with pytest.raises(Conflict):
            store.append(1, records_after(head_of(first), 3, "ours"))
        assert store.read(0) == [*first, *second]

    def test_an_append_to_another_history_is_refused(self, store):
        store.append(0, records_after(EMPTY, 1, "ours"))
        theirs = records_after(EMPTY, 1, "theirs")
        with pytest.raises(Conflict):
            store.append(1, records_after(head_of(theirs)))

    def test_of_many_threads_at_one_head_exactly_one_wins(self, store, open_store):
        views = [store, *(open_store() for _ in range(3))] * 2
        won = in_threads(8, lambda number: wins(views[number], EMPTY, f"racer{number}-"))
        assert won.count(True) == 1
        assert [item.data["word"] for item in store.read(0)] == [f"racer{won.index(True)}-0"]

    def test_two_writers_that_write_the_same_words_do_not_both_win(self, open_store):
        views = [open_store() for _ in range(4)]
        assert in_threads(4, lambda number: wins(views[number], EMPTY, "same")).count(True) == 1

    def test_an_overtaken_run_announces_nothing_and_reports_on_the_new_head(self, store, other):
        ours = Journal(store, FakeSystem(), State())
        ours.announce(created(), apply_started(), started())
        theirs = Journal(other, FakeSystem(), ours.state)
        theirs.announce(apply_started())
        with pytest.raises(Conflict):
            ours.announce(started("eth", "a-2"))
        assert ours.report(reported("refused")).seq == 5
        with pytest.raises(Conflict):
            ours.announce(started("eth", "a-3"))
        kinds = [record.type for record in other.read(0)]
        assert kinds == ["ledger.created", "apply.started", "attempt.started", "apply.started", "attempt.refused"]

    def test_an_outcome_and_the_next_start_go_into_one_append(self, store, other):
        journal = Journal(store, FakeSystem(), State())
        journal.announce(created(), apply_started(), started())
        turn = journal.turn(reported("refused"), started("eth", "a-2"))
        assert (turn.lost, turn.refused) == (None, None)
        assert [record.seq for record in other.read(3)] == [4, 5]

    def test_the_lock_has_one_holder_and_says_who(self, store, other):
        with store.lock("apply", ACTOR):
            held = other.holder()
            assert (held["actor"]["user"], held["operation"]) == ("ann", "apply")
            with pytest.raises(LockHeldError, match="ann"), other.lock("apply", ACTOR):
                pass
        assert other.holder() is None
        with other.lock("apply", ACTOR):
            assert store.holder()["actor"]["user"] == "ann"

    def test_an_error_under_the_lock_passes_through_and_frees_it(self, store, other):
        with pytest.raises(OSError, match="not the lock's"), store.lock("apply", ACTOR):
            raise OSError("not the lock's")
        assert other.holder() is None

    def test_the_lock_keeps_nobody_from_reading_and_is_no_part_of_the_ledger(self, store, other):
        with store.lock("apply", ACTOR):
            store.append(0, first := records_after(EMPTY))
            assert other.read(0) == list(first)
            other.append(1, second := records_after(head_of(first)))
            assert store.read(0) == [*first, *second]

    def test_the_state_document_is_replaced_as_a_whole(self, store, other):
        with store.lock("apply", ACTOR):
            store.write_state({"serial": 1})
            store.write_state({"serial": 2, "strategies": {}})
        assert store.read_state() == other.read_state() == {"serial": 2, "strategies": {}}

    def test_a_state_document_is_never_replaced_by_an_older_one(self, store, other):
        older, newer = (state_document(state_of(created(), *[apply_started()] * count)) for count in (1, 3))
        store.append(0, records_after(EMPTY))
        store.write_state(newer)
        for view in (store, other):
            view.write_state(older)
            assert view.read_state() == newer

    def test_a_damaged_state_document_gives_way_whatever_it_says(self, store):
        good = state_document(state_of(created()))
        store.append(0, records_after(EMPTY))
        store.write_state({**good, "serial": 99})
        store.write_state(good)
        assert store.read_state() == good

    def test_a_state_document_between_two_appends_is_no_lost_race(self, store, other):
        store.append(0, first := records_after(EMPTY))
        other.write_state({"serial": 1})
        store.append(1, second := records_after(head_of(first)))
        other.write_state({"serial": 2})
        store.write_state({"serial": 2, "again": True})
        assert other.read(0) == [*first, *second]

    def test_a_sealed_ledger_is_read_as_before_and_takes_nothing_any_more(self, store, open_store):
        store.append(0, records := records_after(EMPTY, 2))
        store.seal(2, "git:origin/elsewhere")
        for view in (store, open_store()):
            assert view.read(0) == list(records)
            for write in (
                lambda view=view: view.append(2, records_after(head_of(records))),
                view.repair,
                lambda view=view: view.seal(2, "s3://a-third/place"),
            ):
                with pytest.raises(LedgerError, match="git:origin/elsewhere"):
                    write()
        assert store.read(0) == list(records)

    def test_a_ledger_is_not_sealed_at_a_head_that_moved(self, store, other):
        store.append(0, first := records_after(EMPTY))
        other.append(1, second := records_after(head_of(first)))
        with pytest.raises(Conflict):
            store.seal(1, "git:origin/elsewhere")
        other.append(2, third := records_after(head_of(second)))
        assert other.read(0) == [*first, *second, *third]

    def test_of_a_seal_and_an_append_at_one_head_one_wins(self, store, other):
        store.append(0, first := records_after(EMPTY))

        def seals():
            try:
                store.seal(1, "git:origin/elsewhere")
            except Conflict:
                return False
            return True

        def appends():
            try:
                return wins(other, head_of(first), "late")
            except LedgerError:
                return False

        assert sorted(in_threads(2, lambda number: (seals, appends)[number]())) == [False, True]

    def test_a_recovery_file_is_found_until_it_is_dropped(self, store):
        with store.lock("apply", ACTOR):
            store.append(0, records_after(EMPTY))
            store.save_recovery("a-1", {"type": "attempt.succeeded", "data": {"attemptId": "a-1"}})
        [(name, document)] = store.recoveries()
        assert document["data"] == {"attemptId": "a-1"}
        store.drop_recovery(name)
        assert store.recoveries() == ()


class SharedLedgerContract(LedgerStoreContract):
    """For stores that several processes share."""

    def test_of_many_processes_at_one_head_exactly_one_wins(self, open_store):
        with _processes(4) as pool:
            won = list(pool.map(add_first, [open_store] * 8, [f"racer{number}-" for number in range(8)]))
        assert won.count(True) == 1
        assert [item.data["word"] for item in open_store().read(0)] == [f"racer{won.index(True)}-0"]

    def test_what_many_processes_append_is_all_there_once_at_the_seq_each_was_told(self, open_store):
        words = [f"w{number}" for number in range(4)]
        with _processes(4) as pool:
            seqs = dict(pool.map(add_records, [open_store] * 4, words, [3] * 4))
        records = open_store().read(0)
        assert sorted(seq for told in seqs.values() for seq in told) == list(range(1, 13))
        for word, told in seqs.items():
            assert [records[seq - 1].data["word"] for seq in told] == [f"{word}-{n}-0" for n in range(3)]

    def test_a_lost_answer_is_no_lost_race_and_the_records_are_there_once(self, store, other, losing_answers):
        first = records_after(EMPTY)
        store.append(0, first)
        second = records_after(head_of(first), 3, "second")
        with losing_answers():
            is_known = _is_stored(store, 1, second)
        if not is_known:
            store.append(1, second)
        assert other.read(0) == [*first, *second]
        store.append(4, third := records_after(head_of(second)))
        assert other.read(4) == list(third)

    def test_a_lost_answer_to_the_first_append_of_all_is_no_lost_race(self, store, other, losing_answers):
        first = records_after(EMPTY, 2)
        with losing_answers():
            is_known = _is_stored(store, 0, first)
        if not is_known:
            store.append(0, first)
        assert other.read(0) == list(first)

    def test_a_lost_request_is_an_error_of_the_storage_and_may_be_repeated(self, store, other, losing_requests):
        first = records_after(EMPTY)
        store.append(0, first)
        second = records_after(head_of(first))
        with losing_requests(), pytest.raises(StorageError):
            store.append(1, second)
        assert other.read(0) == list(first)
        store.append(1, second)
        assert other.read(0) == [*first, *second]

    def test_a_lost_request_that_another_writer_overtakes_is_a_lost_race(self, store, other, losing_requests):
        first = records_after(EMPTY)
        store.append(0, first)
        second = records_after(head_of(first), 1, "ours")
        with losing_requests(), pytest.raises(StorageError):
            store.append(1, second)
        other.append(1, theirs := records_after(head_of(first), 1, "theirs"))
        with pytest.raises(Conflict):
            store.append(1, second)
        assert store.read(0) == [*first, *theirs]

    def test_a_lost_answer_leaves_a_journal_with_each_record_once(self, store, other, losing_answers):
        journal = Journal(store, FakeSystem(), State())
        journal.announce(created(), apply_started(), started())
        with losing_answers(), suppress(StorageError, Conflict):
            journal.report(reported("refused"))
        kinds = [record.type for record in other.read(0)]
        assert kinds == ["ledger.created", "apply.started", "attempt.started", "attempt.refused"]

    def test_a_torn_end_is_left_out_repaired_and_continued(self, store, open_store, tear):
        store.append(0, first := records_after(EMPTY, 2))
        tear()
        fresh = open_store()
        assert fresh.read(0) == list(first)
        fresh.repair()
        fresh.append(2, second := records_after(head_of(first)))
        assert open_store().read(0) == [*first, *second]
        assert open_store().repair() is None

    def test_a_storage_that_cannot_be_reached_says_so_in_one_kind_of_error_each(self, unreachable):
        store = unreachable()
        with pytest.raises(LedgerError):
            store.read(0)
        with pytest.raises(StorageError):
            store.append(0, records_after(EMPTY))
        with pytest.raises(StorageError):
            store.write_state({"serial": 1})
        with pytest.raises(StorageError), store.lock("apply", ACTOR):
            pass

    def test_a_result_is_kept_where_the_storage_cannot_be_reached(self, unreachable, capsys):
        where = unreachable().save_recovery("a-1", {"type": "attempt.succeeded", "data": {"attemptId": "a-1"}})
        assert "recovery-a-1.json" in where or '"a-1"' in capsys.readouterr().err

    @pytest.mark.parametrize("seq", [1, 3, 5])
    def test_a_changed_record_is_refused_with_its_seq(self, store, open_store, rewrite, seq):
        lines = self._stored(store)
        lines[seq - 1] = lines[seq - 1].replace(b'"x', b'"y')
        rewrite(lines)
        with pytest.raises(LedgerError, match=f"at seq {seq}:"):
            open_store().read(0)

    @pytest.mark.parametrize("seq", [1, 3])
    def test_a_deleted_record_is_refused_with_its_seq(self, store, open_store, rewrite, seq):
        lines = self._stored(store)
        rewrite([*lines[: seq - 1], *lines[seq:]])
        with pytest.raises(LedgerError, match=f"at seq {seq}:"):
            open_store().read(0)

    def test_swapped_and_doubled_records_are_refused_with_their_seq(self, store, open_store, rewrite):
        lines = self._stored(store)
        for changed, seq in (([lines[1], lines[0], *lines[2:]], 1), ([*lines, lines[4]], 6)):
            rewrite(changed)
            with pytest.raises(LedgerError, match=f"at seq {seq}:"):
                open_store().read(0)

    def test_a_ledger_with_another_history_is_not_continued(self, store, open_store, rewrite):
        self._stored(store)
        rewrite([record_line(record)[:-1] for record in records_after(EMPTY, 5, "theirs")])
        with pytest.raises((Conflict, LedgerError)):
            store.append(5, records_after(head_of(records_after(EMPTY, 5))))

    def test_a_ledger_that_was_cut_is_refused(self, store, open_store, rewrite):
        rewrite(self._stored(store)[:3])
        for view in (store, open_store()):
            with pytest.raises(LedgerError):
                view.read(5)

    def test_a_large_ledger_is_read_from_any_seq_on(self, store, open_store):
        records = []
        for count in (999, 1, 1, 1500, 1, 3):
            more = records_after(head_of(records), count, f"b{len(records)}-")
            store.append(len(records), more)
            records.extend(more)
        fresh = open_store()
        for after in (0, 1, 998, 999, 1000, 1001, 1002, 2000, 2500, 2501, 2502, 2504, 2505):
            assert fresh.read(after) == records[after:], after

    def test_a_large_record_is_stored_whole(self, store, open_store):
        records = make_records([Draft("halt", {"text": "x" * 1_500_000})], EMPTY, TIME, ACTOR)
        store.append(0, records)
        assert open_store().read(0) == list(records)

    @staticmethod
    def _stored(store):
        """Store five records, in two appends, and return their lines."""
        records = records_after(EMPTY, 5)
        store.append(0, records[:2])
        store.append(2, records[2:])
        return [record_line(record)[:-1] for record in records]


class LockCellContract:
    """For lock cells; the fixture `open_cell` opens one more view of the same cell, which is empty at first."""

    def test_an_empty_cell_is_taken_once(self, open_cell):
        first, second = open_cell(), open_cell()
        assert first.read() is None
        version = first.put(None, {"who": "ann"})
        assert version is not None
        assert second.put(None, {"who": "bob"}) is None
        assert first.read() == second.read() == (version, {"who": "ann"})

    def test_a_cell_is_replaced_only_by_who_knows_its_version(self, open_cell):
        cell, other = open_cell(), open_cell()
        first = cell.put(None, {"beat": 1})
        second = cell.put(first, {"beat": 2})
        assert second not in {None, first}
        assert other.put(first, {"beat": 3}) is None
        assert other.read() == (second, {"beat": 2})

    def test_the_same_document_again_is_a_new_version(self, open_cell):
        cell = open_cell()
        first = cell.put(None, {"beat": 1})
        assert cell.put(first, {"beat": 1}) not in {None, first}

    def test_a_cell_is_removed_only_by_who_knows_its_version(self, open_cell):
        cell, other = open_cell(), open_cell()
        first = cell.put(None, {"beat": 1})
        second = other.put(first, {"beat": 2})
        cell.remove(first)
        assert cell.read() == (second, {"beat": 2})
        cell.remove(second)
        assert cell.read() is None
        assert other.put(second, {"beat": 3}) is None
        assert other.put(None, {"beat": 4}) is not None

    def test_of_many_that_take_an_empty_cell_exactly_one_gets_it(self, open_cell):
        cells = [open_cell() for _ in range(6)]
        versions = in_threads(6, lambda number: cells[number].put(None, {"who": number}))
        [winner] = [number for number, version in enumerate(versions) if version is not None]
        assert open_cell().read() == (versions[winner], {"who": winner})

    def test_of_many_that_replace_one_version_exactly_one_does(self, open_cell):
        cells = [open_cell() for _ in range(6)]
        version = cells[0].put(None, {})
        versions = in_threads(6, lambda number: cells[number].put(version, {"who": number}))
        assert sum(item is not None for item in versions) == 1


def _is_stored(store, expected, records):
    """Whether the store knows that it stored these; if it does not know, that is no lost race."""
    try:
        store.append(expected, records)
    except StorageError:
        return False
    return True


def _processes(count):
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))
