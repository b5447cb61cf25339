"""volvenctl doctor."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import click

from volvenctl import __version__
from volvenctl.adapters.credentials import config_path, host_permission, token_source
from volvenctl.adapters.system import environment_variables
from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.state_urls import refuse_state_of_one_job
from volvenctl.cli.world import open_environment, open_platform, open_world, project_file, read_project
from volvenctl.core.checkup import failure, project_finding
from volvenctl.errors import Exit, VolvenctlError
from volvenctl.model.checkup import Checkup, Finding
from volvenctl.model.project import ApiSettings, Environment
from volvenctl.pipeline.doctor import look_at_platform, look_at_state
from volvenctl.pipeline.ending import first_exit
from volvenctl.ports import World
from volvenctl.render.doctor_text import doctor_text
from volvenctl.render.problem_text import problem_line
from volvenctl.wire.checkup_v1 import checkup_document

_OUR_VARIABLES = "VOLVEN"
_NETWORK_VARIABLES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"})


@click.command(cls=Door)
@format_option()
@pass_session
def command(session: Session) -> Exit:
    """Look at everything that a command needs: configuration, credentials, reach, clock, state, lock, git.

    It changes nothing, and goes on whatever fails. Exits with 0 if nothing failed.
    """
    checkup = _check_up(session)
    write_either(session, checkup_document(checkup), doctor_text(checkup, session.palette))
    return checkup.exit


def _check_up(session: Session) -> Checkup:
    findings = [_program(), _variables()]
    environment = _chosen(session, findings)
    if environment is not None:
        findings += _findings_of(session, environment)
    code = first_exit(finding.exit for finding in findings)
    return Checkup(None if environment is None else environment.name, tuple(findings), code)


def _program() -> Finding:
    python = ".".join(map(str, sys.version_info[:3]))
    return Finding("program", "ok", f"volvenctl {__version__}, Python {python}, {sys.platform}")


def _variables() -> Finding:
    """Return which variables have a say, by their names only: a value may be a secret."""
    names = sorted(
        name
        for name, value in environment_variables().items()
        if value and (name.startswith(_OUR_VARIABLES) or name.upper() in _NETWORK_VARIABLES)
    )
    return Finding("variables", "ok", ", ".join(names) or "none of ours is set")


def _chosen(session: Session, findings: list[Finding]) -> Environment | None:
    """Return the chosen environment; None if there is none. What the project file says is added to `findings`."""
    try:
        file = project_file()
        project, problems = read_project(file)
        if project is None:
            advice = "correct the file; schemas/project.schema.json says what it may hold"
            findings += [Finding("project", "fail", problem_line(item), advice, Exit.ERROR) for item in problems]
            return None
        environment = open_environment(session)
    except VolvenctlError as error:
        findings.append(failure("project", error))
        return None
    findings.append(project_finding(environment, str(file)))
    return environment


def _findings_of(session: Session, environment: Environment) -> Iterator[Finding]:
    credentials = _credentials(environment.api)
    yield from credentials
    try:
        world = open_world(session)
    except VolvenctlError as error:
        yield failure("state", error)
        return
    try:
        refuse_state_of_one_job(environment, environment_variables())
    except VolvenctlError as error:
        yield failure("state place", error)
    if any(finding.verdict == "fail" for finding in credentials):
        yield Finding("platform", "warn", "not asked: there is no token that may be sent there", "see above")
    else:
        yield from _platform(session, world)
    yield from look_at_state(world)


def _platform(session: Session, world: World) -> Iterator[Finding]:
    try:
        platform = open_platform(world.environment.api, project_file().parent, world.system)
    except VolvenctlError as error:
        yield failure("platform", error)
        return
    with session.waiting("asking the platform"):
        yield from look_at_platform(replace(world, platform=platform), platform.clock_skew_s)


def _credentials(api: ApiSettings) -> tuple[Finding, ...]:
    if api.is_sandbox:
        return (Finding("token", "ok", "none is needed: the simulated platform is part of volvenctl"),)
    variables = environment_variables()
    return (
        _answered("host", lambda: _allowed(api, config_path(variables))),
        _answered("token", lambda: f"present, from {token_source(api, variables)}"),
    )


def _allowed(api: ApiSettings, config_file: Path) -> str:
    return f"a token may be sent to {api.url}: {host_permission(api, environment_variables(), config_file)}"


def _answered(check: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(check, "ok", look())
    except VolvenctlError as error:
        return failure(check, error)
