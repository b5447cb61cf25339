"""Whole stories of a desk, through the installed command and over the wire."""

import hashlib
import json
from pathlib import Path

import pytest
from builders_desk import SPEC, TOKEN, Desk
from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parents[2] / "schemas"
LIVE = ("-e", "real")


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, "btc", "eth") as desk:
        yield desk


def valid(answer, schema):
    """Return what a command printed as JSON, which must be what its schema promises."""
    document = json.loads(answer.stdout)
    Draft202012Validator(json.loads((SCHEMAS / f"{schema}.schema.json").read_text())).validate(document)
    return document


def go_live(desk):
    """Add a live environment at the same platform to the project."""
    file = desk.root / "volvenctl.yaml"
    live = f'  real:\n    live: true\n    api: {{url: "{desk.server.url}"}}\n    state: live-state\n'
    file.write_text(file.read_text() + live)


def verified(path):
    """Return the last hash of a ledger, by nothing but the documented rule; ints and ASCII keys make it canonical."""
    head = "sha256:" + "0" * 64
    for number, line in enumerate(path.read_text("ascii").splitlines(), 1):
        record = json.loads(line)
        own = record.pop("hash")
        text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert (record["seq"], record["prev"]) == (number, head)
        head = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
        assert own == head
    return head


def names_to_create(plan):
    return [item["name"] for item in plan["actions"] if item["action"] == "create"]


def test_a_live_environment_goes_from_its_first_record_to_a_complete_status(desk):
    go_live(desk)
    refused = desk.run(*LIVE, "plan")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "hint: if this is its first use: volvenctl -e real state init\n" in refused.stderr
    assert desk.run(*LIVE, "state", "init").returncode == 0
    without = desk.run(*LIVE, "apply", "--auto-approve")
    assert without.returncode == 64
    assert "error: environment 'real' is live: it takes a saved plan only\n" in without.stderr
    assert desk.run(*LIVE, "plan", "--out", "plan.json").returncode == 0
    assert desk.live_ids == []
    assert desk.run(*LIVE, "apply", "plan.json").returncode == 0
    replay = desk.run(*LIVE, "apply", "plan.json")
    assert replay.returncode == 5
    assert "error: this plan was carried out already: nothing is left to do\n" in replay.stderr
    status = valid(desk.run(*LIVE, "status", "--format", "json"), "status")
    assert (status["live"], status["complete"]) == (True, True)
    assert sorted(item["strategyId"] for item in status["strategies"]) == sorted(desk.live_ids)
    assert len(desk.bodies) == 2


def test_a_selection_narrows_a_plan_and_stays_in_a_saved_one(desk):
    text = SPEC.format(name="sol", size="0.1").replace("{name: sol}", "{name: sol, labels: {team: alpha}}")
    (desk.root / "strategies" / "sol.yaml").write_text(text)

    def planned(*selection):
        return names_to_create(valid(desk.run("plan", *selection, "--format", "json"), "plan"))

    assert planned() == ["btc", "eth", "sol"]
    assert planned("--only", "[be]*") == ["btc", "eth"]
    assert planned("--only", "*t*", "--exclude", "eth") == ["btc"]
    assert planned("-l", "team=alpha") == ["sol"]
    assert desk.run("plan", "--exclude", "btc", "-l", "team=alpha", "--out", "plan.json").returncode == 0
    assert desk.run("apply", "plan.json").returncode == 0
    assert [item["data"]["name"] for item in desk.ledger if item["type"] == "attempt.started"] == ["sol"]
    assert len(desk.live_ids) == 1


def test_overrides_and_account_aliases_are_sent_digit_for_digit(tmp_path):
    with Desk(tmp_path, project='    accounts: {bybit-main: "99998"}\n') as desk:
        text = SPEC.format(name="btc", size="0.1").replace('"99998"', '"@bybit-main"')
        override = "overrides:\n  test:\n    spec: {size: 0.250, priceLimit: 95000.10, orderMaxSize: null}\n"
        (desk.root / "strategies" / "btc.yaml").write_text(text + override)
        assert desk.apply().returncode == 0
        sent = (
            '{"strategyType":"SMO","accountId":"99998","productCode":"btcusdt_f","side":"BUY","size":0.250,'
            '"priceLimit":95000.10,"autoRun":true}'
        )
        assert desk.bodies == [sent]
        [body] = [item["data"]["body"] for item in desk.ledger if item["type"] == "attempt.started"]
        assert body == sent


def test_two_documents_in_one_file_are_two_strategies_at_their_own_lines(tmp_path):
    with Desk(tmp_path) as desk:
        both = SPEC.format(name="one", size="0.1") + "---\n" + SPEC.format(name="two", size="0.2")
        (desk.root / "strategies" / "both.yaml").write_text(both)
        assert desk.apply().returncode == 0
        places = [item["data"]["source"] for item in desk.ledger if item["type"] == "attempt.started"]
        assert [item["file"] for item in places] == ["strategies/both.yaml"] * 2
        assert places[0]["line"] < places[1]["line"]
        assert [json.loads(body)["size"] for body in desk.bodies] == [0.1, 0.2]


def test_an_edited_spec_is_blocked_and_nothing_is_sent_for_it(desk):
    desk.apply()
    before = desk.ledger
    desk.write("btc", size="0.2")
    plan = valid(desk.run("plan", "--format", "json"), "plan")
    [blocked] = [item for item in plan["actions"] if item["action"] == "blocked"]
    assert blocked["changes"] == [{"path": "$.spec.size", "before": "0.1", "after": "0.2"}]
    assert desk.apply().returncode == 0
    assert (desk.ledger, len(desk.bodies)) == (before, 2)


def test_a_deleted_spec_is_orphaned_and_an_empty_set_must_be_meant(desk):
    desk.apply()
    (desk.root / "strategies" / "eth.yaml").unlink()
    plan = valid(desk.run("plan", "--format", "json"), "plan")
    assert [item["name"] for item in plan["orphaned"]] == ["eth"]
    assert desk.apply().returncode == 0
    (desk.root / "strategies" / "btc.yaml").unlink()
    for command in (("plan",), ("apply", "--auto-approve")):
        refused = desk.run(*command)
        assert refused.returncode == 3
        assert "there is no spec in git, but the state has 2 strategies" in refused.stderr
    assert desk.run("plan", "--allow-empty").returncode == 0
    assert desk.apply("--allow-empty").returncode == 0
    assert len(desk.live_ids) == len(desk.bodies) == 2


def test_a_state_file_that_was_deleted_is_folded_again_from_the_ledger(desk):
    desk.apply()
    file = desk.root / "state" / "state.json"
    before = file.read_bytes()
    file.unlink()
    answer = desk.run("state", "show")
    said = "the state file is missing: the state was folded again from the ledger"
    assert answer.returncode == 0
    assert said in answer.stdout + answer.stderr
    applied = desk.apply()
    assert applied.returncode == 0
    assert said in applied.stdout + applied.stderr
    assert file.read_bytes() == before
    assert len(desk.bodies) == 2


def test_a_ledger_that_was_cut_is_refused_by_every_command(desk):
    desk.apply()
    ledger = desk.root / "state" / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join(lines[:2]))
    for command in (("plan",), ("apply", "--auto-approve"), ("status",), ("audit", "verify")):
        answer = desk.run(*command)
        assert answer.returncode == 1
        assert "restore ledger.jsonl from a copy that has all records" in answer.stderr
    assert len(desk.bodies) == 2


def test_an_independent_verifier_agrees_with_audit_verify(desk):
    desk.script = ["ok", "lost"]
    assert desk.apply().returncode == 4
    ledger = desk.root / "state" / "ledger.jsonl"
    document = valid(desk.run("audit", "verify", "--format", "json"), "audit-verify")
    assert document["verified"] == len(desk.ledger)
    assert document["head"] == {"seq": len(desk.ledger), "hash": verified(ledger)}
    text = ledger.read_text()
    ledger.write_text(text.replace('"size\\":0.1', '"size\\":0.2', 1))
    assert ledger.read_text() != text
    assert desk.run("audit", "verify").returncode == 1
    with pytest.raises(AssertionError):
        verified(ledger)


def test_every_json_output_is_what_its_schema_promises(desk):
    desk.script = ["ok", "lost"]

    def printed(schema, *command):
        return valid(desk.run(*command, "--format", "json"), schema)

    assert names_to_create(printed("plan", "plan")) == ["btc", "eth"]
    printed("apply", "apply", "--auto-approve", "--parallelism", "1")
    printed("apply", "apply", "--auto-approve")
    printed("plan", "plan")
    status = printed("status", "status")
    assert [item["summary"] for item in status["strategies"]] == ["live", "unknown outcome"]
    [attempt] = printed("attempts", "resolve")["openAttempts"]
    [candidate] = set(desk.live_ids) - {status["strategies"][0]["strategyId"]}
    assert candidate in json.dumps(attempt)
    assert printed("attempts", "resolve", "eth", "--adopt", candidate, "--reason", "seen")["openAttempts"] == []
    assert printed("state", "state", "show")["serial"] == len(desk.ledger)
    assert [item["name"] for item in printed("state-list", "state", "list")["strategies"]] == ["btc", "eth"]
    assert printed("audit", "audit", "log")["records"] == desk.ledger
    printed("accounts", "accounts")
    printed("products", "products", "--exchange", "BYB")
    record = Draft202012Validator(json.loads((SCHEMAS / "ledger-record.schema.json").read_text()))
    for item in desk.ledger:
        record.validate(item)


def test_the_token_is_in_no_byte_that_is_written(desk):
    desk.script = ["lost"]
    commands = [
        ("plan", "--out", "plan.json"),
        ("-v", "apply", "plan.json"),
        ("status",),
        ("resolve",),
        ("audit", "log", "--format", "json"),
    ]
    answers = [desk.run(*command) for command in commands]
    assert answers[1].returncode == 4
    said = "".join(item.stdout + item.stderr for item in answers)
    assert said
    assert TOKEN not in said
    files = [path for path in desk.folder.rglob("*") if path.is_file()]
    assert {"ledger.jsonl", "state.json", "plan.json"} <= {path.name for path in files}
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []
