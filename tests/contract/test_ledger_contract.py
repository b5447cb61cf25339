"""The contract of ledger stores, run for the local folder and for the fake that other tests work with."""

import os
from functools import partial
from pathlib import Path

import pytest
from builders_ledger import ACTOR
from fakes import FakeSystem, MemoryLedger
from ledger_contract import LedgerStoreContract, SharedLedgerContract, head_of, records_after

from volvenctl.adapters.ledger_dir import LedgerDir
from volvenctl.errors import Conflict
from volvenctl.model.record import EMPTY


def open_folder(folder):
    return LedgerDir(Path(folder), Path(folder).parent, FakeSystem())


class TestMemoryLedger(LedgerStoreContract):
    @pytest.fixture
    def open_store(self):
        ledger = MemoryLedger()
        return lambda: ledger


class TestLedgerDir(SharedLedgerContract):
    @pytest.fixture
    def folder(self, tmp_path):
        return tmp_path / "state"

    @pytest.fixture
    def open_store(self, folder):
        return partial(open_folder, str(folder))

    @pytest.fixture
    def unreachable(self, tmp_path):
        (tmp_path / "file").write_text("")
        return partial(open_folder, str(tmp_path / "file" / "state"))

    @pytest.fixture
    def rewrite(self, folder):
        return lambda lines: (folder / "ledger.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))

    @pytest.fixture
    def tear(self, folder):
        def tear():
            with (folder / "ledger.jsonl").open("ab") as file:
                file.write(b'{"seq":3,"ti')

        return tear

    @pytest.fixture
    def losing_answers(self):
        pytest.skip("a local file gives no answers that could be lost")

    @pytest.fixture
    def losing_requests(self):
        pytest.skip("a local file takes no requests that could be lost")

    def test_two_processes_views_of_one_folder_race_safely(self, store, other):
        first = records_after(EMPTY)
        store.append(0, first)
        other.append(1, second := records_after(head_of(first)))
        with pytest.raises(Conflict):
            store.append(1, records_after(head_of(first)))
        assert store.read(0) == [*first, *second]

    def test_files_are_private(self, store, folder):
        before = os.umask(0)
        try:
            with store.lock("apply", ACTOR):
                store.append(0, records_after(EMPTY))
                store.write_state({})
        finally:
            os.umask(before)
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
        assert modes == {"ledger.jsonl": 0o600, "state.json": 0o600, "lock": 0o600}
        assert folder.stat().st_mode & 0o777 == 0o700
