"""The self-test passes on the product, and finds each kind of fault in a product that was broken on purpose."""

import json
from contextlib import nullcontext
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from builders_command import volvenctl
from jsonschema import Draft202012Validator

from volvenctl.cli.selftest.bench import NAMES, ledger_file_in, ledger_in, project_in, spare_in, write_spec
from volvenctl.cli.selftest.case import Case
from volvenctl.cli.selftest.cases import Group, groups
from volvenctl.cli.selftest.changes import change_one
from volvenctl.cli.selftest.fuse import Fuse, FusedLedger, FusedPlatform, fused
from volvenctl.cli.selftest.report import Failure, Report, Tried, selftest_document, selftest_text
from volvenctl.cli.selftest.sweep import sweep
from volvenctl.cli.selftest.trial import Run, Trial, end_of, exits_outside
from volvenctl.cli.selftest.verdict import Launch, faults_at_rest
from volvenctl.cli.session import Session
from volvenctl.model.names import StrategyId
from volvenctl.model.outcome import Answered
from volvenctl.render.style import PLAIN
from volvenctl.sandbox.faults import FaultScript, read_script

SCHEMA = json.loads((Path(__file__).parents[3] / "schemas" / "selftest.schema.json").read_text())
GROUPS = ["outcomes", "crashes", "torn", "full", "kills", "in-flight", "races", "actions", "replaces", "unlocked"]


@pytest.fixture
def trial(tmp_path):
    with Trial(tmp_path / "case", FaultScript({})) as opened:
        yield opened


def scripted(tmp_path, *creates):
    return Trial(tmp_path / "case", read_script(json.dumps({"create": creates})))


def document_of(report):
    document = json.loads(json.dumps(selftest_document(report), default=float))
    Draft202012Validator(SCHEMA).validate(document)
    return document


class Careless(FusedLedger):
    """Says that records are durable and stores none of the kind `forgets`."""

    def __init__(self, inner, forgets):
        super().__init__(inner, Path(), Fuse())
        self._forgets = forgets

    def append(self, expected, records):
        if not any(record.type in self._forgets for record in records):
            super().append(expected, records)


class Repeating(FusedPlatform):
    """Sends again what was not answered, as an impatient client would."""

    def __init__(self, inner):
        super().__init__(inner, Fuse())

    def send(self, request, attempt_id, not_after):
        answer = super().send(request, attempt_id, not_after)
        return answer if isinstance(answer, Answered) else super().send(request, attempt_id, not_after)


class Failing(FusedPlatform):
    """Has a bug."""

    def __init__(self, inner):
        super().__init__(inner, Fuse())

    def find(self):
        raise KeyError("find")


class Optimist(FusedPlatform):
    """Takes every strategy for stopped."""

    def __init__(self, inner):
        super().__init__(inner, Fuse())

    def find(self):
        return tuple(replace(item, state={**item.state, "status": "STOPPED"}) for item in super().find())


class Hasty(FusedPlatform):
    """Stops where it is asked to pause."""

    def __init__(self, inner):
        super().__init__(inner, Fuse())

    def send(self, request, attempt_id, not_after):
        return super().send(replace(request, path=request.path.replace("pause", "stop")), attempt_id, not_after)


class HastyTrial(Trial):
    """Applies with such a platform."""

    def apply(self, wrap=lambda world: world, parallelism=1):
        return super().apply(lambda world: wrap(replace(world, platform=Hasty(world.platform))), parallelism)


class TestAProductThatWorks:
    def test_launches_each_spec_once_and_nothing_is_found(self, trial):
        assert [trial.apply().exit, trial.apply_last().exit] == [0, 0]
        assert trial.faults == []
        assert [launch.name for launch in trial.launches] == list(NAMES)
        assert len(trial.asked) == 3

    def test_survives_a_crash_at_a_chosen_call(self, trial):
        fuse = Fuse(at=10)
        run = trial.apply(lambda world: fused(world, ledger_file_in(trial.folder), fuse))
        assert (run.exit, fuse.is_blown, len(fuse.steps)) == (None, True, 10)
        trial.apply_last()
        assert trial.faults == []

    def test_needs_no_lock_to_be_safe(self, trial):
        runs = trial.apply_at_once(lambda world: replace(world, ledger=Open(world.ledger)), 3)
        trial.judge(*runs)
        trial.apply_last()
        assert (trial.faults, len(runs), len(trial.launches)) == ([], 3, 3)


class Open(FusedLedger):
    """Locks nobody out."""

    def __init__(self, inner):
        super().__init__(inner, Path(), Fuse())

    def lock(self, operation, actor):
        return nullcontext()


class TestABrokenProductIsFoundOut:
    def test_that_sends_again_after_an_unknown_outcome(self, tmp_path):
        with scripted(tmp_path, "finC") as trial:
            trial.apply(lambda world: replace(world, platform=Repeating(world.platform)))
            assert "spec-1 was launched 2 times" in trial.faults

    def test_that_records_nothing_before_it_sends(self, tmp_path):
        with scripted(tmp_path, "ok", "finC") as trial:
            forgets = {"attempt.started", "attempt.succeeded", "attempt.unknown"}
            trial.apply(lambda world: replace(world, ledger=Careless(world.ledger, forgets)))
            assert any("is lost" in text or "does not verify" in text for text in trial.faults)

    def test_that_launches_a_successor_while_the_old_one_runs(self, trial):
        trial.apply()
        write_spec(trial.folder, NAMES[1], "lifecycle: {onChange: replace}", "0.25")
        trial.apply(lambda world: replace(world, platform=Optimist(world.platform)))
        assert "spec-2 was launched while another one of it ran" in trial.faults

    def test_that_stops_what_was_to_be_paused(self, tmp_path):
        with HastyTrial(tmp_path / "case", FaultScript({})) as trial:
            change_one(trial, "pause")
        assert "stop was sent for spec-2, and nobody asked for it" in trial.faults
        assert "spec-2 is STOPPED in the end, not PAUSED" in trial.faults

    def test_that_ends_with_a_traceback(self, trial):
        trial.apply(lambda world: replace(world, platform=Failing(world.platform)))
        assert trial.faults == ["a traceback: KeyError"]


class TestWhatIsLeftIsJudged:
    def judged(self, trial, launches=None, exits=(0,)):
        trial.apply()
        assert trial.faults == []
        return faults_at_rest(trial.folder, trial.launches if launches is None else launches, exits)

    def test_a_strategy_that_nobody_knows_is_lost(self, trial):
        assert self.judged(trial, [Launch(NAMES[0], StrategyId("lost"))])[1:] == [
            "lost was created for spec-1, and is lost",
            *self.judged(trial, [])[1:],
        ]

    def test_an_id_of_another_spec_is_found(self, trial):
        (first, *_) = self.judged(trial, [])
        assert first.startswith("the state gives spec-1 the id ")

    def test_exit_0_with_something_missing_is_found(self, trial):
        assert faults_at_rest(make(trial), (), [0]) == ["exit 0, but spec-1, spec-2, spec-3 is not launched"]

    def test_a_secret_on_the_disk_is_found(self, trial):
        (spare_in(make(trial)) / "note").write_text("key nt2jRz4sDBXINYNsAb8H")
        assert self.judged_anyway(trial) == ["a secret was written to note"]

    def test_a_damaged_ledger_is_found(self, trial):
        trial.apply()
        file = ledger_file_in(trial.folder)
        file.write_bytes(file.read_bytes().replace(b"spec-1", b"spec-9", 1))
        (found,) = self.judged_anyway(trial)
        assert found.startswith("the ledger does not verify: ")

    def test_a_state_file_that_says_something_else_is_found(self, trial):
        trial.apply()
        ledger = ledger_in(trial.folder)
        ledger.write_state({**ledger.read_state(), "strategies": {}})
        assert self.judged_anyway(trial) == ["the state file and the ledger differ"]

    def test_an_unknown_outcome_that_the_exit_code_hides_is_found(self, tmp_path):
        with scripted(tmp_path, "finC") as trial:
            assert trial.apply().exit == 4
            assert trial.faults == []
            assert "exit 1, but an outcome is unknown" in faults_at_rest(trial.folder, trial.launches, [1])

    def test_what_is_not_launched_in_the_end_is_found(self, tmp_path):
        with scripted(tmp_path, "400") as trial:
            trial.apply_last()
            assert trial.faults[0] == "spec-1 was never launched, and nothing says so"
            assert trial.faults[1] == "the last apply ended with exit 7, not with exit 0"

    def judged_anyway(self, trial):
        return faults_at_rest(trial.folder, trial.launches, [7])


def make(trial):
    project_in(trial.folder).mkdir(exist_ok=True)
    return trial.folder


class TestAProcess:
    def test_that_shows_a_traceback_or_the_token_is_found(self, trial):
        for text in ("Traceback (most recent", "this is a bug in volvenctl", "SELFTEST-TOKEN-THAT-MUST-NOT-BE-WRITTEN"):
            run = end_of(trial.start("-c", f"print({text!r})"))
            assert run.fault.startswith("the output has ")

    def test_that_is_killed_has_no_exit_code(self, trial):
        assert end_of(trial.start("-c", "import os; os.kill(os.getpid(), 9)")) == Run(None)

    def test_that_ends_unexpectedly_is_quoted(self, trial):
        run = end_of(trial.start("-c", "print('a'); print('why'); raise SystemExit(5)"))
        assert exits_outside([run], 0, None) == ["an apply ended with exit 5 (why), not with exit 0 or by a signal"]


def test_the_quick_part_has_every_group_and_only_cases_of_the_full_sweep(tmp_path):
    quick = {group.name: {case.name for case in group.make()} for group in groups(tmp_path / "quick", quick=True)}
    full = {group.name: {case.name for case in group.make()} for group in groups(tmp_path / "full", quick=False)}
    assert list(quick) == list(full) == GROUPS
    for name in set(GROUPS) - {"races"}:
        assert quick[name] <= full[name]
    assert len(full["outcomes"]) == 3 * len(quick["outcomes"])


class TestTheReport:
    def report(self, *failures):
        tried = Tried("outcomes", "every outcome of a create", 2, failures, Decimal("0.3"))
        return Report(True, "2026-01-02T03:04:05.678Z", (tried,), "/kept" if failures else "")  # noqa: FBT003

    def test_says_that_nothing_was_found(self):
        assert "2 cases: nothing was launched twice, and no id was lost." in selftest_text(self.report(), PLAIN)
        assert document_of(self.report())["passed"] is True

    def test_names_each_failure_and_the_command_that_repeats_it(self):
        report = self.report(Failure("outcomes/fin on create 1 of 3", ("a", "b"), Decimal(0)))
        text = selftest_text(report, PLAIN)
        assert "    repeat: volvenctl selftest --quick --only 'outcomes/fin on create 1 of 3'\n" in text
        assert "1 case of 2 failed." in text
        assert "/kept" in text
        (group,) = document_of(report)["groups"]
        assert (group["passed"], group["violations"]) == (1, 2)

    def test_without_a_case_nothing_is_passed(self):
        report = Report(False, "2026-01-02T03:04:05.678Z", (), "")  # noqa: FBT003
        assert not report.is_passed
        assert "No case was tried." in selftest_text(report, PLAIN)


class TestTheSweep:
    @pytest.mark.parametrize(
        "only",
        [
            "outcomes/ok on create 2*",
            "outcomes/lateC on create 2*",
            "crashes/call 9 *",
            "torn/call 1? *",
            "full/call 1? *",
            "kills/call 13 *",
            "in-flight/SIG* during create 2 (slowC*",
            "races/round 2,*",
            "actions/timeoutC on a pause",
            "replaces/call 17 *",
        ],
    )
    def test_finds_nothing_in_the_product(self, tmp_path, only):
        report = sweep(Session(quiet=True), tmp_path, only, quick=True)
        assert report.failures == ()
        assert sum(group.cases for group in report.tried) >= 1

    def test_leaves_nothing_behind_when_all_is_well(self, tmp_path):
        report = sweep(Session(quiet=True), tmp_path, "outcomes/okay*", quick=True)
        assert (report.is_passed, list(tmp_path.iterdir())) == (False, [])

    def test_keeps_the_folders_of_failed_cases(self, tmp_path):
        def tell(trial):
            trial.faults += ["wrong", "wrong"]

        def make(folder, *, quick):
            return (Group("bad", "a fault", lambda: [Case("one", tell), Case("two", lambda _: None)]),)

        report = sweep(Session(quiet=True), tmp_path, "bad/*", quick=True, make=make)
        (failure,) = report.failures
        assert (failure.case, failure.violations, report.tried[0].passed) == ("bad/one", ("wrong",), 1)
        (kept,) = tmp_path.iterdir()
        assert report.kept == str(kept)
        assert [path.name for path in kept.iterdir()] == ["bad-0"]


def test_the_command_writes_table_and_report(tmp_path):
    words = ("selftest", "--quick", "--only", "*/* create 2*timeoutC*", "--report", "report.json")
    done = volvenctl(*words, cwd=tmp_path, TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stdout
    assert "in-flight: SIGKILL, SIGINT, SIGTERM during a create ...\n" in done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    Draft202012Validator(SCHEMA).validate(report)
    assert {group["name"]: group["cases"] for group in report["groups"]}["in-flight"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_with_json_stdout_is_the_report(tmp_path):
    done = volvenctl("selftest", "--quick", "--only", "unlocked/round 1,*", "--format", "json", "-q", cwd=tmp_path)
    report = json.loads(done.stdout)
    Draft202012Validator(SCHEMA).validate(report)
    assert (done.returncode, done.stderr, report["passed"]) == (0, "", True)


def test_a_report_that_cannot_be_written_is_said_before_anything_is_tried(tmp_path):
    done = volvenctl("selftest", "--report", "none/report.json", cwd=tmp_path)
    assert done.returncode == 64
    assert "there is no such folder" in done.stderr


def test_a_glob_that_matches_nothing_is_no_success(tmp_path):
    done = volvenctl("selftest", "--quick", "--only", "nothing/*", cwd=tmp_path)
    assert done.returncode == 1
    assert "No case was tried." in done.stdout
