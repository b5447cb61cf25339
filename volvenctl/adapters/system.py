"""Clock, chance, identity and environment of this machine: the only module that reads any of them."""

import getpass
import os
import random  # noqa: TID251 - this is the place
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache

from volvenctl.model.names import Json, JsonObject

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux: also runs while the machine is suspended; elsewhere the nearest there is."""


def environment_variables() -> Mapping[str, str]:
    """Return the environment of this process."""
    return os.environ  # noqa: TID251 - this is the place


class RealSystem:
    """The machine that the program runs on (`ports.System`)."""

    def __init__(self, git_user: Callable[[], str | None] = lambda: None) -> None:
        """`git_user` tells who git thinks is here, if it knows; asked at most once."""
        self._git_user = cache(git_user)

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the place

    def clock(self) -> float:
        """Return seconds that never go back and, where the system can tell, also pass during a suspension."""
        return time.clock_gettime(_CLOCK)

    def sleep(self, seconds: float) -> None:
        """Wait; not at all for a negative time."""
        time.sleep(max(seconds, 0))  # noqa: TID251 - this is the place

    def new_id(self) -> str:
        """Return a random UUID."""
        return str(uuid.uuid4())  # noqa: TID251 - this is the place

    def jitter(self) -> float:
        """Return a number from 0 up to 1."""
        return random.random()  # noqa: S311 - spreads retries, keeps no secret

    def actor(self) -> JsonObject:
        """Return who runs this: user, host, pid, git's e-mail and, in CI, provider, actor and URL of the run."""
        return actor_of(environment_variables(), self._git_user())


def actor_of(environ: Mapping[str, str], git_user: str | None = None) -> JsonObject:
    """Return who runs this process, with git's idea of it and the CI run that `environ` tells of."""
    person: dict[str, Json] = {"user": _plain(_user()), "host": _plain(socket.gethostname()), "pid": os.getpid()}
    if git_user is not None:
        person["git"] = _plain(git_user)
    if run := _ci_run(environ):
        person["ci"] = {key: _plain(text) for key, text in run.items()}
    return person


def _ci_run(environ: Mapping[str, str]) -> Mapping[str, str]:
    def value(name: str) -> str:
        return environ.get(name, "")

    if value("GITHUB_ACTIONS") == "true":
        run = f"{value('GITHUB_SERVER_URL')}/{value('GITHUB_REPOSITORY')}/actions/runs/{value('GITHUB_RUN_ID')}"
        return {"provider": "github", "actor": value("GITHUB_ACTOR"), "run": run}
    if value("GITLAB_CI") == "true":
        return {"provider": "gitlab", "actor": value("GITLAB_USER_LOGIN"), "run": value("CI_JOB_URL")}
    return {}


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user that has no name; KeyError before Python 3.13
        return str(os.getuid())


def _plain(text: str) -> str:
    """Return `text` without the surrogates that stand for undecodable bytes: it goes into the ledger."""
    return text.encode("utf-8", "replace").decode("utf-8")
