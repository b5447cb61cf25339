"""State URLs as text: which of them hold a secret, and the parts of one that names a PostgreSQL database."""

import re
from dataclasses import dataclass
from typing import Final

from volvenctl.errors import ConfigError

POSTGRES: Final = "postgresql://"
WHERE_PASSWORDS_GO: Final = "put it into PGPASSWORD or the file that PGPASSFILE names (default ~/.pgpass)"

_PASSWORD = re.compile(r"//[^/?#]*:[^/?#]*@|[?&](?:ssl)?password=", re.ASCII | re.IGNORECASE)
_HOST = r"(?:[A-Za-z0-9._%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_POSTGRES = re.compile(
    rf"postgresql://(?:[A-Za-z0-9._~%+-]+@)?(?:{_HOST}(?:,{_HOST})*)?(?:/[A-Za-z0-9._~%-]*)?"
    r"(?:\?(?P<query>[A-Za-z_]+=[A-Za-z0-9._~%/-]+(?:&[A-Za-z_]+=[A-Za-z0-9._~%/-]+)*))?",
    re.ASCII,
)
_OPTIONS: Final = frozenset(
    {"connect_timeout", "dbname", "host", "port", "service", "sslmode", "sslrootcert", "target_session_attrs", "user"}
)
_LEDGER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """A ledger in a PostgreSQL database."""

    server: str
    """The URL for libpq. It never holds a password."""
    ledger: str
    """The name of the ledger in the database."""
    options: frozenset[str]
    """The names of libpq's options that `server` sets in its query."""

    @property
    def shown(self) -> str:
        """How messages name the place: without the options."""
        return f"{self.server.partition('?')[0]}?ledger={self.ledger}"


def has_password(url: str) -> bool:
    """Whether there is a password in the state URL: `//user:password@`, or an option of that name."""
    return _PASSWORD.search(url) is not None


def read_postgres_url(url: str, default_ledger: str) -> PostgresUrl:
    """Return the parts of a `postgresql://` URL; without `ledger=NAME` the ledger is `default_ledger`.

    Raises:
        ConfigError: it holds a password or an option that does not belong there. It is not quoted.
    """
    if has_password(url):
        raise ConfigError("a state URL holds a password", hint=f"take it out of the URL and {WHERE_PASSWORDS_GO}")
    match = _POSTGRES.fullmatch(url)
    if match is None:
        raise ConfigError(
            "a state URL that begins with postgresql:// is no usable one",
            hint="write postgresql://USER@HOST:PORT/DATABASE, or postgresql://HOST/DATABASE?ledger=NAME&sslmode=MODE",
        )
    pairs = [pair.split("=", 1) for pair in (match["query"] or "").split("&") if pair]
    names = [name for name, _ in pairs if name != "ledger"]
    _refuse_options(names)
    ledger = next((value for name, value in pairs if name == "ledger"), default_ledger)
    if not _LEDGER.fullmatch(ledger):
        raise ConfigError(
            "the name of a ledger in a state URL is not usable",
            hint="it has 1 to 100 of A-Z, a-z, 0-9, ., _, / and -, and starts with a letter or digit",
        )
    query = "&".join(f"{name}={value}" for name, value in pairs if name != "ledger")
    return PostgresUrl(url.partition("?")[0] + (f"?{query}" if query else ""), ledger, frozenset(names))


def _refuse_options(names: list[str]) -> None:
    strange = sorted(set(names) - _OPTIONS)
    if strange:
        raise ConfigError(
            f"a postgresql:// state URL may not set {strange[0]}",
            hint=f"it may set ledger, {', '.join(sorted(_OPTIONS))}; everything else goes into PG* variables",
        )
