"""From the state URL of an environment to the ledger store that it names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from volvenctl.adapters.ledger_dir import LedgerDir
from volvenctl.adapters.recovery_files import RecoveryFiles
from volvenctl.adapters.system import environment_variables
from volvenctl.errors import ConfigError
from volvenctl.model.project import Environment
from volvenctl.ports import LedgerStore, System
from volvenctl.wire.state_url import POSTGRES, WHERE_PASSWORDS_GO, has_password, read_postgres_url


@dataclass(frozen=True, slots=True)
class _Place:
    """What a remote store is opened with."""

    environment: Environment
    root: Path
    recovery: RecoveryFiles
    system: System
    lock_timeout_s: float

    @property
    def url(self) -> str:
        return self.environment.state_url


def open_ledger(environment: Environment, root: Path, system: System, lock_timeout_s: float = 0) -> LedgerStore:
    """Return the ledger store of the environment, whose project is in the folder `root`. Nothing is asked yet.

    Raises:
        ConfigError: its state URL is of no known kind, or needs a package that is not installed.
    """
    spare = Path(gettempdir())
    folder = state_folder(environment, root)
    if folder is not None:
        return LedgerDir(folder, spare, system, lock_timeout_s)
    folder = root / ".volvenctl" / "recovery" / environment.name
    recovery = RecoveryFiles(folder, spare, makes_folder=True, in_ci="ci" in system.actor())
    return _opener(environment)(_Place(environment, root, recovery, system, lock_timeout_s))


def state_folder(environment: Environment, root: Path) -> Path | None:
    """Return the folder of the environment's ledger; None if it is kept somewhere else than on this machine.

    Raises:
        ConfigError: its state URL is of a kind that this version does not know.
    """
    scheme, colon, path = environment.state_url.partition(":")
    if not colon:
        return root / environment.state_url
    if scheme == "file" and path.startswith("///"):
        return Path(path.removeprefix("//"))
    if scheme == "file" and not path.startswith("//"):
        return root / path
    _opener(environment)
    return None


def refuse_state_of_one_job(environment: Environment, variables: Mapping[str, str]) -> None:
    """Refuse to keep the state of a live environment on the disk of a CI job, which goes with the job.

    Raises:
        ConfigError: shows the lines to change; `allowLocalInCI: true` of its `state` lifts it.
    """
    is_ci = variables.get("CI", "").lower() in {"1", "true"}
    if not is_ci or not environment.live or environment.allow_local_in_ci:
        return
    name, url = environment.name, environment.state_url
    if state_folder(environment, Path()) is not None:
        raise ConfigError(
            f"the state of the live environment {name!r} is the folder {url}, and this is a CI job: its disk goes with "
            "it, and the next job would not know what was launched",
            hint="keep it in a branch: in volvenctl.yaml write  state: git:origin/volvenctl-state  for "
            f"{name}, and run once:  volvenctl -e {name} state init  (or, where that folder holds a ledger:  "
            f"volvenctl -e {name} state migrate {url} git:origin/volvenctl-state).  If the folder does outlive the "
            f"job, say so:  state: {{url: {url}, allowLocalInCI: true}}",
        )


def _opener(environment: Environment) -> Callable[[_Place], LedgerStore]:
    if has_password(environment.state_url):
        raise ConfigError(
            f"the state URL of {environment.name} holds a password, which everybody who sees it would know",
            hint=f"take it out and {WHERE_PASSWORDS_GO}",
        )
    for prefix, opener in _OPENERS.items():
        if environment.state_url.startswith(prefix):
            return opener
    raise ConfigError(
        f"the state URL {environment.state_url!r} of {environment.name} is of no known kind",
        hint="a path relative to volvenctl.yaml, file:PATH, git:REMOTE/BRANCH, s3://, gs:// or az://BUCKET/PATH, "
        "or postgresql://HOST/DATABASE",
    )


def _open_git(place: _Place) -> LedgerStore:
    from volvenctl.adapters.git_plumbing import GitRepository
    from volvenctl.adapters.ledger_git import LedgerGit

    remote, _, branch = place.url.removeprefix(_GIT).partition("/")
    if not remote or not branch:
        raise ConfigError(
            f"the state URL {place.url!r} of {place.environment.name} names no remote and branch",
            hint="write git:REMOTE/BRANCH, for example git:origin/volvenctl-state",
        )
    repository = GitRepository(place.root, environment_variables())
    return LedgerGit(repository, (remote, branch), place.recovery, place.system, place.lock_timeout_s)


def _open_objects(place: _Place) -> LedgerStore:
    try:
        from volvenctl.adapters.ledger_object_store import open_object_store_ledger
    except ImportError as error:
        raise _missing_package("an object store", "objectstore") from error
    variables = environment_variables()
    return open_object_store_ledger(place.url, variables, place.recovery, place.system, place.lock_timeout_s)


def _open_postgres(place: _Place) -> LedgerStore:
    try:
        from volvenctl.adapters.ledger_postgres import LedgerPostgres
        from volvenctl.adapters.postgres_session import PostgresSession
    except ImportError as error:
        raise _missing_package("PostgreSQL", "postgres") from error
    url = read_postgres_url(place.url, place.environment.name)
    session = PostgresSession(url, allows_clear_password="PGREQUIREAUTH" in environment_variables())
    return LedgerPostgres(url, session, place.recovery, place.system, place.lock_timeout_s)


_GIT = "git:"
_OPENERS: Mapping[str, Callable[[_Place], LedgerStore]] = {
    _GIT: _open_git,
    "s3://": _open_objects,
    "gs://": _open_objects,
    "az://": _open_objects,
    POSTGRES: _open_postgres,
}


def _missing_package(kind: str, extra: str) -> ConfigError:
    return ConfigError(
        f"a state in {kind} needs a package that is not installed", hint=f"pip install 'volvenctl[{extra}]'"
    )
