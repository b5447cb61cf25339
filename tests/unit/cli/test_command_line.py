import json
import os
import subprocess
import sys
from pathlib import Path

import builders_report as build
import pytest
from builders_command import COMMAND, volvenctl

from volvenctl import __version__
from volvenctl.cli.group import COMMANDS
from volvenctl.wire.plan_v1 import plan_hash, plan_text


@pytest.fixture
def project(tmp_path):
    assert volvenctl("init", cwd=tmp_path).returncode == 0
    return tmp_path


@pytest.fixture
def planfile(tmp_path):
    made = build.plan(build.create())
    path = tmp_path / "saved.json"
    path.write_text(plan_text(build.replace(made, hash=plan_hash(made))))
    return path


def test_the_version_is_one_line(tmp_path):
    done = volvenctl("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"volvenctl {__version__}\n", "")


@pytest.mark.parametrize("words", [["-h"], ["--help"]])
def test_help_lists_every_command(tmp_path, words):
    done = volvenctl(*words, cwd=tmp_path)
    assert done.returncode == 0
    assert all(f"\n  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_of_its_own(tmp_path, name):
    done = volvenctl(name, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: volvenctl {name}")
    assert done.stderr == ""


def test_help_imports_no_command_and_nothing_heavy(tmp_path):
    code = (
        "import sys; sys.argv = ['volvenctl', '--help']\n"
        "from volvenctl.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*(name for name in sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "volvenctl.cli.group" in loaded
    heavy = {"httpx", "jsonschema", "yaml", "volvenctl.pipeline", "volvenctl.core", "asyncio"}
    assert not loaded & (heavy | {f"volvenctl.cli.{name}" for name in COMMANDS})


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ([], "Missing command", "volvenctl --help"),
        (["pln"], "there is no command 'pln'; did you mean 'plan'?", "volvenctl --help"),
        (["xyzzy"], "there is no command 'xyzzy'", "volvenctl --help"),
        (["--bogus"], "No such option", "volvenctl --help"),
        (["plan", "--format", "yaml"], "'yaml' is not one of 'text', 'json'", "volvenctl plan --help"),
        (["-C", "/nowhere", "plan"], "'/nowhere' does not exist", "volvenctl --help"),
        (["state"], "Missing command", "volvenctl state --help"),
        (["apply"], "there is no terminal to ask on", "--auto-approve"),
        (["apply", "p.json", "--only", "a"], "a saved plan holds its own selection", "plan --only"),
        (["apply", "p.json", "--allow-empty"], "a saved plan holds its own selection", "plan --only"),
        (["apply", "--parallelism", "0"], "0 is not in the range", "volvenctl apply --help"),
        (["plan", "-l", "desk"], "--label 'desk' is not of the form KEY=VALUE", "desk=macro"),
        (["resolve", "--absent", "--reason", "x"], "NAME is missing", "volvenctl resolve lists"),
        (["resolve", "a", "--absent"], "--reason is missing", "--reason"),
        (["resolve", "a", "--absent", "--adopt", "b", "--reason", "x"], "exclude each other", ""),
        (["resolve", "a", "--reason", "x"], "--reason goes with", ""),
        (["resolve", "a", "--yes-i-looked"], "--yes-i-looked goes with --absent", ""),
    ],
)
def test_wrong_usage_is_one_message_and_exit_64(tmp_path, words, message, hint):
    done = volvenctl(*words, cwd=tmp_path)
    assert done.returncode == 64
    assert done.stdout == ""
    assert message in done.stderr
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


def test_hostile_words_on_the_command_line_are_shown_as_escapes(tmp_path):
    done = volvenctl("\x1b[2J\u202e::x", cwd=tmp_path)
    assert done.returncode == 64
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr


def test_without_a_project_the_hint_is_init(tmp_path):
    done = volvenctl("validate", "--offline", cwd=tmp_path)
    assert done.returncode == 1
    assert "volvenctl.yaml" in done.stderr
    assert "hint: volvenctl init" in done.stderr


def test_an_error_with_json_is_one_json_document(tmp_path):
    done = volvenctl("validate", "--format", "json", cwd=tmp_path)
    document = json.loads(done.stdout)
    assert document["error"]["exit"] == done.returncode == 1
    assert document["error"]["hint"] == "volvenctl init"


def test_init_writes_a_project_and_never_overwrites(project):
    assert (project / "volvenctl.yaml").is_file()
    assert ".volvenctl/" in (project / ".gitignore").read_text()
    (project / "volvenctl.yaml").write_text("mine")
    (project / "strategies" / "btc-dip-buy.yaml").unlink()
    again = volvenctl("init", cwd=project)
    assert again.returncode == 64
    assert "volvenctl.yaml" in again.stderr
    assert (project / "volvenctl.yaml").read_text() == "mine"
    assert not (project / "strategies" / "btc-dip-buy.yaml").exists()


def test_init_makes_the_folder_and_names_the_next_command(tmp_path):
    done = volvenctl("init", "My Desk!", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "Next: volvenctl -C 'My Desk!' plan"
    assert "metadata: {name: my-desk}" in (tmp_path / "My Desk!" / "volvenctl.yaml").read_text()


def test_init_says_what_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    done = volvenctl("init", "file/below", cwd=tmp_path)
    assert done.returncode == 1
    assert "could not be written" in done.stderr


def test_a_project_file_with_problems_shows_them_at_their_lines(project):
    (project / "volvenctl.yaml").write_text("apiVersion: volvenctl/v1\nkind: Project\nbogus: 1\n")
    done = volvenctl("plan", cwd=project)
    assert done.returncode == 1
    assert "volvenctl.yaml:3:1: error[" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("text", ["", "a: 1\n---\nb: 2\n", "a: [", "- 1\n"])
def test_a_project_file_that_is_none_is_refused(project, text):
    (project / "volvenctl.yaml").write_text(text)
    done = volvenctl("plan", cwd=project)
    assert done.returncode == 1
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


def test_an_unknown_environment_names_the_ones_there_are(project):
    for done in (volvenctl("-e", "prod", "plan", cwd=project), volvenctl("plan", cwd=project, VOLVENCTL_ENV="prod")):
        assert done.returncode == 64
        assert "its environments: sandbox" in done.stderr


def test_global_options_stand_before_or_after_the_command(project):
    other = project.parent
    before = volvenctl("-C", str(project), "-e", "nope", "plan", cwd=other)
    after = volvenctl("plan", "-C", str(project), "-e", "nope", cwd=other)
    within = volvenctl("state", "list", "-C", str(project), "--env", "nope", cwd=other)
    assert before.stderr == after.stderr == within.stderr
    assert (before.returncode, after.returncode, within.returncode) == (64, 64, 64)


def test_verbose_says_which_project_is_used(project):
    done = volvenctl("-v", "state", "list", cwd=project)
    assert f"project {project}/volvenctl.yaml, environment sandbox" in done.stderr


def test_a_saved_plan_is_shown_offline_and_without_a_project(tmp_path, planfile):
    shown = volvenctl("show", "saved.json", cwd=tmp_path)
    assert shown.returncode == 0
    assert shown.stdout.startswith("sha256:")
    assert shown.stdout.splitlines()[-1] == "Next: volvenctl -e sandbox apply saved.json"
    assert volvenctl("show", "saved.json", "--format", "json", cwd=tmp_path).stdout == planfile.read_text()


def test_a_plan_that_was_edited_is_refused_with_exit_5(tmp_path, planfile):
    planfile.write_text(planfile.read_text().replace("9500", "9501"))
    assert volvenctl("show", "saved.json", cwd=tmp_path).returncode == 5


def test_a_plan_that_cannot_be_read_says_how_to_make_one(tmp_path):
    done = volvenctl("show", "none.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "hint: make it with: volvenctl plan --out none.json" in done.stderr


@pytest.mark.parametrize(
    ("words", "variables", "painted"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "0"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_are_for_terminals_unless_asked_for(tmp_path, planfile, words, variables, painted):
    done = volvenctl("show", planfile.name, *words, cwd=tmp_path, **variables)
    assert ("\x1b[" in done.stdout) is painted


def test_every_text_can_be_written_in_every_encoding(tmp_path):
    done = volvenctl("show", "größe.json", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "gr\\xf6\\xdfe.json" in done.stderr


def test_a_reader_who_leaves_early_is_no_error(tmp_path, planfile):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        done = subprocess.run(
            [COMMAND, "show", planfile.name], cwd=tmp_path, stdout=gone, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_result_that_cannot_be_written_is_an_error(tmp_path, planfile):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [COMMAND, "show", planfile.name], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert b"could not be written to stdout" in done.stderr


def test_closed_output_is_no_reason_to_crash(tmp_path, planfile):
    done = subprocess.run(
        ["sh", "-c", f"'{COMMAND}' show {planfile.name} >&- 2>&-"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0


def test_wrong_usage_after_json_was_asked_for_writes_one_document(project):
    done = volvenctl("plan", "--format", "json", "-l", "desk", cwd=project)
    assert done.returncode == 64
    assert json.loads(done.stdout)["error"]["exit"] == 64


def test_sandbox_reset_refuses_what_is_no_sandbox(project):
    text = (project / "volvenctl.yaml").read_text()
    (project / "volvenctl.yaml").write_text(text.replace('"sandbox:"', "http://127.0.0.1:1"))
    done = volvenctl("sandbox", "reset", cwd=project)
    assert done.returncode == 64
    assert "is no sandbox; nothing was reset" in done.stderr


def test_sandbox_reset_removes_the_ledger_and_says_so(project):
    assert volvenctl("state", "init", cwd=project).returncode == 0
    ledger = project / ".volvenctl" / "sandbox" / "ledger.jsonl"
    assert ledger.exists()
    kept = volvenctl("sandbox", "reset", "--keep-state", cwd=project)
    assert "ledger.jsonl" not in kept.stdout
    assert ledger.exists()
    done = volvenctl("sandbox", "reset", cwd=project)
    assert done.returncode == 0
    assert f"  - {ledger}" in done.stdout
    assert not ledger.exists()
    assert volvenctl("state", "list", cwd=project).returncode == 0


def test_an_unknown_kind_of_state_is_refused(project):
    text = (project / "volvenctl.yaml").read_text()
    (project / "volvenctl.yaml").write_text(text.replace("state: .volvenctl/sandbox", "state: s3://bucket"))
    done = volvenctl("state", "list", cwd=project)
    assert done.returncode == 1
    assert "s3://bucket" in done.stderr
