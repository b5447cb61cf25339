"""Twenty appliers at once, whatever keeps the ledger: each spec is launched once, and no id is lost.

VOLVENCTL_ROUNDS=10 plays ten rounds on each backend instead of one.
"""

import json
import subprocess
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager

import pytest
from builders_command import COMMAND, volvenctl
from builders_desk import TOKEN, Desk
from builders_places import BACKENDS, open_place
from servers_postgres import postgres  # noqa: F401 - a fixture

from volvenctl.adapters.system import environment_variables

APPLIERS = 20
SIZES = {"btc": "0.1", "eth": "0.2", "sol": "0.3"}
"""Each spec is known by its size at the platform."""
ROUNDS = int(environment_variables().get("VOLVENCTL_ROUNDS", "1"))
BREAKS_S = 0.2
"""Pause between two times that the lock is taken from its holder."""


@pytest.fixture
def scene(request, tmp_path):
    """A desk whose ledger is in the backend of the test's parameter, and that place."""
    with ExitStack() as stack:
        desk = stack.enter_context(Desk(tmp_path))
        file = desk.root / "volvenctl.yaml"
        many_share_the_processors = file.read_text().replace("timeoutSeconds: 2", "timeoutSeconds: 30")
        file.write_text(many_share_the_processors)
        for name, size in SIZES.items():
            desk.write(name, size)
        yield desk, open_place(request.param, desk, stack, lambda: request.getfixturevalue("postgres"))


def environment(desk, place):
    return {"PATH": environment_variables()["PATH"], "HOME": str(desk.folder), "VOLVEN_TOKEN": TOKEN, **place.variables}


def apply_at_once(desk, place, *arguments):
    """Let all appliers run at once, and return the exit code and the words of each. Every fourth waits for the lock."""
    appliers = [
        subprocess.Popen(
            [COMMAND, "apply", "--auto-approve", *arguments, "--lock-timeout", "0" if number % 4 else "5"],
            cwd=place.roots[number % len(place.roots)],
            env=environment(desk, place),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(APPLIERS)
    ]
    told = [applier.communicate(timeout=180)[0] for applier in appliers]
    return [(applier.returncode, words) for applier, words in zip(appliers, told, strict=True)]


@contextmanager
def breaking_locks(place):
    """Take the lock from its holder again and again."""
    done = threading.Event()

    def run():
        while not done.wait(BREAKS_S):
            place.break_lock()

    breaker = threading.Thread(target=run)
    breaker.start()
    try:
        yield
    finally:
        done.set()
        breaker.join()


def command(desk, place, *arguments):
    return volvenctl(*arguments, cwd=place.roots[0], **environment(desk, place))


def assert_launched_once(desk, place):
    """Each spec was created once, the ledger knows every id, and its chain is sound."""
    created = Counter(str(json.loads(body)["size"]) for body in desk.bodies)
    assert created == dict.fromkeys(SIZES.values(), 1)
    verified = command(desk, place, "audit", "verify", "--format", "json")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    log = json.loads(command(desk, place, "audit", "log", "--format", "json").stdout)
    assert [record["seq"] for record in log["records"]] == list(range(1, log["head"]["seq"] + 1))
    kept = Counter(record["data"]["strategyId"] for record in log["records"] if record["type"] == "attempt.succeeded")
    assert kept == dict.fromkeys(desk.live_ids, 1)


over_all_backends = pytest.mark.parametrize("scene", BACKENDS * ROUNDS, indirect=True)


@over_all_backends
def test_of_twenty_appliers_those_that_do_not_get_the_lock_say_so_and_each_spec_is_launched_once(scene):
    desk, place = scene
    ended = apply_at_once(desk, place, "--parallelism", "1")
    assert {code for code, _ in ended} <= {0, 6}, ended
    assert 0 in {code for code, _ in ended}
    assert_launched_once(desk, place)


@over_all_backends
def test_twenty_appliers_whose_locks_are_taken_away_launch_each_spec_once_all_the_same(scene):
    desk, place = scene
    with breaking_locks(place):
        apply_at_once(desk, place)
    last = command(desk, place, "apply", "--auto-approve", "--lock-timeout", "70")
    assert last.returncode == 0, last.stdout + last.stderr
    assert_launched_once(desk, place)
