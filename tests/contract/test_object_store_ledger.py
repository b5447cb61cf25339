"""The contract of ledger stores and lock cells, run for object stores on real servers."""

from functools import partial
from pathlib import Path

import pytest
from fakes import FakeSystem
from ledger_contract import LockCellContract, SharedLedgerContract, head_of, records_after
from servers.object_servers import BUCKET, azurite, seaweed
from servers.relay import relayed

from volvenctl.adapters.heartbeat_lock import SILENCE_S
from volvenctl.adapters.ledger_object_store import open_object_store_ledger
from volvenctl.adapters.object_lock import ObjectCell
from volvenctl.adapters.object_place import read_object_place
from volvenctl.adapters.object_store import ObjectStore
from volvenctl.adapters.recovery_files import RecoveryFiles
from volvenctl.adapters.system import RealSystem
from volvenctl.errors import Conflict, LedgerError
from volvenctl.model.record import EMPTY


class _Machine(FakeSystem):
    """A clock of its own, and ids as random as they have to be."""

    def new_id(self):
        return RealSystem().new_id()


def open_ledger(url, variables, folder, late_s=0):
    recovery = RecoveryFiles(Path(folder) / "recovery", Path(folder), makes_folder=True)
    machine = _Machine()
    machine.sleep(late_s)
    return open_object_store_ledger(url, variables, recovery, machine)


def open_objects(url, variables):
    return ObjectStore(read_object_place(url, variables), _Machine())


@pytest.fixture(scope="module")
def seaweed_server():
    with seaweed() as variables, relayed(variables["AWS_ENDPOINT_URL"]) as relay:
        yield relay, {**variables, "AWS_ENDPOINT_URL": relay.url}


@pytest.fixture(scope="module")
def azurite_server():
    with azurite() as variables, relayed(variables["AZURE_STORAGE_ENDPOINT"]) as relay:
        yield relay, {**variables, "AZURE_STORAGE_ENDPOINT": relay.url}


@pytest.fixture
def exported(server, monkeypatch):
    """The library reads credentials from the environment, as a user's shell sets it."""
    for name, value in server[1].items():
        monkeypatch.setenv(name, value)
    return server[1]


@pytest.fixture
def url(scheme, tmp_path):
    return f"{scheme}://{BUCKET}/{tmp_path.name}/desk"


class ObjectLedger(SharedLedgerContract):
    @pytest.fixture
    def open_store(self, url, exported, tmp_path):
        return partial(open_ledger, url, exported, str(tmp_path))

    @pytest.fixture
    def objects(self, url, exported):
        return open_objects(url, exported)

    @pytest.fixture
    def rewrite(self, objects):
        def rewrite(lines):
            for key in objects.keys_after("ledger", ""):
                objects.remove(key)
            objects.create("ledger/0000000001.jsonl", b"".join(line + b"\n" for line in lines))

        return rewrite

    @pytest.fixture
    def tear(self, objects):
        return lambda: objects.create("probe-of-a-killed-process", b"first")

    @pytest.fixture(params=[False, True], ids=["seen", "unseen"])
    def losing_answers(self, server, request):
        return partial(server[0].losing, answers={"PUT"}, goes_dark=request.param)

    @pytest.fixture
    def losing_only_answers(self, server):
        """As above, and one can look at once what became of it."""
        return partial(server[0].losing, answers={"PUT"})

    @pytest.fixture
    def losing_requests(self, server):
        return partial(server[0].losing, requests={"PUT"})

    @pytest.fixture
    def unreachable(self, url, exported, endpoint, monkeypatch, tmp_path):
        monkeypatch.setenv(endpoint, "http://127.0.0.1:1/nowhere")
        return partial(open_ledger, url, exported, str(tmp_path))

    def test_an_append_in_the_middle_of_a_segment_is_refused(self, store, open_store):
        records = records_after(EMPTY, 3)
        store.append(0, records)
        with pytest.raises(Conflict):
            open_store().append(2, records_after(head_of(records[:2])))
        assert open_store().read(0) == list(records)

    def test_a_ledger_whose_end_was_removed_is_not_continued(self, store, open_store, objects):
        first = records_after(EMPTY, 2)
        store.append(0, first)
        store.append(2, second := records_after(head_of(first)))
        objects.remove("ledger/0000000003.jsonl")
        with pytest.raises((Conflict, LedgerError)):
            store.append(3, records_after(head_of(second)))

    def test_a_missing_segment_is_refused_with_its_seq(self, store, open_store, objects):
        head = EMPTY
        for _ in range(3):
            store.append(head.seq, records := records_after(head, 2))
            head = head_of(records)
        objects.remove("ledger/0000000003.jsonl")
        for after in (0, 1, 2, 4):
            with pytest.raises(LedgerError, match=r"at seq 3:|at seq 5:"):
                open_store().read(after)

    def test_only_what_is_newer_is_read(self, store, open_store, server):
        head = EMPTY
        for _ in range(20):
            store.append(head.seq, records := records_after(head, 1))
            head = head_of(records)
        fresh = open_store()
        server[0].seen.clear()
        assert fresh.read(19) == list(records)
        assert len([path for method, path in server[0].seen if ".jsonl" in path.partition("?")[0]]) == 2

    def test_an_append_asks_the_same_few_things_however_long_the_ledger_is(self, store, server):
        head, asked = EMPTY, []
        for _ in range(12):
            server[0].seen.clear()
            store.append(head.seq, records := records_after(head, 1))
            head = head_of(records)
            asked.append([method for method, _ in server[0].seen])
        assert asked[1:] == [["HEAD", "PUT"]] * 11

    def test_a_sealed_ledger_takes_nothing_and_says_where_it_went(self, store, other, open_store):
        records = records_after(EMPTY, 2)
        store.append(0, records)
        with pytest.raises(Conflict):
            other.seal(1, "s3://elsewhere/x")
        other.seal(2, "s3://elsewhere/x")
        for view in (store, other, open_store()):
            with pytest.raises(LedgerError, match="s3://elsewhere/x"):
                view.append(2, records_after(head_of(records)))
            with pytest.raises(LedgerError, match="s3://elsewhere/x"):
                view.repair()
            with pytest.raises(LedgerError, match="s3://elsewhere/x"):
                view.seal(2, "s3://elsewhere/y")
            assert view.read(0) == list(records)
            assert view.read(1) == [records[1]]
            assert view.read(2) == []

    def test_a_lost_answer_to_a_seal_is_no_lost_race(self, store, other, losing_only_answers):
        store.append(0, records := records_after(EMPTY))
        with losing_only_answers():
            store.seal(1, "s3://elsewhere/x")
        with pytest.raises(LedgerError, match="s3://elsewhere/x"):
            other.append(1, records_after(head_of(records)))

    def test_a_lost_answer_to_a_state_document_is_looked_up(self, store, other, losing_only_answers):
        store.append(0, records_after(EMPTY))
        with losing_only_answers():
            store.write_state({"serial": 1})
        with losing_only_answers():
            store.write_state({"serial": 2})
        assert other.read_state() == {"serial": 2}

    def test_the_probe_leaves_nothing_behind(self, store, objects):
        with store.lock("state init", {}):
            store.append(0, records_after(EMPTY))
        assert objects.keys_after("", "") == ["ledger/0000000001.jsonl"]

    def test_a_silent_lock_is_broken_and_its_holder_told(self, store, open_store):
        late = open_store(late_s=SILENCE_S + 1)
        with store.lock("apply", {"user": "ann"}):
            assert late.holder() is None
            with late.lock("apply", {"user": "bob"}):
                assert late.broken_lock()["actor"] == {"user": "ann"}
                assert store.holder()["actor"] == {"user": "bob"}
            assert late.broken_lock() is None

    def test_a_person_may_take_the_lock_from_a_living_holder(self, store, other):
        with store.lock("apply", {"user": "ann"}):
            other.break_lock()
            with other.lock("state unlock", {"user": "bob"}):
                assert other.broken_lock()["actor"] == {"user": "ann"}

    def test_the_lock_outlives_lost_answers(self, store, other, losing_only_answers):
        store.append(0, records_after(EMPTY))
        with losing_only_answers():
            held = store.lock("apply", {"user": "ann"})
            held.__enter__()
        assert other.holder()["actor"] == {"user": "ann"}
        held.__exit__(None, None, None)
        assert other.holder() is None


class ObjectLockCell(LockCellContract):
    @pytest.fixture
    def open_cell(self, url, exported):
        return lambda: ObjectCell(open_objects(url, exported), "lock.json", _Machine())


class OnSeaweedFs:
    scheme = pytest.fixture(lambda self: "s3")
    endpoint = pytest.fixture(lambda self: "AWS_ENDPOINT_URL")
    server = pytest.fixture(lambda self, seaweed_server: seaweed_server)


class OnAzurite:
    scheme = pytest.fixture(lambda self: "az")
    endpoint = pytest.fixture(lambda self: "AZURE_STORAGE_ENDPOINT")
    server = pytest.fixture(lambda self, azurite_server: azurite_server)


class TestLedgerOnSeaweedFs(OnSeaweedFs, ObjectLedger):
    pass


class TestLedgerOnAzurite(OnAzurite, ObjectLedger):
    pass


class TestLockOnSeaweedFs(OnSeaweedFs, ObjectLockCell):
    pass


class TestLockOnAzurite(OnAzurite, ObjectLockCell):
    pass
