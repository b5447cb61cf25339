"""What every ledger store promises, run for each of them."""

import os
import threading

import pytest
from builders_ledger import apply_started, created, state_of
from fakes import FakeSystem, MemoryLedger

from volvenctl.adapters.ledger_dir import LedgerDir
from volvenctl.errors import Conflict, LockHeldError
from volvenctl.model.record import EMPTY, Draft, Head
from volvenctl.wire.ledger_v1 import make_records
from volvenctl.wire.state_v1 import state_document

ACTOR = {"user": "ann", "host": "desk-1", "pid": 7}
TIME = "2026-01-02T03:04:05.678Z"


def records_after(head, count=1, word="x"):
    return make_records([Draft("plan.approved", {"word": f"{word}{n}"}) for n in range(count)], head, TIME, ACTOR)


def head_of(records):
    return Head(records[-1].seq, records[-1].hash)


class LedgerStoreContract:
    def test_a_new_ledger_is_empty(self, store):
        assert store.read(0) == []
        assert store.read_state() is None
        assert store.repair() is None
        assert store.recoveries() == ()

    def test_what_was_appended_is_read_back_in_order(self, store):
        first = records_after(EMPTY, 3)
        store.append(0, first)
        store.append(3, second := records_after(head_of(first), 2))
        assert store.read(0) == [*first, *second]
        assert store.read(3) == list(second)
        assert store.read(5) == []

    def test_an_append_at_another_head_is_refused_and_writes_nothing(self, store):
        first = records_after(EMPTY, 2)
        store.append(0, first)
        with pytest.raises(Conflict):
            store.append(0, records_after(EMPTY, 1))
        with pytest.raises(Conflict):
            store.append(5, records_after(Head(5, first[-1].hash), 1))
        assert store.read(0) == list(first)

    def test_an_append_to_another_history_is_refused(self, store):
        store.append(0, records_after(EMPTY, 1, "ours"))
        theirs = records_after(EMPTY, 1, "theirs")
        with pytest.raises(Conflict):
            store.append(1, records_after(head_of(theirs)))

    def test_of_many_writers_at_one_head_exactly_one_wins(self, store):
        won = []

        def race(number):
            try:
                store.append(0, records_after(EMPTY, 1, f"racer{number}-"))
            except Conflict:
                return
            won.append(number)

        racers = [threading.Thread(target=race, args=(number,)) for number in range(8)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert len(won) == 1
        assert [item.data["word"] for item in store.read(0)] == [f"racer{won[0]}-0"]

    def test_the_lock_has_one_holder_and_says_who(self, store, other):
        with store.lock("apply", ACTOR):
            assert other.holder()["actor"]["user"] == "ann"
            with pytest.raises(LockHeldError, match="ann"), other.lock("apply", ACTOR):
                pass
        assert other.holder() is None
        with other.lock("apply", ACTOR):
            pass

    def test_an_error_under_the_lock_passes_through_and_frees_it(self, store, other):
        with pytest.raises(OSError, match="not the lock's"), store.lock("apply", ACTOR):
            raise OSError("not the lock's")
        assert other.holder() is None

    def test_the_state_document_is_replaced_as_a_whole(self, store):
        with store.lock("apply", ACTOR):
            store.write_state({"serial": 1})
            store.write_state({"serial": 2, "strategies": {}})
        assert store.read_state() == {"serial": 2, "strategies": {}}

    def test_a_state_document_is_never_replaced_by_an_older_one(self, store):
        older, newer = (state_document(state_of(created(), *[apply_started()] * count)) for count in (1, 3))
        store.append(0, records_after(EMPTY))
        store.write_state(newer)
        store.write_state(older)
        assert store.read_state() == newer

    def test_a_damaged_state_document_gives_way_whatever_it_says(self, store):
        good = state_document(state_of(created()))
        store.append(0, records_after(EMPTY))
        store.write_state({**good, "serial": 99})
        store.write_state(good)
        assert store.read_state() == good

    def test_a_recovery_file_is_found_until_it_is_dropped(self, store):
        with store.lock("apply", ACTOR):
            store.append(0, records_after(EMPTY))
            store.save_recovery("a-1", {"type": "attempt.succeeded", "data": {"attemptId": "a-1"}})
        [(name, document)] = store.recoveries()
        assert document["data"] == {"attemptId": "a-1"}
        store.drop_recovery(name)
        assert store.recoveries() == ()


class TestMemoryLedger(LedgerStoreContract):
    @pytest.fixture
    def store(self):
        return MemoryLedger()

    @pytest.fixture
    def other(self, store):
        return store


class TestLedgerDir(LedgerStoreContract):
    @pytest.fixture
    def store(self, tmp_path):
        return LedgerDir(tmp_path / "state", tmp_path, FakeSystem())

    @pytest.fixture
    def other(self, tmp_path):
        return LedgerDir(tmp_path / "state", tmp_path, FakeSystem())

    def test_two_processes_views_of_one_folder_race_safely(self, store, other):
        first = records_after(EMPTY)
        store.append(0, first)
        other.append(1, second := records_after(head_of(first)))
        with pytest.raises(Conflict):
            store.append(1, records_after(head_of(first)))
        assert store.read(0) == [*first, *second]

    def test_files_are_private(self, store, tmp_path):
        before = os.umask(0)
        try:
            with store.lock("apply", ACTOR):
                store.append(0, records_after(EMPTY))
                store.write_state({})
        finally:
            os.umask(before)
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "state").iterdir()}
        assert modes == {"ledger.jsonl": 0o600, "state.json": 0o600, "lock": 0o600}
        assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
