"""Talks to a PostgreSQL server: connections, their time limits, transactions, and failures in our words.

The only module that imports psycopg. Passwords are libpq's business (PGPASSWORD, PGPASSFILE, a service file);
none is ever seen here.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, Final, TypeAlias, TypeVar

import psycopg

from volvenctl.wire.state_url import PostgresUrl

Row: TypeAlias = tuple[Any, ...]
Ask: TypeAlias = Callable[..., list[Row]]
"""Asks one statement with its values, and returns the rows."""
_Result = TypeVar("_Result")

CONNECT_S: Final = 10
_OPTIONS: Final = {
    "keepalives": 1,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
    "client_encoding": "UTF8",
    "fallback_application_name": "volvenctl",
}
# Locks of a client that vanished end with its transaction, 15 s later; who waits for one waits longer than that.
# A server that answers before a commit is on its disk is told not to.
_SETTINGS: Final = """
    select set_config('statement_timeout', '30s', false),
           set_config('lock_timeout', '25s', false),
           set_config('idle_in_transaction_session_timeout', '15s', false),
           case when current_setting('synchronous_commit') in ('off', 'local')
                then set_config('synchronous_commit', 'on', false) end
"""


class PostgresFault(Exception):  # noqa: N818 - told apart by its users, not shown as it is
    """The server refused or could not be asked; the message says why, in one line."""


class Collision(PostgresFault):
    """A row with this key is there already; the transaction did nothing."""


class LostConnection(PostgresFault):
    """The connection broke: what was under way may have been done or not."""


class PostgresSession:
    """Transactions in one database; each on a connection of its own, or all on the one that is kept."""

    def __init__(self, url: PostgresUrl, *, allows_clear_password: bool) -> None:
        """Remember where the server is; nothing is asked yet.

        Args:
            url: the database.
            allows_clear_password: a server may ask for the password as it is, not only for a proof of it.
        """
        self._url = url
        self._allows_clear_password = allows_clear_password
        self._turn = threading.RLock()
        self._keeps = False
        self._kept: psycopg.Connection[Row] | None = None
        self._on_reconnect: Callable[[Ask], object] = lambda _ask: None

    @contextmanager
    def keeping(self, on_reconnect: Callable[[Ask], object]) -> Iterator[None]:
        """Keep one connection until the end; one that broke is replaced, and the new one passed to `on_reconnect`.

        Raises:
            PostgresFault: there is no connection, or not one that stays the same.
        """
        with self._turn, _in_our_words(None):
            self._kept = self._connect()
            self._keeps, self._on_reconnect = True, on_reconnect
        try:
            _refuse_pooler(self._kept)
            yield
        finally:
            with self._turn:
                self._keeps = False
                self._kept.close()

    @contextmanager
    def transaction(self) -> Iterator[Ask]:
        """Yield what asks statements of one transaction, which is committed at the end.

        Raises:
            LostConnection: it may have been committed or not.
            PostgresFault: it was not.
        """
        with self._turn, self._connected() as connection, _in_our_words(connection), connection.transaction():
            yield _asking(connection)

    def repeatable(self, action: Callable[[Ask], _Result]) -> _Result:
        """Return the result of a transaction that may safely be done twice: again if the connection broke.

        Raises:
            PostgresFault: it may have been done or not.
        """
        try:
            with self.transaction() as ask:
                return action(ask)
        except LostConnection:
            with self.transaction() as ask:
                return action(ask)

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Row]]:
        if not self._keeps:
            with _in_our_words(None):
                fresh = self._connect()
            with closing(fresh):
                yield fresh
            return
        if self._kept is None or self._kept.closed:
            with _in_our_words(None):
                self._kept = self._connect()
                self._on_reconnect(_asking(self._kept))
        yield self._kept

    def _connect(self) -> psycopg.Connection[Row]:
        defaults: dict[str, Any] = {"connect_timeout": CONNECT_S, "target_session_attrs": "primary"}
        options = {key: value for key, value in defaults.items() if key not in self._url.options} | _OPTIONS
        if not self._allows_clear_password:
            options["require_auth"] = "!password"
        connection = psycopg.connect(self._url.server, autocommit=True, prepare_threshold=None, **options)
        try:
            connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            connection.execute(_SETTINGS)
        except psycopg.Error:
            connection.close()
            raise
        return connection


def _asking(connection: psycopg.Connection[Row]) -> Ask:
    def ask(statement: str, *values: object) -> list[Row]:
        cursor = connection.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description is not None else []

    return ask


def _refuse_pooler(connection: psycopg.Connection[Row]) -> None:
    """Refuse a connection whose process is not the one that was promised: its locks would be somebody else's."""
    with _in_our_words(connection):
        [(process,)] = connection.execute("select pg_backend_pid()").fetchall()
    if process != connection.info.backend_pid:
        raise PostgresFault("there is a connection pooler in between, which shares connections: name the server itself")


@contextmanager
def _in_our_words(connection: psycopg.Connection[Row] | None) -> Iterator[None]:
    """Turn psycopg's errors into ours; `connection` is the one in use, None while there is none yet."""
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise Collision(_words(error)) from error
    except psycopg.Error as error:
        is_lost = connection is not None and connection.closed
        raise (LostConnection if is_lost else PostgresFault)(_words(error)) from error


def _words(error: psycopg.Error) -> str:
    """Return what the error says, in one line, without the hints and details that may quote a row."""
    text = error.diag.message_primary or str(error) or type(error).__name__
    return " ".join(text.split())
