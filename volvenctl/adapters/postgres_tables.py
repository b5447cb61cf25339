"""The tables of ledgers in PostgreSQL, all in the schema `volvenctl`, and their version.

`record` has the rows, `ledger` one row a ledger (state document, who holds the lock, where it was moved).
"""

from typing import Final

from volvenctl.adapters.postgres_session import Ask
from volvenctl.errors import LedgerError

_VERSION: Final = 1
"""Of the tables; a database with a higher one belongs to a newer volvenctl."""
_CREATE: Final = (
    "do $$ begin if to_regnamespace('volvenctl') is null then create schema volvenctl; end if; end $$",
    "create table volvenctl.version (version integer not null)",
    "insert into volvenctl.version values (1)",
    "create table volvenctl.ledger (name text primary key, state text, holder text, moved_to text)",
    """create table volvenctl.record (
           ledger text not null references volvenctl.ledger, seq bigint not null, line text not null,
           primary key (ledger, seq))""",
)


def has_tables(ask: Ask, where: str) -> bool:
    """Return whether the tables are in the database, which messages call `where`.

    Raises:
        LedgerError: they are of another version.
    """
    if not ask("select from pg_tables where schemaname = 'volvenctl' and tablename = 'version'"):
        return False
    [(version,)] = ask("select max(version) from volvenctl.version")
    if version != _VERSION:
        raise LedgerError(
            f"the tables at {where} have version {version}; this version of volvenctl knows {_VERSION}",
            hint="use the version of volvenctl that wrote them, or a newer one",
        )
    return True


def create_tables(ask: Ask, where: str) -> None:
    """Create the tables if there are none; of several that try, one does and the others wait.

    Raises:
        LedgerError: there are some of another version.
    """
    if has_tables(ask, where):
        return
    ask("select pg_advisory_xact_lock(hashtextextended('volvenctl', 0))")
    if not has_tables(ask, where):
        for statement in _CREATE:
            ask(statement)
