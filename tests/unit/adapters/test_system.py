import os
import uuid
from datetime import UTC

import pytest

from volvenctl.adapters.system import RealSystem, actor_of, environment_variables
from volvenctl.wire.exact_json import canonical_text


def test_the_clock_never_goes_back():
    system = RealSystem()
    readings = [system.clock() for _ in range(100)]
    assert readings == sorted(readings)


def test_now_is_aware_and_in_utc():
    assert RealSystem().now().tzinfo is UTC


def test_ids_are_random_uuids():
    first, second = RealSystem().new_id(), RealSystem().new_id()
    assert first != second
    assert uuid.UUID(first).version == 4


def test_jitter_is_below_one():
    assert all(0 <= RealSystem().jitter() < 1 for _ in range(100))


def test_a_negative_sleep_is_none():
    RealSystem().sleep(-1)


def test_the_actor_is_user_host_and_process():
    actor = RealSystem().actor()
    assert {"user", "host", "pid"} <= actor.keys()
    assert actor["pid"] == os.getpid()


@pytest.mark.parametrize(
    ("environ", "ci"),
    [
        ({}, None),
        ({"CI": "true"}, None),
        (
            {
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTOR": "ann",
                "GITHUB_SERVER_URL": "https://github.com",
                "GITHUB_REPOSITORY": "o/r",
                "GITHUB_RUN_ID": "7",
            },
            {"provider": "github", "actor": "ann", "run": "https://github.com/o/r/actions/runs/7"},
        ),
        (
            {"GITLAB_CI": "true", "GITLAB_USER_LOGIN": "bob", "CI_JOB_URL": "https://gitlab.example/j/1"},
            {"provider": "gitlab", "actor": "bob", "run": "https://gitlab.example/j/1"},
        ),
    ],
)
def test_a_ci_run_is_named(environ, ci):
    assert actor_of(environ).get("ci") == ci


def test_what_git_calls_its_user_is_asked_once_and_kept():
    asked = []
    system = RealSystem(lambda: asked.append("git") or "ann@d\udcffsk")
    assert (system.actor()["git"], system.actor()["git"], len(asked)) == ("ann@d?sk", "ann@d?sk", 1)
    assert "git" not in RealSystem().actor()


def test_undecodable_bytes_cannot_break_the_ledger():
    actor = actor_of({"GITLAB_CI": "true", "GITLAB_USER_LOGIN": "b\udcffb", "CI_JOB_URL": ""})
    canonical_text(actor).encode()
    assert actor["ci"]["actor"] == "b?b"


def test_a_user_without_a_name_is_a_number(monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("getpass.getuser", _no_user)
    assert actor_of({})["user"] == str(os.getuid())


def _no_user():
    raise KeyError("uid not found")


def test_the_environment_is_that_of_this_process(monkeypatch):
    monkeypatch.setenv("VOLVEN_CANARY", "here")
    assert environment_variables()["VOLVEN_CANARY"] == "here"
