"""--log-format json, through the installed command: every line on stderr is one JSON object."""

import json
from pathlib import Path

import pytest
from builders_command import volvenctl
from builders_desk import Desk
from builders_platform import http
from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).parents[2] / "schemas" / "log.schema.json"
REFUSED = http(400, b'{"errors": [{"field": "size", "description": "##[too] large"}]}')


def lines_of(done):
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    for line in lines:
        validator.validate(line)
    return lines


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, "btc", "eth") as desk:
        yield desk


def test_an_apply_logs_each_request_with_name_attempt_and_outcome(desk):
    desk.script = ["ok", "lost"]
    done = desk.apply("--log-format", "json", "--color", "always")
    assert done.returncode == 4
    attempts = {
        item["data"]["name"]: item["data"]["attemptId"]
        for item in desk.ledger
        if "started" in item["type"] and item["type"].startswith("attempt")
    }
    lines = [line for line in lines_of(done) if "outcome" in line]
    found = [(line["level"], line["name"], line["action"], line["outcome"], line["attemptId"]) for line in lines]
    assert found == [
        ("info", "btc", "create", "succeeded", attempts["btc"]),
        ("error", "eth", "create", "unknown", attempts["eth"]),
    ]
    assert {(line["command"], line["environment"]) for line in lines} == {("apply", "test")}


def test_what_the_platform_says_cannot_command_a_ci_log(desk):
    desk.script = [REFUSED, "ok"]
    done = desk.apply("--log-format", "json")
    assert done.returncode == 7
    assert [line["level"] for line in lines_of(done) if line.get("name") == "btc"][:2] == ["info", "warning"]
    assert "##[" not in done.stderr


def test_the_result_is_the_same_with_either_log(desk):
    texts = [desk.run("plan", "--log-format", style).stdout.splitlines()[2:] for style in ("text", "json")]
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["plan", "--bogus", "--log-format", "json"], 64),
        (["--log-format=json", "plan", "--bogus"], 64),
        (["--log-format", "json", "bogus"], 64),
        (["plan", "--log-format", "json"], 1),
    ],
)
def test_an_error_is_one_object_with_its_exit_code_wherever_it_happens(tmp_path, words, code):
    done = volvenctl(*words, cwd=tmp_path)
    [line] = lines_of(done)
    assert (done.returncode, line["exit"], line["level"], done.stdout) == (code, code, "error", "")


def test_the_environment_can_ask_for_it(desk):
    done = desk.run("plan", "-v", VOLVENCTL_LOG_FORMAT="json")
    assert [line["level"] for line in lines_of(done)] == ["debug"]
    assert desk.run("plan", "--log-format", "text", VOLVENCTL_LOG_FORMAT="json").stderr == ""


def test_a_project_file_that_cannot_be_used_is_told_in_objects(desk):
    (desk.root / "volvenctl.yaml").write_text("kind: Project\nbogus: 1\n")
    done = desk.run("plan", "--log-format", "json")
    lines = lines_of(done)
    assert done.returncode == 1
    assert "volvenctl.yaml:" in lines[0]["message"]
    assert lines[-1]["exit"] == 1
