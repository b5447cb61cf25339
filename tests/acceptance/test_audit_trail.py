"""The audit trail through the installed command: filters, anchors, signed checkpoints, the archive, the past."""

import csv
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from builders_check import schema
from builders_command import volvenctl
from builders_pull_request import Keys, PullRequest, run_tool
from jsonschema import Draft202012Validator

from volvenctl.errors import Exit
from volvenctl.wire.exact_json import digest_of, json_text


@pytest.fixture
def project(tmp_path):
    """A starter project in which one strategy was launched."""
    folder = tmp_path / "project"
    folder.mkdir()
    run(folder, "init", ".")
    run(folder, "apply", "--auto-approve")
    return folder


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path / "keys")


def run(folder, *arguments, code=Exit.OK, **variables):
    done = volvenctl(*arguments, cwd=folder, **variables)
    assert done.returncode == code, done.stderr
    return done


def document(folder, name, *arguments):
    value = json.loads(run(folder, *arguments, "--format", "json").stdout)
    Draft202012Validator(schema(name)).validate(value)
    return value


def head_of(folder):
    return document(folder, "audit-verify", "audit", "verify")["head"]


def cut(folder, count):
    """Put an older copy of ledger and state in place."""
    ledger = folder / ".volvenctl" / "sandbox" / "ledger.jsonl"
    ledger.write_bytes(b"".join(ledger.read_bytes().splitlines(keepends=True)[:count]))
    (ledger.parent / "state.json").unlink()
    run(folder, "state", "rebuild")


def test_an_apply_ends_with_the_head_that_audit_verify_takes(project):
    done = run(project, "apply", "--auto-approve")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("ledger: ")]
    head = document(project, "audit-verify", "audit", "verify", "--expect-head", line.removeprefix("ledger: "))
    assert head["anchors"] == [head["head"]]
    assert line == f"ledger: record {head['head']['seq']}, {head['head']['hash']}"


def test_a_step_hands_on_the_head_and_a_trailer(project, tmp_path):
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    run(project, "apply", "--auto-approve", **files)
    head = head_of(project)
    assert f"ledger-seq={head['seq']}\nledger-head={head['hash']}\n" in Path(files["GITHUB_OUTPUT"]).read_text()
    assert f"\nVolvenctl-Head: {head['seq']} {head['hash']}\n" in Path(files["GITHUB_STEP_SUMMARY"]).read_text()


def test_an_older_copy_is_found_by_a_noted_head_and_nothing_else(project):
    head = head_of(project)
    cut(project, 2)
    run(project, "audit", "verify")
    for noted in (f"{head['seq']}:{head['hash']}", head["hash"].removeprefix("sha256:")):
        run(project, "audit", "verify", "--expect-head", noted, code=Exit.ERROR)
    assert "the first bad seq is 3" in run(project, "audit", "verify", f"--expect-head=5:{'a' * 64}", code=1).stderr
    run(project, "audit", "verify", "--expect-head", "5:abc", code=Exit.USAGE)


def test_a_torn_end_is_noted_by_verify_cut_off_by_the_next_writer_and_named_in_the_ledger(project):
    ledger = project / ".volvenctl" / "sandbox" / "ledger.jsonl"
    whole = ledger.read_bytes()
    ledger.write_bytes(whole + whole[:100])
    note = "ends with 100 bytes of an unfinished append"
    assert note in run(project, "audit", "verify").stdout
    assert ledger.read_bytes() == whole + whole[:100]
    spec = next((project / "strategies").glob("*.yaml"))
    (project / "strategies" / "second.yaml").write_text(spec.read_text().replace("name: ", "name: second-"))
    assert "100 bytes of an unfinished append were cut off" in run(project, "apply", "--auto-approve").stderr
    began = json.loads(run(project, "audit", "log", "--type", "apply.started", "--format", "json").stdout)["records"][
        -1
    ]
    assert "100 bytes of an unfinished append were cut off" in began["data"]["warnings"][0]
    assert note not in run(project, "audit", "verify").stdout


def test_a_state_file_that_says_something_else_is_found(project):
    state = project / ".volvenctl" / "sandbox" / "state.json"
    forged = {**json.loads(state.read_text()), "strategies": {}}
    forged["digest"] = digest_of({key: value for key, value in forged.items() if key != "digest"})
    state.write_text(json_text(forged))
    assert "says something else than the ledger" in run(project, "audit", "verify", code=1).stderr
    run(project, "state", "rebuild")
    run(project, "audit", "verify")


def test_a_signed_checkpoint_is_written_once_verified_and_finds_an_older_copy(project, keys):
    made = document(project, "audit-checkpoint", "audit", "checkpoint", "--key", keys.of("ann"))
    assert (made["written"], made["file"]) == (True, "checkpoints/sandbox/5.json")
    text = (project / made["file"]).read_text()
    assert json.loads(text) == made["checkpoint"]
    again = document(project, "audit-checkpoint", "audit", "checkpoint", "--key", keys.of("bob"))
    assert (again["written"], again["checkpoint"]) == (False, made["checkpoint"])
    (project / "signers").write_text(keys.line("ann"))
    found = document(project, "audit-verify", "audit", "verify", "--signers", "signers")
    assert [item["principal"] for item in found["checkpoints"]] == ["ann@desk"]
    words = ("-I", "ann@desk", "-n", "volvenctl-checkpoint", "-s", f"{made['file']}.sig")
    run_tool("ssh-keygen", "-Y", "verify", "-f", "signers", *words, cwd=project, message=text)
    cut(project, 4)
    for more in ((), ("--signers", "signers"), ("--checkpoints", "checkpoints/sandbox")):
        assert "the first bad seq is 5" in run(project, "audit", "verify", *more, code=1).stderr
    run(project, "audit", "checkpoint", "--key", keys.of("ann"), code=Exit.ERROR)
    assert not (project / "checkpoints/sandbox/4.json").exists()


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (lambda file, keys: file.with_name("5.json.sig").unlink(), "there is no signature beside it"),
        (lambda file, keys: file.write_text(file.read_text().replace(",", ", ")), "cannot be used"),
        (lambda file, keys: file.write_text(file.read_text().replace("2026", "2025")), "incorrect signature"),
        (lambda file, keys: file.write_text("x" * 5000), "is larger than 4096 bytes"),
        (lambda file, keys: sign_as(file, keys, "eve", "volvenctl-checkpoint"), "is not in the signers' file"),
        (lambda file, keys: sign_as(file, keys, "ann", "volvenctl-plan"), "namespace does not match"),
    ],
    ids=["unsigned", "another spelling", "another time", "too large", "a stranger", "another namespace"],
)
def test_a_checkpoint_that_is_not_signed_as_it_should_be_is_an_error(project, keys, forge, said):
    run(project, "audit", "checkpoint", "--key", keys.of("ann"))
    (project / "signers").write_text(keys.line("ann"))
    file = project / "checkpoints" / "sandbox" / "5.json"
    forge(file, keys)
    assert said in run(project, "audit", "verify", "--signers", "signers", code=Exit.ERROR).stderr


def sign_as(file, keys, name, namespace):
    file.with_name(file.name + ".sig").write_text(keys.sign(name, file.read_text(), namespace))


def test_checkpoints_that_are_asked_for_have_to_be_there(project, keys):
    (project / "empty").mkdir()
    assert "there is no checkpoint" in run(project, "audit", "verify", "--checkpoints", "empty", code=64).stderr
    (project / "signers").write_text(keys.line("ann"))
    run(project, "audit", "verify", "--signers", "signers", code=Exit.USAGE)
    run(project, "audit", "checkpoint", "--key", keys.of("ann"), "--out", "elsewhere.json")
    assert (
        "exists already"
        in run(
            project, "audit", "checkpoint", "--key", keys.of("ann"), "--out", "elsewhere.json", code=Exit.USAGE
        ).stderr
    )
    run(project, "audit", "verify", "--signers", "missing", code=Exit.ERROR)


def test_a_checkpoint_of_another_environment_is_passed_over(project, keys):
    run(project, "audit", "checkpoint", "--key", keys.of("ann"))
    file = project / "checkpoints" / "sandbox" / "5.json"
    file.write_text(file.read_text().replace('"sandbox"', '"other"'))
    assert "1 of the checkpoints are of other environments" in run(project, "audit", "verify").stdout


@pytest.mark.parametrize(
    ("arguments", "types"),
    [
        (("--strategy", "btc-dip-buy"), ["attempt.started", "attempt.succeeded"]),
        (("--type", "apply", "--since", "2020-01-01"), ["apply.started", "apply.finished"]),
        (("--until", "2020-01-01"), []),
        (("--actor", "nobody at all"), []),
        (("--plan", "sha256:0000"), []),
        (("--commit", "0000"), []),
    ],
)
def test_the_log_shows_what_is_asked_for(project, arguments, types):
    assert [item["type"] for item in document(project, "audit", "audit", "log", *arguments)["records"]] == types
    rows = csv.DictReader(io.StringIO(run(project, "audit", "log", *arguments, "--format", "csv").stdout))
    assert [row["type"] for row in rows] == types


@pytest.mark.parametrize("arguments", [("--since", "yesterday"), ("--until", "2026-13-01"), ("--commit", "no such")])
def test_a_filter_that_means_nothing_is_wrong_usage(project, arguments):
    run(project, "audit", "log", *arguments, code=Exit.USAGE)


def test_a_commit_may_be_named_as_git_names_it(tmp_path):
    with PullRequest(tmp_path) as desk:
        assert desk.plan().returncode == Exit.OK
        desk.approve("bob")
        assert desk.apply_plan().returncode == Exit.OK
        words = ("-e", "production", "audit", "log", "--format", "json", "--commit")
        named = [
            json.loads(desk.run(*words, ref).stdout)["records"]
            for ref in ("main", "HEAD", desk.git("rev-parse", "HEAD")[:7])
        ]
        assert len(named[0]) > 2
        assert named[0] == named[1] == named[2]
        desk.git("config", "user.email", "lead@desk")
        (record,) = json.loads(
            desk.run("-e", "production", "audit", "log", "--actor", "bob@desk", "--format", "json").stdout
        )["records"]
        assert record["type"] == "plan.approved"
        archive(desk)


def archive(desk):
    """The signatures in an archive verify without volvenctl."""
    file = desk.folder / "audit.tar.gz"
    done = desk.run("-e", "production", "audit", "export", str(file), "--plan", str(desk.plan_file))
    assert done.returncode == Exit.OK, done.stderr
    with tarfile.open(file) as packed:
        packed.extractall(desk.folder / "out", filter="data")
    folder = desk.folder / "out" / "audit"
    (signature,) = folder.glob("approvals/*.sig")
    words = ("-f", str(desk.root / "approvers"), "-I", "bob@desk", "-n", "volvenctl-plan", "-s", str(signature))
    run_tool("ssh-keygen", "-Y", "verify", *words, cwd=folder, message=signature.with_suffix(".plan").read_text())
    assert verified(folder).returncode == 0
    plan = folder / "plans" / "plan.json"
    plan.chmod(0o644)
    plan.write_text(plan.read_text().replace('"size\\":0.1', '"size\\":0.2'))
    assert "plan.json does not match its hash" in verified(folder).stderr


def verified(folder, *arguments):
    words = [sys.executable, "-I", "verify.py", *arguments]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def test_an_archive_has_the_same_bytes_each_time_and_verifies_itself(project, keys, tmp_path):
    run(project, "audit", "checkpoint", "--key", keys.of("ann"))
    made = document(project, "audit-export", "audit", "export", "one.zip")
    for name in ("two.zip", "one.tar.gz", "two.tgz"):
        run(project, "audit", "export", name)
    assert (project / "one.zip").read_bytes() == (project / "two.zip").read_bytes()
    assert (project / "one.tar.gz").read_bytes() == (project / "two.tgz").read_bytes()
    with zipfile.ZipFile(project / "one.zip") as packed:
        packed.extractall(tmp_path / "out")  # noqa: S202 - our own, into a folder of the test
        assert sorted(packed.namelist()) == [f"audit/{name}" for name in made["members"]]
    folder, head = tmp_path / "out" / "audit", head_of(project)
    assert {"ledger.jsonl", "state.json", "verify.py", "README.md", "checkpoints/5.json.sig"} <= set(made["members"])
    done = verified(folder, "--expect-head", f"{head['seq']}:{head['hash']}")
    assert (done.returncode, done.stdout) == (0, f"whole: 5 records, 2 files beside them, head 5:{head['hash']}\n")
    assert verified(folder, "--expect-head", f"6:{head['hash']}").returncode == 1
    assert verified(folder, "--expect-head", "6:abc").returncode == 2
    (folder / "ledger.jsonl").write_bytes((folder / "ledger.jsonl").read_bytes().replace(b"btc", b"eth", 1))
    assert "NOT WHOLE: ledger.jsonl is damaged at seq 3" in verified(folder).stderr


@pytest.mark.parametrize("file", ["audit.rar", "audit", "missing/audit.zip"])
def test_an_archive_that_cannot_be_written_says_why(project, file):
    done = volvenctl("audit", "export", file, cwd=project)
    assert done.returncode in {Exit.USAGE, Exit.ERROR}
    assert file in done.stderr


def test_two_plans_of_one_name_are_wrong_usage(project):
    run(project, "plan", "--out", "plan.json")
    assert (
        "rename"
        in run(project, "audit", "export", "a.zip", "--plan", "plan.json", "--plan", "plan.json", code=64).stderr
    )


def test_a_ledger_that_is_damaged_is_not_exported(project):
    ledger = project / ".volvenctl" / "sandbox" / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b"0.1", b"0.2", 1))
    assert "damaged at seq" in run(project, "audit", "export", "audit.zip", code=Exit.ERROR).stderr
    assert not (project / "audit.zip").exists()


def test_the_report_is_a_page(project):
    assert (
        run(project, "audit", "report", "--html", "report.html", "--until", "2999-01-01").stdout
        == "written report.html\n"
    )
    page = (project / "report.html").read_text()
    assert "btc-dip-buy" in page
    assert "still so" in page
    run(project, "audit", "report", "--html", "missing/report.html", code=Exit.ERROR)


def test_the_past_is_told_from_the_ledger_without_asking_the_platform(project):
    records = document(project, "audit", "audit", "log")["records"]
    (project / ".volvenctl" / "platform").rename(project / "gone")
    now = document(project, "status-at", "status", "--at", "2999-01-01")
    assert [item["name"] for item in now["strategies"]] == ["btc-dip-buy"]
    before = document(project, "status-at", "status", "--at", records[2]["time"])
    assert (before["strategies"], before["head"]["seq"] < 4) == ([], True)
    assert "the platform was not asked" in run(project, "status", "btc-dip-buy", "--at", "2999-01-01").stdout
    assert "begins at" in run(project, "status", "--at", "2020-01-01", code=Exit.ERROR).stderr
    for wrong in (("--at", "noon"), ("nobody", "--at", "2999-01-01"), ("--at", "2999-01-01", "--detailed-exitcode")):
        run(project, "status", *wrong, code=Exit.USAGE)
