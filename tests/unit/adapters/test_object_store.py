"""What is demanded of an object store, and what is said of one that does not do it."""

from pathlib import Path

import pytest
from builders_ledger import records_of
from fakes import FakeSystem
from servers.small_s3 import BUCKET, small_s3

from volvenctl.adapters.ledger_object_store import open_object_store_ledger
from volvenctl.adapters.object_lock import ObjectCell
from volvenctl.adapters.object_place import read_object_place
from volvenctl.adapters.object_store import ObjectStore
from volvenctl.adapters.recovery_files import RecoveryFiles
from volvenctl.errors import LedgerError, StorageError
from volvenctl.model.record import EMPTY, Draft, Head

URL = f"s3://{BUCKET}/desk"


def records_after(head, count=1):
    return records_of(*[Draft("plan.approved", {"word": str(number)}) for number in range(count)], head=head)


def head_of(records):
    return Head(records[-1].seq, records[-1].hash)


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def s3(monkeypatch):
    with small_s3() as server:
        for name, value in server.variables.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def system():
    return FakeSystem()


@pytest.fixture
def objects(s3, system):
    return ObjectStore(read_object_place(URL, s3.variables), system)


@pytest.fixture
def ledger(s3, system, tmp_path):
    return open_object_store_ledger(URL, s3.variables, RecoveryFiles(tmp_path, Path(tmp_path)), system)


def test_a_store_that_keeps_conditions_is_accepted_and_left_clean(s3, objects):
    objects.prove()
    assert s3.objects == {}


@pytest.mark.parametrize(
    ("ignored", "word"),
    [("create", "creates an object that exists already"), ("metadata", "does not give back what was stored")],
)
def test_a_store_that_ignores_what_safety_rests_on_is_refused_before_anything_is_written(s3, ledger, ignored, word):
    s3.ignores.add(ignored)
    with pytest.raises(StorageError, match=word) as caught:
        ledger.append(0, records_after(EMPTY))
    with pytest.raises(StorageError, match=word), ledger.lock("state init", {}):
        pass
    with pytest.raises(StorageError, match=word):
        ledger.write_state({})
    with pytest.raises(StorageError, match=word):
        ledger.seal(0, "s3://elsewhere/x")
    assert "git:REMOTE/BRANCH" in caught.value.hint
    assert s3.objects == {}


@pytest.mark.parametrize("trait", ["ignores stale versions", "refuses good versions"])
def test_a_store_that_only_creates_on_condition_is_used_without_the_other_one(s3, ledger, system, trait):
    if trait == "ignores stale versions":
        s3.ignores.add("update")
    else:
        s3.refuses_etags = True
    with ledger.lock("apply", {}):
        ledger.append(0, records_after(EMPTY))
        ledger.write_state({"serial": 1})
        ledger.write_state({"serial": 2})
        assert ledger.read_state() == {"serial": 2}
        ledger._lock.beat()
        assert ledger.holder() is not None
    assert ledger.holder() is None


def test_versions_are_compared_by_looking_where_the_store_does_not(s3, objects, system):
    s3.ignores.add("update")
    objects.prove()
    cell = ObjectCell(objects, "lock.json", system)
    first = cell.put(None, {"beat": 1})
    second = cell.put(first, {"beat": 2})
    assert cell.put(first, {"beat": 3}) is None
    assert cell.read() == (second, {"beat": 2})


def test_the_probe_is_made_once_per_process(s3, ledger):
    head = EMPTY
    for _ in range(3):
        ledger.append(head.seq, records := records_after(head))
        head = head_of(records)
    assert len([item for item in s3.seen if item.startswith("DELETE desk/probe-")]) == 1


def test_a_probe_that_meets_a_failing_store_says_so(s3, ledger):
    s3.errors["PUT"] = (403, b"<Error><Code>AccessDenied</Code><Message>key small</Message></Error>")
    with pytest.raises(StorageError) as caught:
        ledger.append(0, records_after(EMPTY))
    assert caught.value.message == f"cannot write to {URL}: it answered 403 Forbidden (AccessDenied)"
    assert "credentials" in caught.value.hint


@pytest.mark.parametrize("body", [b"s3cr3t-canary " * 100, b"<Error><Code>Slow<Down></Code></Error>", b""])
def test_the_body_of_an_answer_is_never_shown(s3, objects, body):
    s3.errors["GET"] = (400, body)
    with pytest.raises(StorageError) as caught:
        objects.found("state.json")
    assert caught.value.message == f"cannot read state.json of {URL}: it answered 400 Bad Request"


def test_every_kind_of_request_has_its_words(s3, objects):
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        s3.errors[method] = (403, b"")
    for call, words in (
        (lambda: objects.version("x"), "cannot look at x of"),
        (lambda: objects.keys_after("ledger", ""), "cannot list ledger of"),
        (lambda: objects.create("x", b""), "cannot read x of"),
        (lambda: objects.replace("x", '{"e_tag":"1"}', b""), "cannot replace x in"),
        (lambda: objects.remove("x"), "cannot remove x from"),
    ):
        with pytest.raises(StorageError, match=words):
            call()


def test_a_conditional_put_is_sent_once_and_a_read_again(s3, objects):
    for method in ("PUT", "GET"):
        s3.errors[method] = (503, b"")
    with pytest.raises(StorageError):
        objects.replace("x", '{"e_tag":"1"}', b"")
    with pytest.raises(StorageError):
        objects.found("x")
    assert s3.seen == ["PUT desk/x"] + ["GET desk/x"] * 3


def test_readers_are_told_that_the_ledger_cannot_be_read(s3, ledger):
    s3.errors["GET"] = (403, b"")
    for call in (lambda: ledger.read(0), ledger.read_state, ledger.holder, ledger.repair):
        with pytest.raises(LedgerError, match="403"):
            call()


def test_a_reader_never_writes(s3, ledger):
    assert ledger.read(0) == []
    assert ledger.read_state() is None
    assert ledger.holder() is None
    assert ledger.repair() is None
    assert {item.partition(" ")[0] for item in s3.seen} == {"GET"}


def test_a_hole_in_a_list_is_looked_at_again(s3, ledger):
    head = EMPTY
    for _ in range(3):
        ledger.append(head.seq, records := records_after(head))
        head = head_of(records)
    s3.hides = {"desk/ledger/0000000002.jsonl"}
    assert len(ledger.read(0)) == 3


@pytest.mark.parametrize(
    ("key", "content", "seq"),
    [
        ("0000000003", b"", 3),
        ("0000000003", b"{}", 3),
        ("0000000003", b"{}\n", 3),
        ("0000000003", b'{"movedTo":7}\n', 3),
        ("0000000004", b'{"movedTo":"s3://elsewhere/x"}\n', 3),
        ("0000000009", b"{}\n", 3),
    ],
)
def test_a_segment_that_is_none_is_damage_with_its_seq(s3, ledger, key, content, seq):
    ledger.append(0, records_after(EMPTY, 2))
    s3.objects[f"desk/ledger/{key}.jsonl"] = (content, '"x"', {})
    with pytest.raises(LedgerError, match=f"at seq {seq}:"):
        ledger.read(0)


def test_a_copy_of_a_segment_under_another_name_is_damage(s3, ledger):
    ledger.append(0, records_after(EMPTY, 2))
    s3.objects["desk/ledger/0000000003.jsonl"] = s3.objects["desk/ledger/0000000001.jsonl"]
    with pytest.raises(LedgerError, match="at seq 3:"):
        ledger.read(0)


def test_objects_that_are_no_segments_are_left_alone(s3, ledger):
    ledger.append(0, records := records_after(EMPTY, 2))
    for name in ("ledger/", "ledger/notes.txt", "ledger/0000000003.jsonl.bak", "ledger2/0000000003.jsonl"):
        s3.objects[f"desk/{name}"] = (b"", '"x"', {})
    assert ledger.read(0) == list(records)


@pytest.mark.parametrize("content", [b"\xff", b"[]", b"{"])
def test_a_state_document_that_is_none_is_damaged(s3, ledger, content):
    s3.objects["desk/state.json"] = (content, '"x"', {})
    assert ledger.read_state() == {}
    assert ledger.repair() is None


@pytest.mark.parametrize("content", [b"\xff", b"[]"])
def test_a_lock_that_is_none_is_empty(s3, objects, system, content):
    s3.objects["desk/lock.json"] = (content, '"x"', {})
    assert ObjectCell(objects, "lock.json", system).read() == ('{"e_tag":"\\"x\\""}', {})


def test_a_state_document_that_never_rests_is_given_up(s3, ledger):
    s3.refuses_etags = True
    ledger.append(0, records_after(EMPTY))
    ledger._objects._replaces_by_version = True
    s3.objects["desk/state.json"] = (b"{}", '"x"', {})
    with pytest.raises(StorageError, match="keeps changing"):
        ledger.write_state({"serial": 1})


def test_settings_that_make_no_sense_are_refused(monkeypatch, system):
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(StorageError, match="cannot use az://box"):
        ObjectStore(read_object_place("az://box", {}), system)
