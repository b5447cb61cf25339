"""The ledger in PostgreSQL where its contract says nothing: locks, doubts, rights, versions and secrets."""

import threading
from functools import partial
from pathlib import Path

import pytest
from builders_ledger import ACTOR, created, records_of, state_of
from fakes import FakeSystem
from servers_postgres import COMMIT, PASSWORD, line, postgres  # noqa: F401 - fixtures

from volvenctl.adapters.ledger_postgres import LedgerPostgres
from volvenctl.adapters.postgres_session import PostgresSession
from volvenctl.adapters.recovery_files import RecoveryFiles
from volvenctl.errors import Conflict, LedgerError, LockHeldError, StorageError
from volvenctl.model.record import Draft, Head
from volvenctl.wire.ledger_v1 import record_line
from volvenctl.wire.state_url import read_postgres_url
from volvenctl.wire.state_v1 import state_document

FIRST = records_of(created())


@pytest.fixture
def database(postgres):  # noqa: F811
    with postgres.database() as name:
        yield name


@pytest.fixture
def open_store(postgres, database, tmp_path):  # noqa: F811
    def open_store(url=None, *, allows_clear_password=False, **options):
        place = read_postgres_url(url or postgres.url(database, **options), "prod")
        session = PostgresSession(place, allows_clear_password=allows_clear_password)
        return LedgerPostgres(place, session, RecoveryFiles(tmp_path, tmp_path), FakeSystem())

    return open_store


@pytest.fixture
def run(postgres, database):  # noqa: F811
    return partial(postgres.run, database=database)


def more(count=1, word="x", head=FIRST[-1]):
    drafts = [Draft("halt", {"word": f"{word}{number}"}) for number in range(count)]
    return records_of(*drafts, head=Head(head.seq, head.hash))


def test_a_record_is_stored_as_the_text_that_was_hashed(open_store, run):
    open_store().append(0, FIRST)
    [(ledger, seq, text, kind)] = run("select ledger, seq, line, pg_typeof(line)::text from volvenctl.record")
    assert (ledger, seq, text.encode() + b"\n", kind) == ("prod", 1, record_line(FIRST[0]), "text")


def test_reading_creates_nothing(open_store, run):
    store = open_store()
    assert (store.read(0), store.read_state(), store.holder(), store.repair()) == ([], None, None, None)
    assert run("select nspname from pg_namespace where nspname = 'volvenctl'") == []


def test_ledgers_of_one_database_do_not_see_each_other(open_store, postgres, database):  # noqa: F811
    desk, other = open_store(), open_store(postgres.url(database) + "?ledger=other/desk")
    with desk.lock("apply", ACTOR), other.lock("apply", ACTOR):
        desk.append(0, FIRST)
        assert other.read(0) == []
        other.append(0, records_of(created("other")))
    desk.write_state({"serial": 1})
    assert other.read_state() is None
    desk.seal(1, "elsewhere")
    assert other.repair() is None


def test_tables_of_a_newer_version_are_neither_read_nor_written(open_store, run):
    open_store().append(0, FIRST)
    run("update volvenctl.version set version = 2")
    store = open_store()
    for use in (partial(store.read, 0), store.read_state, store.repair, partial(store.append, 1, more())):
        with pytest.raises(LedgerError, match="have version 2; this version of volvenctl knows 1"):
            use()


def test_tables_that_a_person_with_rights_made_are_enough(open_store, run):
    open_store().append(0, FIRST)
    run("drop role if exists desk")
    run("create role desk login")
    run("grant usage on schema volvenctl to desk")
    run("grant select on all tables in schema volvenctl to desk")
    run("grant insert on volvenctl.record, volvenctl.ledger to desk")
    run("grant update on volvenctl.ledger to desk")
    store = open_store(user="desk")
    with store.lock("apply", ACTOR):
        store.append(1, more())
        store.write_state({"serial": 2})
    assert len(store.read(0)) == 2
    run("drop owned by desk")


def test_who_may_not_create_the_tables_is_told_what_the_server_says(open_store, run):
    run("drop role if exists guest")
    run("create role guest login")
    with pytest.raises(StorageError, match="permission denied") as refusal:
        open_store(user="guest").append(0, FIRST)
    assert "may this user work with the schema volvenctl" in refusal.value.hint


def test_an_insert_that_the_server_refuses_is_an_error_in_its_words(open_store, run):
    store = open_store()
    store.append(0, FIRST)
    run("alter table volvenctl.record add constraint full_disk check (seq < 2)")
    with pytest.raises(StorageError, match="full_disk"):
        store.append(1, more())
    assert store.read(0) == list(FIRST)


def test_a_row_that_is_missing_in_the_middle_is_damage(open_store, run):
    store = open_store()
    store.append(0, FIRST)
    store.append(1, more(3))
    run("delete from volvenctl.record where seq = 3")
    for after in (0, 1, 2, 3):
        with pytest.raises(LedgerError, match="damaged at seq 3"):
            store.read(after)


def test_a_state_that_is_no_json_is_an_empty_one_and_gives_way(open_store, run):
    store = open_store()
    store.append(0, FIRST)
    for text in ("{", "[]"):
        run("update volvenctl.ledger set state = %s", text)
        assert store.read_state() == {}
    store.write_state(state_document(state_of(created())))
    assert store.read_state()["serial"] == 1


class TestLock:
    def test_a_lock_goes_with_the_connection_of_its_holder(self, open_store, run):
        store, other = open_store(), open_store()
        with store.lock("apply", ACTOR):
            run("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")
            with other.lock("resolve", {**ACTOR, "user": "bob"}):
                assert store.holder()["actor"]["user"] == "bob"

    def test_a_holder_whose_connection_broke_goes_on_with_the_lock(self, open_store, run, line):  # noqa: F811
        store, other = open_store(port=line.port), open_store()
        with store.lock("apply", ACTOR):
            run("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")
            store.append(0, FIRST)
            run("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")
            store.append(1, more())
            assert other.holder()["operation"] == "apply"
            with pytest.raises(LockHeldError, match="ann"), other.lock("apply", ACTOR):
                pass
        assert other.holder() is None

    def test_a_run_that_lost_its_lock_to_another_one_loses_races_only(self, open_store, run):
        store, other = open_store(), open_store()
        with store.lock("apply", ACTOR):
            store.append(0, FIRST)
            run("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")
            with other.lock("apply", {**ACTOR, "user": "bob"}):
                other.append(1, more(word="theirs"))
                with pytest.raises(Conflict):
                    store.append(1, more(word="ours"))
                assert store.holder()["actor"]["user"] == "bob"

    def test_waiting_for_the_lock_ends_when_its_holder_does(self, open_store):
        store, other = open_store(), open_store()
        other._lock_timeout_s = 60
        is_held, may_end = threading.Event(), threading.Event()

        def hold():
            with store.lock("apply", ACTOR):
                is_held.set()
                may_end.wait(30)

        holder = threading.Thread(target=hold)
        holder.start()
        is_held.wait(30)
        other._system.sleep = lambda _seconds: (may_end.set(), holder.join())
        with other.lock("apply", ACTOR):
            assert not holder.is_alive()

    def test_a_pooler_that_shares_connections_is_refused(self, open_store, line):  # noqa: F811
        line.is_shared = True
        store = open_store(port=line.port)
        with pytest.raises(StorageError, match="connection pooler in between"), store.lock("apply", ACTOR):
            pass

    def test_threads_of_one_run_share_the_connection_of_the_lock(self, open_store, run):
        store = open_store()
        with store.lock("apply", ACTOR):
            threads = [
                threading.Thread(target=store.append, args=(0, FIRST)),
                threading.Thread(target=store.read_state),
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            query = "select count(*) from pg_stat_activity where application_name = 'volvenctl'"
            assert run(query + " and datname = current_database()") == [(1,)]
        assert len(store.read(0)) == 1


class TestDoubt:
    def test_an_append_that_nobody_knows_the_fate_of_is_looked_up_when_it_is_made_again(self, open_store, line):  # noqa: F811
        store = open_store(port=line.port)
        store.append(0, FIRST)
        line.cut_after, line.is_dead_after_cut = COMMIT, True
        with pytest.raises(StorageError, match="it is not known whether"):
            store.append(1, more())
        line.mend()
        store.append(1, more())
        assert open_store().read(0) == [*FIRST, *more()]

    def test_another_append_after_the_doubt_is_a_lost_race_if_the_first_one_is_there(self, open_store, line):  # noqa: F811
        store = open_store(port=line.port)
        store.append(0, FIRST)
        line.cut_after, line.is_dead_after_cut = COMMIT, True
        with pytest.raises(StorageError):
            store.append(1, more(word="first"))
        line.mend()
        with pytest.raises(Conflict):
            store.append(1, more(word="second"))
        assert store.read(1) == list(more(word="first"))

    def test_a_commit_under_way_is_waited_for_before_anything_is_believed(self, open_store, postgres, database, line):  # noqa: F811
        """The answer is lost while the commit waits; whoever looked at once would see nothing, and be wrong."""
        store = open_store(port=line.port)
        store.append(0, FIRST)
        slow = """
            create function volvenctl.wait() returns trigger language plpgsql as
                'begin perform pg_sleep(0.5); return null; end';
            create constraint trigger slow after insert on volvenctl.record deferrable initially deferred
                for each row execute function volvenctl.wait()
        """
        postgres.run(slow, database=database)
        line.cut_after = COMMIT
        store.append(1, more())
        assert line.cuts == 1
        assert store.read(1) == list(more())

    def test_a_seal_whose_answer_is_lost_is_looked_up(self, open_store, line):  # noqa: F811
        store = open_store(port=line.port)
        store.append(0, FIRST)
        line.cut_after = COMMIT
        store.seal(1, "git:origin/elsewhere")
        with pytest.raises(LedgerError, match="git:origin/elsewhere"):
            store.repair()

    def test_a_seal_whose_request_is_lost_is_an_error_and_may_be_repeated(self, open_store, line):  # noqa: F811
        store = open_store(port=line.port)
        store.append(0, FIRST)
        line.cut_before = b"set moved_to"
        with pytest.raises(StorageError, match="cannot seal"):
            store.seal(1, "git:origin/elsewhere")
        line.mend()
        store.seal(1, "git:origin/elsewhere")


class TestSecrets:
    def test_the_password_comes_from_the_environment_or_a_file(self, open_store, monkeypatch, tmp_path):
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
        open_store(user="scram").append(0, FIRST)
        monkeypatch.delenv("PGPASSWORD")
        passes = Path(tmp_path / "passes")
        passes.write_text(f"127.0.0.1:*:*:scram:{PASSWORD}\n")
        passes.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(passes))
        assert open_store(user="scram").read(0) == list(FIRST)

    def test_a_server_that_asks_for_the_password_itself_does_not_get_it(self, open_store, monkeypatch):
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
        with pytest.raises(LedgerError, match="server requested a cleartext password"):
            open_store(user="clear").read(0)
        monkeypatch.setenv("PGREQUIREAUTH", "password")
        assert open_store(user="clear", allows_clear_password=True).read(0) == []

    def test_no_message_holds_the_password(self, open_store, monkeypatch):
        monkeypatch.setenv("PGPASSWORD", "not-" + PASSWORD)
        with pytest.raises(LedgerError, match="password authentication failed") as refusal:
            open_store(user="scram").read(0)
        assert PASSWORD not in refusal.value.message + refusal.value.hint
