"""A ledger that moves: everything or nothing, the same ledger there, and nothing more here."""

from dataclasses import replace

import pytest
from builders_ledger import created, records_of
from builders_world import environment, run_apply, world_of
from fakes import MemoryLedger

from volvenctl.errors import Conflict, LedgerError, LockHeldError, StorageError
from volvenctl.model.record import Draft
from volvenctl.pipeline.migrate import migrate
from volvenctl.pipeline.opening import open_for_reading, open_for_writing

NEW = "git:origin/volvenctl-state"


@pytest.fixture
def world():
    world = world_of("btc")
    run_apply(world)
    return world


@pytest.fixture
def target():
    return MemoryLedger()


def test_the_ledger_is_the_same_there_and_sealed_here(world, target):
    records = list(world.ledger.records)
    log = migrate(world, target, NEW)
    assert target.records == records
    assert log.records == tuple(records)
    assert log.lineage == records[0].data["lineage"]
    assert world.ledger.moved_to == NEW
    moved = replace(world, ledger=target)
    assert open_for_reading(moved).notices == open_for_writing(moved).notices == ()


def test_the_notices_say_what_was_done_and_what_to_write(world, target):
    text = "\n".join(migrate(world, target, NEW).notices)
    for words in (
        f"{len(world.ledger.records)} records were copied to {NEW}",
        "memory is sealed",
        f"state: {NEW}  for sandbox",
    ):
        assert words in text


def test_the_source_refuses_every_write_and_names_where_it_went(world, target):
    migrate(world, target, NEW)
    with pytest.raises(LedgerError, match=NEW):
        run_apply(world)
    with pytest.raises(LedgerError, match=NEW):
        migrate(world, MemoryLedger(), "elsewhere")
    assert open_for_reading(world).state.strategies.keys() == {"btc"}


def test_a_part_of_a_copy_is_never_taken_for_the_whole(world, target, monkeypatch):
    monkeypatch.setattr("volvenctl.pipeline.migrate._BATCH", 1)
    for done in range(len(world.ledger.records)):
        target.records, target.fail_appends = list(world.ledger.records[:done]), 1
        with pytest.raises(StorageError):
            migrate(world, target, NEW)
        assert target.records == world.ledger.records[:done]
        assert world.ledger.moved_to is None
        for opening in (open_for_reading, open_for_writing):
            with pytest.raises(LedgerError, match=r"cut|missing"):
                opening(replace(world, ledger=target))


def test_an_interrupted_move_goes_on_where_it_was(world, target, monkeypatch):
    monkeypatch.setattr("volvenctl.pipeline.migrate._BATCH", 1)
    target.records = list(world.ledger.records[:2])
    assert "3 records were copied" in migrate(world, target, NEW).notices[0]
    assert target.records == world.ledger.records


def test_a_target_that_went_on_already_only_needs_the_seal(world, target):
    last = world.ledger.records[-1]
    target.records = [*world.ledger.records, *records_of(Draft("halt", {}), head=last)]
    assert "0 records were copied" in migrate(world, target, NEW).notices[0]
    assert len(target.records) == len(world.ledger.records) + 1
    assert world.ledger.moved_to == NEW


def test_a_target_with_another_ledger_is_refused_and_left_alone(world, target):
    target.records = list(records_of(created("other")))
    with pytest.raises(LedgerError, match=f"{NEW} holds another ledger from seq 1 on"):
        migrate(world, target, NEW)
    assert len(target.records) == 1
    assert world.ledger.moved_to is None


def test_a_target_that_lost_its_records_is_refused(world, target):
    theirs = world_of("eth")
    theirs.system.new_id()
    run_apply(theirs)
    target.state = theirs.ledger.state
    with pytest.raises(LedgerError, match="another ledger, whose records are missing"):
        migrate(world, target, NEW)
    assert target.records == []


def test_a_target_that_was_moved_itself_is_refused(world, target):
    target.moved_to = "s3://bucket/third"
    with pytest.raises(LedgerError, match="s3://bucket/third"):
        migrate(world, target, NEW)
    assert world.ledger.moved_to is None


def test_a_store_that_gives_back_something_else_gets_no_seal(world, target):
    class Forgetful(MemoryLedger):
        def append(self, expected, records):
            super().append(expected, records[:-1])

    with pytest.raises(LedgerError, match="does not give back what was written"):
        migrate(world, Forgetful(), NEW)
    assert world.ledger.moved_to is None


def test_a_writer_that_comes_between_copy_and_seal_keeps_the_old_ledger_in_use(world, target):
    def overtake(_records):
        world.ledger.records += records_of(Draft("halt", {}), head=world.ledger.records[-1])

    target.before_append = overtake
    with pytest.raises(Conflict):
        migrate(world, target, NEW)
    assert world.ledger.moved_to is None
    target.before_append = lambda _records: None
    migrate(world, target, NEW)
    assert target.records == world.ledger.records


@pytest.mark.parametrize("held", ["source", "target"])
def test_nobody_may_work_with_either_meanwhile(world, target, held):
    (world.ledger if held == "source" else target).held = {"operation": "apply", "actor": {"user": "bob"}}
    with pytest.raises(LockHeldError, match="bob"):
        migrate(world, target, NEW)
    assert target.records == []


def test_there_must_be_something_to_move(target):
    with pytest.raises(LedgerError, match="has no ledger at memory"):
        migrate(world_of("btc"), target, NEW)


def test_a_ledger_moves_as_that_of_its_own_environment_only(world, target):
    stranger = replace(world, environment=environment(name="other"))
    with pytest.raises(LedgerError, match="belongs to environment"):
        migrate(stranger, target, NEW)
    assert target.records == []


def test_results_that_wait_in_recovery_files_move_too(world, target):
    data = {"name": "btc", "attemptId": "a-9", "strategyId": "S-late"}
    world.ledger.kept["recovery-a-9.json"] = {"type": "attempt.succeeded", "data": data}
    migrate(world, target, NEW)
    assert target.records[-1].data["strategyId"] == "S-late"
    assert world.ledger.kept == {}
