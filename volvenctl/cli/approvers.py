"""The approvers' file of an environment, and the signatures beside a plan file."""

from pathlib import Path
from posixpath import normpath

from volvenctl.adapters.plain_files import read_whole
from volvenctl.adapters.source_control import read_committed
from volvenctl.adapters.ssh_keygen import SignedFile
from volvenctl.adapters.system import environment_variables
from volvenctl.cli.session import Session
from volvenctl.cli.world import project_file
from volvenctl.core.policy import read_limits
from volvenctl.errors import ConfigError
from volvenctl.model.project import Environment
from volvenctl.ports import Signatures

_MAX_BYTES = 1024 * 1024


def open_signatures(session: Session, environment: Environment, planfile: str) -> Signatures | None:
    """Return the signatures beside `planfile`; None where the environment wants no approvals.

    Raises:
        ConfigError: the approvers' file cannot be read.
    """
    text = approvers_text(session, environment)
    return None if text is None else SignedFile(Path(planfile), text, environment_variables())


def approvers_text(session: Session, environment: Environment) -> str | None:
    """Return the approvers' file, of the commit that `--policy-from` names if it is given; None: there is none.

    Raises:
        ConfigError: it cannot be read, or is not inside the project.
    """
    rules = read_limits(environment.limits).approvals
    if rules is None:
        return None
    root, file = project_file().parent, normpath(rules.approvers)
    if file.startswith(("/", "../")) or file == ".." or "\0" in file:
        raise ConfigError(f"limits.approvals.approvers {rules.approvers!r} is not inside the project")
    if session.policy_from is not None:
        content = read_committed(root, session.policy_from, file)
    else:
        try:
            content = read_whole(root / file, _MAX_BYTES)
        except OSError as error:
            raise ConfigError(f"the approvers' file {file} cannot be read: {error.strerror}") from error
    if len(content) > _MAX_BYTES:
        raise ConfigError(f"the approvers' file {file} is larger than {_MAX_BYTES} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"the approvers' file {file} is not valid UTF-8") from error
