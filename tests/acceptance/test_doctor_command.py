"""`volvenctl doctor`, through the installed command: it says what is wrong whatever is wrong, and sends only reads."""

import json
from pathlib import Path

import pytest
from builders_command import volvenctl
from builders_desk import API_KEYS, TOKEN, Desk
from builders_platform import http
from jsonschema import Draft202012Validator

from volvenctl.adapters.ledger_dir import LedgerDir
from volvenctl.adapters.system import RealSystem

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "doctor.schema.json").read_text())
READS = {"/as/v3/accounts", "/mms/v2/productDetails", "/strategy-orchestrator/strategies/find"}


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, "btc") as desk:
        yield desk


def examined(done):
    """Return the checks by name, and see that text and exit agree with them."""
    document = json.loads(done.stdout)
    Draft202012Validator(SCHEMA).validate(document)
    assert document["exit"] == done.returncode
    assert (document["summary"]["fail"] == 0) is (done.returncode == 0)
    assert "Traceback" not in done.stderr
    for check in document["checks"]:
        assert (check["next"] is None) is (check["verdict"] == "ok")
    return {check["check"]: check for check in document["checks"]}


def failed(checks):
    return {name for name, check in checks.items() if check["verdict"] == "fail"}


def doctor(desk, **variables):
    done = desk.run("doctor", "--format", "json", **variables)
    assert TOKEN not in done.stdout + done.stderr
    assert not any(key in done.stdout + done.stderr for key in API_KEYS)
    return done


def test_a_starter_project_is_in_order(tmp_path):
    assert volvenctl("init", cwd=tmp_path).returncode == 0
    checks = examined(volvenctl("doctor", "--format", "json", cwd=tmp_path))
    assert {name for name, check in checks.items() if check["verdict"] != "ok"} == {"git"}
    text = volvenctl("doctor", cwd=tmp_path)
    assert text.returncode == 0
    assert text.stdout.splitlines()[-1] == "Nothing failed, 1 to look at."
    assert not (tmp_path / ".volvenctl").exists()


def test_over_http_each_call_has_its_latency_and_only_reads_are_sent(desk):
    checks = examined(doctor(desk))
    assert failed(checks) == set()
    assert all(checks[call]["latencyMs"] >= 0 for call in ("accounts", "products", "find"))
    assert checks["token"]["seen"] == "present, from the variable VOLVEN_TOKEN"
    assert checks["host"]["seen"].endswith("it is this machine")
    paths = {request.split(b" ")[1].decode().partition("?")[0] for request in desk.server.requests}
    assert paths == READS
    assert not (desk.root / "state").exists()


def test_without_a_project_it_says_so(tmp_path):
    checks = examined(volvenctl("doctor", "--format", "json", cwd=tmp_path))
    assert checks["project"]["next"] == "volvenctl init"
    assert checks["program"]["verdict"] == "ok"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "error[yaml-syntax]"),
        ("apiVersion: volvenctl/v1\nkind: Project\n", "error[schema]"),
        ("", "documents"),
        ("a: 1\n---\nb: 1\n", "2 documents"),
    ],
)
def test_a_broken_project_file_is_described_after_what_comes_before_it(desk, text, words):
    (desk.root / "volvenctl.yaml").write_text(text)
    done = doctor(desk)
    checks = examined(done)
    assert done.returncode == 1
    assert list(checks) == ["program", "variables", "project"]
    assert words in checks["project"]["seen"]


def test_an_environment_that_there_is_not_is_wrong_usage(desk):
    done = desk.run("-e", "nowhere", "doctor", "--format", "json")
    assert done.returncode == 64
    assert examined(done)["project"]["next"] == "its environments: test"


def test_without_a_token_nothing_is_asked_and_the_rest_is_looked_at(desk):
    done = doctor(desk, VOLVEN_TOKEN="")
    checks = examined(done)
    assert done.returncode == 9
    assert failed(checks) == {"token"}
    assert checks["platform"]["verdict"] == "warn"
    assert {"state", "lock", "attempts", "recovery", "git"} <= set(checks)
    assert desk.server.requests == []


def test_a_host_that_only_the_project_names_is_not_asked(desk):
    file = desk.root / "volvenctl.yaml"
    file.write_text(file.read_text().replace(desk.server.url, "https://volven.example"))
    done = doctor(desk)
    assert done.returncode == 9
    checks = examined(done)
    assert failed(checks) == {"host"}
    assert "VOLVEN_API_URL=https://volven.example" in checks["host"]["next"]


def test_a_refused_token_and_a_failing_call_are_told_apart(desk):
    desk.reads["/as/v3/accounts"] = http(401, b"{}")
    desk.reads["/strategy-orchestrator/strategies/find"] = http(400, b"{}")
    done = doctor(desk)
    assert done.returncode == 9
    checks = examined(done)
    assert failed(checks) == {"accounts", "find"}
    assert "401" in checks["accounts"]["seen"]
    assert checks["products"]["verdict"] == "ok"


def test_a_host_that_does_not_answer_is_a_failure_of_each_call(tmp_path):
    desk = Desk(tmp_path, "btc")
    desk.server._listener.close()
    done = doctor(desk)
    checks = examined(done)
    assert done.returncode == 1
    assert failed(checks) == {"accounts", "products", "find"}
    assert checks["state"]["verdict"] == "ok"


def test_a_clock_that_is_wrong_is_noticed(desk):
    for path in ("/as/v3/accounts", "/mms/v2/productDetails"):
        desk.reads[path] = http(200, b"[]", Date="Fri, 02 Jan 2026 03:04:05 GMT")
    done = doctor(desk)
    assert done.returncode == 1
    clock = examined(done)["clock"]
    assert clock["verdict"] == "fail"
    assert "NTP" in clock["next"]


def test_an_open_attempt_is_exit_4_even_with_the_token_gone(desk):
    desk.script = ["lost"]
    assert desk.apply().returncode == 4
    done = doctor(desk)
    assert done.returncode == 4
    assert failed(examined(done)) == {"attempts"}
    assert doctor(desk, VOLVEN_TOKEN="").returncode == 4


def test_a_live_environment_without_a_ledger_is_told_how_to_begin(desk):
    file = desk.root / "volvenctl.yaml"
    file.write_text(file.read_text().replace("  test:\n", "  test:\n    live: true\n"))
    done = desk.run("-e", "test", "doctor", "--format", "json")
    assert done.returncode == 1
    assert examined(done)["state"]["next"].endswith("volvenctl -e test state init")


def test_a_damaged_ledger_is_named_by_its_first_bad_record(desk):
    assert desk.apply().returncode == 0
    file = desk.root / "state" / "ledger.jsonl"
    file.write_text(file.read_text().replace("95000", "95001", 1))
    done = doctor(desk)
    assert done.returncode == 1
    assert "is damaged at seq" in examined(done)["state"]["seen"]


def test_who_holds_the_lock_is_named_and_is_no_failure(desk):
    other = LedgerDir(desk.root / "state", desk.folder, RealSystem())
    with other.lock("apply", {"user": "bob", "host": "desk-9", "pid": 4711}):
        done = doctor(desk)
    assert done.returncode == 0
    assert "bob@desk-9 pid 4711: apply since" in examined(done)["lock"]["seen"]


def test_a_result_that_waits_is_named(desk):
    assert desk.apply().returncode == 0
    (desk.root / "state" / "recovery-1.json").write_text("{}")
    checks = examined(doctor(desk))
    assert "recovery-1.json" in checks["recovery"]["seen"]


def test_a_state_url_of_no_known_kind_ends_after_the_credentials(desk):
    file = desk.root / "volvenctl.yaml"
    file.write_text(file.read_text().replace("state: state", "state: ftp://x/y"))
    done = doctor(desk)
    checks = examined(done)
    assert done.returncode == 1
    assert failed(checks) == {"state"}
    assert checks["token"]["verdict"] == "ok"


def test_a_live_state_on_the_disk_of_a_ci_job_is_a_failure(desk):
    file = desk.root / "volvenctl.yaml"
    file.write_text(file.read_text().replace("  test:\n", "  test:\n    live: true\n"))
    done = desk.run("-e", "test", "doctor", "--format", "json", CI="true")
    assert done.returncode == 1
    checks = examined(done)
    assert "this is a CI job" in checks["state place"]["seen"]
    assert checks["find"]["verdict"] == "ok"
