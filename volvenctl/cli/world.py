"""The composition root: finds the project and puts the adapters of one environment together."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from volvenctl.adapters.plain_files import read_whole
from volvenctl.adapters.schema_files import document_schema
from volvenctl.adapters.snapshot_platform import SnapshotPlatform
from volvenctl.adapters.source_control import GitCheckout, read_committed, user_email
from volvenctl.adapters.spec_files import SpecFolder, find_project_file
from volvenctl.adapters.system import RealSystem, environment_variables
from volvenctl.cli.session import Session
from volvenctl.cli.state_urls import open_ledger, refuse_state_of_one_job
from volvenctl.core.configure import choose_environment, make_project
from volvenctl.core.parse import parse
from volvenctl.errors import ConfigError, UsageError
from volvenctl.model.catalog import Account, LiveStrategy, Product
from volvenctl.model.names import AttemptId, ExchangeCode
from volvenctl.model.outcome import Answer, Request
from volvenctl.model.problem import Problem
from volvenctl.model.project import ApiSettings, Environment, Project
from volvenctl.model.spec import SpecFile
from volvenctl.ports import ClockedPlatform, Platform, System, World
from volvenctl.render.problem_text import problem_line
from volvenctl.wire.yaml_text import MAX_BYTES

_CI_ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN")


class LazyPlatform:
    """A platform (`ports.Platform`) that is opened by its first use: what needs no platform needs no token."""

    def __init__(self, opener: Callable[[], Platform]) -> None:
        """Keep how to open the real one."""
        self._opener = opener

    def open(self) -> None:
        """Open it now: what is about to send must know first that it can."""
        self._real  # noqa: B018 - the first use opens it

    @cached_property
    def _real(self) -> Platform:
        return self._opener()

    def accounts(self) -> tuple[Account, ...]:
        """Return the user's exchange accounts."""
        return self._real.accounts()

    def products(self, exchanges: Sequence[ExchangeCode]) -> tuple[Product, ...]:
        """Return the products of these exchanges; of all for an empty sequence."""
        return self._real.products(exchanges)

    def find(self) -> tuple[LiveStrategy, ...]:
        """Return the user's root strategies."""
        return self._real.find()

    def send(self, request: Request, attempt_id: AttemptId, not_after: float) -> Answer:
        """Send `request` once."""
        return self._real.send(request, attempt_id, not_after)

    def hurry(self, within_s: float) -> None:
        """Give requests that are in flight at most this much longer."""
        self._real.hurry(within_s)


def open_world(
    session: Session,
    *,
    lock_timeout_s: float | None = None,
    sends: bool = False,
    offline: bool = False,
    lasting: bool | None = None,
) -> World:
    """Return everything outside that a command works with, for the chosen environment.

    A command that `sends` opens the platform at once: what sends must know first that it can. `offline` the
    committed snapshot stands for the platform: no token is looked for and no host is asked. A state that would go
    with a CI job is refused where the state must be `lasting`: unless it says otherwise, a command that may lock it.

    Raises:
        ConfigError: there is no project, its file has problems, or the environment cannot be chosen.
    """
    file = project_file()
    root = file.parent
    project = _read_project(session, file)
    environment = choose_environment(_policy_of(session, project, file), session.environment)
    session.facts["environment"] = environment.name
    session.detail(f"project {file}, environment {environment.name}, state {environment.state_url}")
    system = RealSystem(lambda: user_email(root))
    variables = environment_variables()
    if lasting or (lasting is None and lock_timeout_s is not None):
        refuse_state_of_one_job(environment, variables)
    ci_actor = next((variables[name] for name in _CI_ACTORS if variables.get(name)), None)
    platform = LazyPlatform(lambda: open_platform(environment.api, root, system))
    if offline:
        # one sentence says what is not compared, whatever `api.find` says about a platform that is not asked
        environment = replace(environment, api=replace(environment.api, find="auto"))
        platform = LazyPlatform(lambda: SnapshotPlatform(snapshot_file(environment), environment.name, system))
    if sends:
        platform.open()
    return World(
        project=project,
        environment=environment,
        specs=SpecFolder(root, project.specs),
        source=GitCheckout(root, ci_actor),
        platform=platform,
        ledger=open_ledger(environment, root, system, lock_timeout_s or 0),
        system=system,
    )


def open_environment(session: Session) -> Environment:
    """Return the chosen environment, and open nothing of it.

    Raises:
        ConfigError: there is no project, its file has problems, or the environment cannot be chosen.
    """
    file = project_file()
    return choose_environment(_policy_of(session, _read_project(session, file), file), session.environment)


def project_file() -> Path:
    """Return the project file of the current folder or its nearest ancestor.

    Raises:
        ConfigError: there is none.
    """
    try:
        return find_project_file(Path.cwd())
    except FileNotFoundError as error:
        raise ConfigError("the current folder does not exist any more") from error


def snapshot_file(environment: Environment) -> Path:
    """Return where the snapshot of the environment's platform is committed: `snapshots/NAME.json` in the project."""
    return project_file().parent / "snapshots" / f"{environment.name}.json"


def paths_in_project(paths: Sequence[str]) -> tuple[str, ...]:
    """Return paths of the command line relative to the project, with forward slashes.

    Raises:
        UsageError: one of them is not inside the project.
    """
    root = project_file().parent.resolve()
    found = [Path(path).resolve() for path in paths]
    for path, resolved in zip(paths, found, strict=True):
        if not resolved.is_relative_to(root):
            raise UsageError(
                f"{path} is not inside the project at {root}", hint="use -C DIR to work on another project"
            )
    return tuple(path.relative_to(root).as_posix() for path in found)


def sandbox_folder(root: Path) -> Path:
    """Return where the simulated platform of the project keeps its strategies."""
    return root / ".volvenctl" / "platform"


def read_project(file: Path) -> tuple[Project | None, tuple[Problem, ...]]:
    """Return what the project file says; None and every problem if it cannot be used.

    Raises:
        ConfigError: it cannot be read, or is no single document.
    """
    try:
        content = read_whole(file.resolve(), MAX_BYTES)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    return _parsed(file.name, content)


def _read_project(session: Session, file: Path) -> Project:
    return _usable(session, str(file), *read_project(file))


def _policy_of(session: Session, project: Project, file: Path) -> Project:
    """Return the project whose environments count: that of the commit which `--policy-from` names, if it is given."""
    if session.policy_from is None:
        return project
    name = f"{session.policy_from}:{file.name}"
    return _usable(session, name, *_parsed(name, read_committed(file.parent, session.policy_from, file.name)))


def _parsed(file: str, content: bytes) -> tuple[Project | None, tuple[Problem, ...]]:
    documents, faults = parse([SpecFile(file, content)])
    if not faults and len(documents) != 1:
        raise ConfigError(f"{file} holds {len(documents)} documents; it must hold one")
    return (None, faults) if faults else make_project(documents[0], document_schema("project"))


def _usable(session: Session, file: str, project: Project | None, problems: tuple[Problem, ...]) -> Project:
    if project is None:
        for problem in problems:
            session.write_error(problem_line(problem, session.error_palette) + "\n")
        raise ConfigError(f"{file} cannot be used, as said above")
    return project


def open_platform(api: ApiSettings, root: Path, system: System) -> ClockedPlatform:
    """Return the platform of an environment of the project at `root`.

    Raises:
        CredentialsError: there is no usable token, or it may not be sent to that host.
        ConfigError: the URL, the certificates or the user's configuration cannot be used.
    """
    from volvenctl.adapters.http_platform import open_http, open_sandbox

    if api.is_sandbox:
        from volvenctl.sandbox.store import SandboxStore

        return open_sandbox(api, system, SandboxStore(sandbox_folder(root), system).answer)
    from volvenctl.adapters.credentials import config_path, find_token

    variables = environment_variables()
    return open_http(api, find_token(api, variables, config_path(variables)), system)
