"""An apply that is killed at any of its points, its ledger in any place: no spec is launched twice, no id is lost.

A normal run tries a few points spread evenly over an apply on two backends, half a minute each or so.
VOLVENCTL_EVERY_POINT=1 tries all points on all backends, which takes ten minutes for most and two hours on git; 5 tries
every fifth. Then `--log-cli-level=INFO` tells what became of each.
"""

import json
import logging
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from builders_command import COMMAND, volvenctl
from builders_desk import TOKEN, Desk
from builders_places import BACKENDS, Place, open_place, serve_objects
from kill_at import why_not
from servers_postgres import postgres  # noqa: F401 - a fixture

from volvenctl.adapters.system import environment_variables

NAMES = {"0.1": "btc", "0.2": "eth", "0.3": "sol"}
"""Each spec is known by its size at the platform."""
KILL_AT = Path(__file__).parents[1] / "kill_at.py"
FEW = 3
STRIDE = int(environment_variables().get("VOLVENCTL_EVERY_POINT", "0"))
SOME = [("git", "all"), ("s3", "all")]
"""Backends, and who is killed: on git the children of the command may live on, and push what it wanted pushed."""
ALL = [*((backend, "all") for backend in BACKENDS), ("git", "alone")]
ROUNDS = 6
"""A busy machine may take longer over a start than a request may wait; then it is not sent, and applied once more."""
_log = logging.getLogger(__name__)

on_all_places = pytest.mark.parametrize("new_scene", ALL if STRIDE else SOME, indirect=True, ids="-".join)
pytestmark = pytest.mark.skipif(bool(why_not()), reason=str(why_not()))


@dataclass(frozen=True)
class Scene:
    """A desk with nothing launched yet, its ledger in the place."""

    desk: Desk
    place: Place

    def apply_until(self, point, victims):
        """Apply and be killed at the point, 0 for none; return how many were passed, what happened, and the words."""
        report = self.desk.folder / "killed.json"
        apply = (COMMAND, "apply", "--auto-approve", "--parallelism", "1")
        done = subprocess.run(
            [sys.executable, str(KILL_AT), str(point), victims, str(report), *apply],
            cwd=self.place.roots[0],
            env={"PATH": environment_variables()["PATH"], "HOME": str(self.desk.folder), **self._variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        seen = json.loads(report.read_text())
        assert (done.returncode == 137) == (0 < point <= seen["points"]), done
        return seen["points"], seen["happened"], done.stdout + done.stderr

    def run(self, *arguments, codes=(0,)):
        """Run the installed command where the apply was killed; it must end with one of the codes."""
        done = volvenctl(*arguments, cwd=self.place.roots[0], **self._variables)
        assert done.returncode in codes, (arguments, done.returncode, done.stdout, done.stderr)
        return done

    def document(self, *arguments):
        """Return what the command prints as JSON in another checkout, if there are several."""
        done = volvenctl(*arguments, "--format", "json", cwd=self.place.roots[-1], **self._variables)
        assert done.returncode == 0, (arguments, done)
        return json.loads(done.stdout)

    @property
    def launched(self):
        """The specs and ids of all that was ever created at the platform."""
        return sorted((NAMES[str(item.request["size"])], item.id) for item in self.desk.store.strategies())

    @property
    def _variables(self):
        return {"VOLVEN_TOKEN": TOKEN, **self.place.variables}


@pytest.fixture
def new_scene(request, tmp_path):
    """Return what makes a scene on the backend of the test's parameter; each has a ledger of its own."""
    backend, _ = request.param
    numbers = count()
    with ExitStack() as stack:
        server = serve_objects(backend, stack)

        @contextmanager
        def make():
            with ExitStack() as ending:
                desk = ending.enter_context(Desk(tmp_path / f"{backend}-{next(numbers)}"))
                for size, name in NAMES.items():
                    desk.write(name, size)
                database = lambda: request.getfixturevalue("postgres")  # noqa: E731 - one line at its only use
                yield Scene(desk, open_place(backend, desk, ending, database, server))

        yield make


def recover(scene):
    """Do what the commands say until an apply is complete: free the dead run's lock, judge what is open; return it."""
    did = []
    for _ in range(ROUNDS):
        match scene.run("apply", "--auto-approve", codes=(0, 4, 6, 7)).returncode:
            case 0:
                return did
            case 4:
                for attempt in scene.document("resolve")["openAttempts"]:
                    verdict = judgement(scene, attempt)
                    scene.run("resolve", attempt["name"], *verdict, "--reason", "looked")
                    did.append(f"{attempt['name']} {verdict[0]}")
            case 6:
                scene.run("state", "unlock", "--force")
                did.append("unlock")
    raise AssertionError("no apply was complete")


def judgement(scene, attempt):
    """Return what somebody says of an open attempt who knows what is at the platform."""
    shown = {item["strategyId"] for item in attempt["candidates"]}
    own = [identifier for name, identifier in scene.launched if name == attempt["name"]]
    assert set(own) <= shown, (attempt, scene.launched)
    return ("--adopt", own[0]) if own else ("--absent", "--yes-i-looked")


def assert_whole(scene, said):
    """Each spec was launched once, the ledger knows each id, no word was taken back, and the chain is sound."""
    assert [name for name, _ in scene.launched] == sorted(NAMES.values())
    records = scene.document("audit", "log")["records"]
    ended = [item for item in records if item["type"] == "attempt.succeeded"]
    judged = [
        item for item in records if item["type"] == "attempt.resolved" and item["data"]["resolution"] == "adopted"
    ]
    assert sorted((item["data"]["name"], item["data"]["strategyId"]) for item in ended + judged) == scene.launched
    promised = {identifier for _, identifier in scene.launched if identifier in said}
    assert promised <= {item["data"]["strategyId"] for item in ended}
    assert scene.document("audit", "verify")["head"]["seq"] == len(records)


def try_point(new_scene, point, victims):
    """Kill an apply at the point and recover; return how many points it had up to there, and what is wrong then."""
    with new_scene() as scene:
        points, happened, said = scene.apply_until(point, victims)
        try:
            did = recover(scene)
            assert_whole(scene, said)
        except AssertionError as error:
            _log.exception("point %s, %s", point, happened)
            return points, f"point {point}, {happened}: {error}"
        _log.info("point %s, %s, then %s: fine", point, happened, ", ".join(did) or "nothing to do")
        return points, None


@on_all_places
def test_an_apply_killed_at_any_point_is_carried_on_without_a_second_launch_or_a_lost_id(new_scene, request):
    victims = request.node.callspec.params["new_scene"][1]
    points, wrong = try_point(new_scene, 0, victims)
    assert wrong is None
    assert points > len(NAMES) * FEW
    stride = STRIDE or points // FEW
    tried = [try_point(new_scene, point, victims) for point in range(1 + stride // 2, points + 1, stride)]
    assert [wrong for _, wrong in tried if wrong] == []


@pytest.mark.parametrize("new_scene", [("folder", "all")], indirect=True)
def test_the_sweep_itself_notices_a_strategy_that_was_launched_twice(new_scene):
    with new_scene() as scene:
        recover(scene)
        shutil.rmtree(scene.desk.root / "state")
        recover(scene)
        with pytest.raises(AssertionError):
            assert_whole(scene, "")


@pytest.mark.parametrize("new_scene", [("folder", "all")], indirect=True)
def test_the_sweep_itself_notices_a_word_that_the_ledger_does_not_keep(new_scene):
    with new_scene() as scene:
        scene.desk.script = ["lost"]
        recover(scene)
        assert_whole(scene, "")
        with pytest.raises(AssertionError):
            assert_whole(scene, " ".join(identifier for _, identifier in scene.launched))
