"""The sandbox remembers between commands, is shared by processes and threads, and never raises."""

import multiprocessing
import resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from builders_platform import BODY, QuietSystem

from volvenctl.model.names import StrategyId
from volvenctl.sandbox.store import SandboxStore
from volvenctl.wire.platform_api import accounts_request, action_request, create_request, find_request, read_strategies

FILE = "sandbox.jsonl"


@pytest.fixture
def store(tmp_path):
    return SandboxStore(tmp_path / "sandbox", QuietSystem())


def again(store):
    """Return another store on the same folder, as another command would have it."""
    return SandboxStore(store._file.parent, QuietSystem())


def found(store):
    answer = store.answer(find_request())
    assert answer.status == 200, answer.body
    return [item.id for item in read_strategies(answer.body)]


def create(store):
    answer = store.answer(create_request(BODY))
    assert answer.status == 201, answer.body


def test_reading_creates_nothing(store):
    assert found(store) == []
    assert store.answer(accounts_request()).status == 200
    assert not store._file.parent.exists()


def test_what_was_created_is_there_for_the_next_command(store):
    create(store)
    identifier = found(store)[0]
    store.answer(action_request("pause", StrategyId(identifier)))
    (item,) = read_strategies(again(store).answer(find_request()).body)
    assert (item.id, item.state) == (identifier, {"status": "PAUSED"})


def test_two_stores_see_what_the_other_does(store):
    other = again(store)
    for _ in range(3):
        create(store)
        create(other)
    assert found(store) == found(other)
    assert len(found(store)) == 6


def test_a_refused_create_leaves_no_trace(store):
    store.answer(create_request("{}"))
    assert store._file.read_bytes() == b""
    assert found(store) == []


def test_a_reset_is_seen_by_every_store(store):
    other = again(store)
    create(store)
    assert len(found(other)) == 1
    store.reset()
    create(store)
    assert found(other) == found(store)
    assert len(found(other)) == 1
    other.reset()
    assert found(store) == []


def test_a_folder_that_was_removed_is_an_empty_sandbox(store):
    create(store)
    store._file.unlink()
    assert found(store) == []
    create(store)
    assert len(found(store)) == 1


def test_a_torn_last_line_is_ignored_and_cut_by_the_next_change(store):
    create(store)
    whole = store._file.read_bytes()
    create(store)
    store._file.write_bytes(store._file.read_bytes()[:-9])
    assert len(found(again(store))) == 1
    create(again(store))
    assert len(found(again(store))) == 2
    assert store._file.read_bytes().startswith(whole)


def test_a_torn_first_line_is_an_empty_sandbox(store):
    store._file.parent.mkdir()
    store._file.write_bytes(b'{"id":')
    assert found(store) == []
    create(store)
    assert len(found(store)) == 1


@pytest.mark.parametrize(
    "line", [b"garbage\n", b"{}\n", b'{"id":"x","version":1,"changedAt":"","status":"ODD","request":{}}\n']
)
def test_a_damaged_file_is_a_server_error_until_it_is_reset(store, line):
    create(store)
    store._file.write_bytes(store._file.read_bytes() + line)
    answer = store.answer(find_request())
    assert answer.status == 500
    assert b"reset the sandbox" in answer.body
    store.reset()
    assert found(store) == []


def test_a_folder_that_cannot_be_used_is_a_server_error(tmp_path):
    (tmp_path / "sandbox").write_text("a file")
    store = SandboxStore(tmp_path / "sandbox", QuietSystem())
    assert store.answer(create_request(BODY)).status == 500
    assert store.answer(find_request()).status == 500


def test_a_full_disk_is_a_server_error_and_creates_nothing(store):
    create(store)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (store._file.stat().st_size + 20, before[1]))
    try:
        assert store.answer(create_request(BODY)).status == 500
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(found(store)) == len(found(again(store))) == 1
    create(store)
    assert len(found(store)) == len(found(again(store))) == 2


def test_threads_and_processes_lose_nothing(store):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_create_many, args=(str(store._file.parent),)) for _ in range(2)]
    for worker in workers:
        worker.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: create(store), range(40)))
    for worker in workers:
        worker.join()
    identifiers = found(store)
    assert len(identifiers) == len(set(identifiers)) == 80
    assert found(again(store)) == identifiers


def _create_many(folder):
    store = SandboxStore(Path(folder), QuietSystem())
    for _ in range(20):
        create(store)


def test_lines_are_read_once_so_that_many_creates_stay_cheap(store):
    for _ in range(3):
        create(store)
    found(store)
    content = bytearray(store._file.read_bytes())
    content[70] ^= 1
    store._file.write_bytes(content)
    assert len(found(store)) == 3
    create(store)
    assert len(found(store)) == 4
