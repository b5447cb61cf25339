import json
import subprocess
import sys
from pathlib import Path

import pytest
from builders_command import volvenctl
from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parents[3] / "schemas"
SPEC = "strategies/btc-dip-buy.yaml"


@pytest.fixture
def project(tmp_path):
    assert volvenctl("init", cwd=tmp_path).returncode == 0
    return tmp_path


@pytest.fixture(scope="module")
def applied(tmp_path_factory):
    """A starter project whose strategy was launched; tests only look at it."""
    folder = tmp_path_factory.mktemp("applied")
    assert volvenctl("init", cwd=folder).returncode == 0
    assert volvenctl("apply", "--auto-approve", cwd=folder).returncode == 0
    return folder


def edit(project, old, new, file=SPEC):
    path = project / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def document(done, schema):
    read = json.loads(done.stdout)
    Draft202012Validator(json.loads((SCHEMAS / f"{schema}.schema.json").read_text())).validate(read)
    return read


def test_a_starter_project_validates_plans_and_applies_at_once(project):
    assert volvenctl("validate", cwd=project).stdout == "1 strategy checked: no problems.\n"
    planned = volvenctl("plan", "--out", "plan.json", "--detailed-exitcode", cwd=project)
    assert planned.returncode == 2
    assert planned.stdout.splitlines()[-1] == "Next: volvenctl -e sandbox apply plan.json"
    applied = volvenctl("apply", "plan.json", cwd=project)
    assert applied.returncode == 0
    assert "+ created  btc-dip-buy" in applied.stdout
    again = volvenctl("plan", "--detailed-exitcode", cwd=project)
    assert again.returncode == 0
    assert again.stdout.splitlines()[-1] == "Nothing to do."
    assert volvenctl("apply", "plan.json", cwd=project).returncode == 5


@pytest.mark.parametrize(
    ("words", "schema"),
    [
        (["validate"], "problems"),
        (["plan"], "plan"),
        (["apply", "--auto-approve"], "apply"),
        (["status"], "status"),
        (["resolve"], "attempts"),
        (["state", "show"], "state"),
        (["state", "list"], "state-list"),
        (["state", "rebuild"], "state"),
        (["audit", "log"], "audit"),
        (["audit", "verify"], "audit-verify"),
        (["accounts"], "accounts"),
        (["products"], "products"),
        (["products", "--exchange", "BYB", "--search", "btc"], "products"),
    ],
)
def test_with_json_stdout_is_one_document_as_its_schema_says(applied, words, schema):
    done = volvenctl(*words, "--format", "json", cwd=applied)
    assert done.returncode == 0
    assert document(done, schema)["formatVersion"] == 1


def test_invalid_specs_are_exit_3_and_the_problems_document(project):
    edit(project, "size: 0.1\n", "size: 0.0015\n")
    for words in (["validate"], ["plan"], ["apply", "--auto-approve"]):
        done = volvenctl(*words, "--format", "json", cwd=project)
        assert done.returncode == 3
        assert "size-step" in {item["code"] for item in document(done, "problems")["problems"]}
    assert ": error[size-step] $.spec.size: 0.0015 " in volvenctl("plan", cwd=project).stdout
    annotated = volvenctl("validate", "--format", "github", cwd=project)
    assert annotated.returncode == 3
    assert annotated.stdout.startswith(f"::error file={SPEC},line=")


def test_validate_looks_at_the_paths_it_is_given(project):
    (project / "strategies" / "bad.yaml").write_text("a: [")
    assert volvenctl("validate", cwd=project).returncode == 3
    assert volvenctl("validate", SPEC, cwd=project).returncode == 0
    assert volvenctl("-C", "strategies", "validate", "bad.yaml", cwd=project).returncode == 3


def test_an_edited_spec_is_blocked_and_status_says_so(project):
    assert volvenctl("apply", "--auto-approve", "-q", cwd=project).stderr == ""
    edit(project, "size: 0.1\n", "size: 0.2\n")
    assert "! blocked" in volvenctl("plan", cwd=project).stdout
    status = volvenctl("status", "--detailed-exitcode", cwd=project)
    assert status.returncode == 2
    assert "Not everything in git is live as written" in status.stdout


def test_progress_is_on_stderr_and_results_on_stdout(project):
    done = volvenctl("apply", "--auto-approve", cwd=project)
    assert done.stderr.startswith("sending btc-dip-buy ...\n+ created  btc-dip-buy")
    assert "sending" not in done.stdout


def test_with_json_an_apply_writes_its_report_only(project):
    report = document(volvenctl("apply", "--auto-approve", "--format", "json", cwd=project), "apply")
    assert report["summary"] == {"succeeded": 1}


def test_a_plan_that_cannot_be_saved_is_an_error(project):
    done = volvenctl("plan", "--out", "none/plan.json", cwd=project)
    assert done.returncode == 1
    assert "the plan could not be written to none/plan.json" in done.stderr


def test_a_live_environment_takes_a_saved_plan_only(project):
    edit(project, "  sandbox:\n", "  sandbox:\n    live: true\n", "volvenctl.yaml")
    assert volvenctl("-e", "sandbox", "state", "init", cwd=project).returncode == 0
    done = volvenctl("-e", "sandbox", "apply", "--auto-approve", cwd=project)
    assert done.returncode == 64
    assert "environment 'sandbox' is live: it takes a saved plan only" in done.stderr
    edit(project, "  sandbox:\n", "  sandbox:\n    limits: {allowUnreviewedApply: true}\n", "volvenctl.yaml")
    assert volvenctl("-e", "sandbox", "apply", "--auto-approve", cwd=project).returncode == 0


def test_without_a_token_the_exit_is_9(project):
    edit(project, '"sandbox:"', "http://127.0.0.1:1", "volvenctl.yaml")
    assert volvenctl("accounts", cwd=project).returncode == 9
    assert volvenctl("validate", "--offline", cwd=project).returncode == 0


@pytest.mark.parametrize(
    "words", [["validate", "--offline"], ["state", "show"], ["audit", "log"], ["show", "plan.json"]]
)
def test_what_needs_no_platform_imports_no_http(applied, words):
    if not (applied / "plan.json").exists():
        assert volvenctl("plan", "--out", "plan.json", cwd=applied).returncode == 0
    code = (
        f"import sys; sys.argv = ['volvenctl', *{words!r}]\n"
        "from volvenctl.cli import main\n"
        "try: main()\n"
        "except SystemExit as done: assert not done.code, done.code\n"
        "assert 'httpx' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=applied, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_strategy_that_nobody_knows_cannot_be_resolved(applied):
    done = volvenctl("resolve", "nobody", "--absent", "--reason", "looked", cwd=applied)
    assert done.returncode != 0
    assert "bug" not in done.stderr
    for words in (["--adopt", "s-1"], ["--foreign", "s-1"]):
        other = volvenctl("resolve", "nobody", *words, "--reason", "looked", cwd=applied)
        assert other.returncode != 0
        assert "bug" not in other.stderr
