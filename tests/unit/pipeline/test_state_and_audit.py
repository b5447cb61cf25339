"""A state that is lost or damaged is folded again; a ledger that is cut, foreign or damaged is refused."""

from dataclasses import replace

import pytest
from builders_ledger import records_of
from builders_world import make_plan_of, run_apply, world_of
from fakes import FakeAudience

from volvenctl.errors import LedgerError, UsageError
from volvenctl.model.audit import RecordFilter
from volvenctl.model.record import Draft, Head
from volvenctl.pipeline import audit
from volvenctl.pipeline import state as state_commands
from volvenctl.pipeline.opening import open_for_reading, open_for_writing
from volvenctl.wire.exact_json import canonical_text, digest_of, read_json


@pytest.fixture
def world():
    world = world_of("btc")
    run_apply(world)
    return world


def test_a_missing_state_file_is_folded_again_with_a_notice(world):
    world.ledger.state = None
    opened = open_for_reading(world)
    assert opened.state.strategies.keys() == {"btc"}
    assert "missing" in opened.notices[0]


@pytest.mark.parametrize("text", ["{}", '{"serial": 99}'])
def test_a_damaged_state_file_is_folded_again_with_a_notice(world, text):
    world.ledger.state = text
    assert "damaged" in open_for_reading(world).notices[0]
    audience = FakeAudience()
    run_apply(world, audience)
    assert "damaged" in audience.notices[0]
    assert read_json(world.ledger.state)["serial"] == len(world.ledger.records)


def test_records_after_the_state_file_are_read_too(world):
    stale = world.ledger.state
    world.specs.files["strategies/eth.yaml"] = world.specs.files["strategies/btc.yaml"].replace(
        "name: btc", "name: eth"
    )
    run_apply(world)
    world.ledger.state = stale
    opened = open_for_reading(world)
    assert opened.state.strategies.keys() == {"btc", "eth"}
    assert opened.notices == ()


@pytest.mark.parametrize("opening", [open_for_reading, open_for_writing])
def test_a_ledger_shorter_than_the_state_file_knows_is_refused(world, opening):
    for length in range(1, len(world.ledger.records)):
        cut = world_of("btc")
        cut.ledger.records = world.ledger.records[:length]
        cut.ledger.state = world.ledger.state
        with pytest.raises(LedgerError, match="it was cut"):
            opening(cut)


@pytest.mark.parametrize("opening", [open_for_reading, open_for_writing, audit.log])
@pytest.mark.parametrize("state", [None, "{}"])
def test_a_missing_ledger_is_refused_where_a_state_file_exists(world, opening, state):
    world.ledger.records = []
    world.ledger.state = state or world.ledger.state
    with pytest.raises(LedgerError):
        opening(world)


@pytest.mark.parametrize("opening", [open_for_reading, open_for_writing, audit.log])
def test_a_ledger_with_another_history_is_refused(world, opening):
    count = len(world.ledger.records)
    created = Draft("ledger.created", {"lineage": "L-2", "formatVersion": 1, "environment": "sandbox"})
    world.ledger.records = list(records_of(created, *[Draft("plan.approved", {})] * count))
    with pytest.raises(LedgerError, match="different histories"):
        opening(world)


def test_a_state_file_of_a_newer_version_is_refused(world):
    world.ledger.state = canonical_text({**read_json(world.ledger.state), "formatVersion": 2})
    with pytest.raises(LedgerError, match="format version 2"):
        open_for_reading(world)


def test_a_torn_end_is_reported_by_the_command_that_repaired_it(world):
    world.ledger.repair = lambda: "12 bytes of an unfinished append were cut off"
    assert open_for_writing(world).notices == ("12 bytes of an unfinished append were cut off",)


def test_init_creates_a_ledger_once():
    world = world_of()
    made = state_commands.init(world)
    assert [item.type for item in made.records] == ["ledger.created"]
    assert read_json(world.ledger.state)["serial"] == 1
    with pytest.raises(LedgerError, match="exists already"):
        state_commands.init(world)


def test_init_does_not_hide_a_lost_ledger(world):
    world.ledger.records = []
    with pytest.raises(LedgerError, match="exists already"):
        state_commands.init(world)


def test_the_state_that_is_shown_is_the_folded_one(world):
    document, notices = state_commands.current(world)
    assert document["strategies"].keys() == {"btc"}
    assert notices == ()


def test_rebuild_writes_what_the_ledger_says(world):
    good = world.ledger.state
    world.ledger.state = "{}"
    document, notices = state_commands.rebuild(world)
    assert (canonical_text(document), world.ledger.state) == (good, good)
    assert "damaged" in notices[0]


def test_there_is_nothing_to_rebuild_without_a_ledger():
    with pytest.raises(LedgerError, match="has no ledger"):
        state_commands.rebuild(world_of())


def test_the_audit_log_has_every_record(world):
    log = audit.log(world)
    assert log.records == tuple(world.ledger.records)
    assert (log.head.seq, log.notices) == (5, ())
    world.ledger.state = None
    assert audit.verify(world).log.notices == ("there is no state file to compare the end of the ledger with",)
    world.ledger.state = '{"serial": 9}'
    assert "is damaged, and cannot be compared" in audit.verify(world).log.notices[0]


def test_a_state_file_that_says_something_else_than_the_ledger_is_found(world):
    forged = {**read_json(world.ledger.state), "strategies": {}}
    forged["digest"] = digest_of({key: item for key, item in forged.items() if key != "digest"})
    world.ledger.state = canonical_text(forged)
    with pytest.raises(LedgerError, match="says something else than the ledger up to its own seq"):
        audit.verify(world)
    assert audit.log(world).notices == ("the state file says something else than the ledger",)


def test_a_state_file_that_is_behind_agrees_as_far_as_it_goes(world):
    stale = world.ledger.state
    world.ledger.records += records_of(
        Draft("halt", {"stopped": [], "failed": []}), head=Head(5, world.ledger.records[-1].hash)
    )
    world.ledger.state = stale
    assert (audit.verify(world).log.head.seq, audit.verify(world).log.notices) == (6, ())


def test_a_moment_of_the_past_is_what_the_ledger_knew_then(world):
    past = audit.moment(world, world.ledger.records[2].time, ())
    assert (past.state.head.seq, past.names, past.last.seq) == (5, ("btc",), 5)
    with pytest.raises(UsageError, match="knows no strategy 'eth'"):
        audit.moment(world, world.ledger.records[2].time, ("eth",))
    world.ledger.records = [replace(item, time=f"2026-01-0{item.seq}") for item in world.ledger.records]
    assert audit.moment(world, "2026-01-03", ()).names == ("btc",)
    assert audit.moment(world, "2026-01-02", ()).names == ()


def test_a_history_has_the_lives_that_the_wanted_records_begin_or_end(world):
    assert [span.run_state for span in audit.history(world, RecordFilter()).spans] == ["running"]
    assert audit.history(world, RecordFilter(types=("apply",))).spans == ()


def test_an_audit_of_nothing_is_an_error():
    with pytest.raises(LedgerError, match="has no ledger"):
        audit.log(world_of())


def test_an_audit_finds_a_changed_record(world):
    world.ledger.records[2] = replace(world.ledger.records[2], hash="sha256:" + "0" * 64)
    with pytest.raises(LedgerError, match="damaged at seq 4"):
        audit.log(world)


def test_a_plan_writes_nothing(world):
    before = (list(world.ledger.records), world.ledger.state)
    make_plan_of(world)
    assert (world.ledger.records, world.ledger.state) == before
