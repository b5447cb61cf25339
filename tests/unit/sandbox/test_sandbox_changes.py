"""Changes by hand are stored like any other, and the platform's answers follow."""

import pytest
from builders_platform import BODY, QuietSystem

from volvenctl.errors import StorageError, UsageError
from volvenctl.sandbox.by_hand import after_event, launched_by_another
from volvenctl.sandbox.store import SandboxStore
from volvenctl.wire.platform_api import action_request, create_request, find_request, read_strategies

AT = "2026-01-02T03:04:05.678Z"


@pytest.fixture
def store(tmp_path):
    store = SandboxStore(tmp_path / "sandbox", QuietSystem())
    assert store.answer(create_request(BODY)).status == 201
    return store


def again(store):
    return SandboxStore(store._file.parent, QuietSystem())


def happens(store, event):
    store.change(lambda known: tuple(after_event(item, event, AT) for item in known.values()))


def states(store):
    return [item.state["status"] for item in read_strategies(store.answer(find_request()).body)]


@pytest.mark.parametrize(
    ("event", "shown"), [("pause", ["PAUSED"]), ("fill", ["FILLED"]), ("end", ["ENDED"]), ("remove", [])]
)
def test_other_processes_see_the_change_at_once(store, event, shown):
    other = again(store)
    assert states(other) == ["RUNNING"]
    happens(store, event)
    assert states(other) == states(store) == states(again(store)) == shown


@pytest.mark.parametrize("event", ["stop", "fill", "end", "remove"])
@pytest.mark.parametrize("action", ["start", "pause", "stop"])
def test_after_the_end_the_platform_refuses_every_action(store, event, action):
    (strategy,) = store.strategies()
    happens(store, event)
    answer = store.answer(action_request(action, strategy.id))
    assert answer.status == 422
    assert b"cannot " + action.encode() in answer.body


def test_a_stranger_is_in_the_list_of_the_platform(store):
    store.change(lambda _: (launched_by_another("stranger", None, AT),))
    assert [item.id for item in store.strategies()][1] == "stranger"
    assert states(again(store)) == ["RUNNING", "RUNNING"]


def test_what_is_refused_changes_nothing(store):
    before = store._file.read_bytes()

    def refuse(_):
        raise UsageError("not possible")

    with pytest.raises(UsageError):
        store.change(refuse)
    assert store._file.read_bytes() == before


def test_nothing_stored_is_nothing_known(tmp_path):
    assert SandboxStore(tmp_path / "none", QuietSystem()).strategies() == ()


def test_a_damaged_or_unusable_folder_is_said(store, tmp_path):
    store._file.write_bytes(b"{}\n")
    for look in (again(store).strategies, lambda: again(store).change(lambda _: ())):
        with pytest.raises(StorageError, match="damaged") as caught:
            look()
        assert caught.value.hint == "volvenctl sandbox reset"
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be used"):
        SandboxStore(tmp_path / "file", QuietSystem()).change(lambda _: ())
