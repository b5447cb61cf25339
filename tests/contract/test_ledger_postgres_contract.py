"""The contract of ledger stores, run for a real PostgreSQL server."""

from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from fakes import FakeSystem
from ledger_contract import SharedLedgerContract
from servers_postgres import COMMIT, line, postgres  # noqa: F401 - fixtures

from volvenctl.adapters.ledger_postgres import LedgerPostgres
from volvenctl.adapters.postgres_session import PostgresSession
from volvenctl.adapters.recovery_files import RecoveryFiles
from volvenctl.wire.state_url import read_postgres_url


def open_postgres(url, folder):
    place = read_postgres_url(url, "sandbox")
    recovery = RecoveryFiles(Path(folder) / "recovery", Path(folder), makes_folder=True)
    return LedgerPostgres(place, PostgresSession(place, allows_clear_password=False), recovery, FakeSystem())


class TestLedgerPostgres(SharedLedgerContract):
    @pytest.fixture
    def database(self, postgres):  # noqa: F811
        with postgres.database() as name:
            yield name

    @pytest.fixture
    def open_store(self, postgres, database, tmp_path):  # noqa: F811
        return partial(open_postgres, postgres.url(database), str(tmp_path))

    @pytest.fixture
    def store(self, postgres, database, line, tmp_path):  # noqa: F811
        return open_postgres(postgres.url(database, port=line.port), str(tmp_path))

    @pytest.fixture
    def unreachable(self, line, tmp_path):  # noqa: F811
        line.close()
        return partial(open_postgres, f"postgresql://volven@127.0.0.1:{line.port}/postgres", str(tmp_path))

    @pytest.fixture
    def rewrite(self, postgres, database):  # noqa: F811
        def rewrite(lines):
            postgres.run("delete from volvenctl.record", database=database)
            for seq, content in enumerate(lines, start=1):
                row = ("sandbox", seq, content.decode())
                postgres.run("insert into volvenctl.record values (%s, %s, %s)", *row, database=database)

        return rewrite

    @pytest.fixture
    def tear(self):
        pytest.skip("a transaction is there as a whole or not at all")

    @pytest.fixture(params=[False, True], ids=["seen", "unseen"])
    def losing_answers(self, line, request):  # noqa: F811
        @contextmanager
        def losing():
            line.cut_after, line.is_dead_after_cut = COMMIT, request.param
            yield
            assert line.cuts == 1
            line.mend()

        return losing

    @pytest.fixture
    def losing_requests(self, line):  # noqa: F811
        @contextmanager
        def losing():
            line.cut_before = b"insert into volvenctl.record"
            yield
            assert line.cuts
            line.mend()

        return losing
