"""The emergency stop, through the installed command and over the wire."""

import json
from pathlib import Path

import pytest
from builders_command import volvenctl
from builders_desk import CREATE, SPEC, TOKEN, Desk
from builders_platform import http
from jsonschema import Draft202012Validator

from volvenctl.model.outcome import Request

SCHEMAS = Path(__file__).parents[2] / "schemas"
WORDS = "    platform: {stateKey: status, states: {RUNNING: running, PAUSED: paused, STOPPED: stopped}}\n"
ACTIONS = "/strategy-orchestrator/strategies/"
REFUSED = http(500, b'{"error": "Internal Server Error"}')


def document_of(answer):
    document = json.loads(answer.stdout)
    Draft202012Validator(json.loads((SCHEMAS / "halt.schema.json").read_text())).validate(document)
    return document


def status_words(desk):
    """Return the word of each strategy at the platform by its id."""
    answer = desk.store.answer(Request("POST", "/strategy-orchestrator/strategies/find", ""))
    return {item["strategyId"]: item["state"]["status"] for item in json.loads(answer.body)}


def launch_by_hand(desk, number):
    """Launch as somebody else would; return the ids."""
    body = json.dumps(
        {
            "strategyType": "SMO",
            "accountId": "99998",
            "productCode": "btcusdt_f",
            "side": "BUY",
            "size": 0.1,
            "priceLimit": 95000,
            "orderMaxSize": 0.03,
            "autoRun": True,
        }
    )
    answers = [desk.store.answer(Request("POST", CREATE, body)) for _ in range(number)]
    return [json.loads(answer.body)["strategyId"] for answer in answers]


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, "btc", "eth", project=WORDS) as desk:
        yield desk


def test_everything_is_stopped_from_an_empty_folder_with_a_url_and_a_token(desk, tmp_path):
    desk.apply()
    strangers = launch_by_hand(desk, 2)
    empty = tmp_path / "empty"
    empty.mkdir()
    answer = volvenctl(
        "halt", "--all", "--format", "json", cwd=empty, VOLVEN_API_URL=desk.server.url, VOLVEN_TOKEN=TOKEN
    )
    assert answer.returncode == 0, answer.stderr
    assert set(status_words(desk).values()) == {"STOPPED"}
    found = document_of(answer)
    assert set(strangers) < {item["strategyId"] for item in found["results"]}
    assert list(empty.iterdir()) == []


def test_nothing_is_halted_where_nothing_says_which_platform(tmp_path):
    answer = volvenctl("halt", "--all", cwd=tmp_path, VOLVEN_TOKEN=TOKEN)
    assert (answer.returncode, answer.stdout) == (1, "")


def test_a_halt_goes_on_through_failures_and_ends_with_what_did_not_stop(desk):
    ids = launch_by_hand(desk, 500)
    failing = ids[::20]
    desk.reads |= {f"{ACTIONS}{item}/action/stop": REFUSED for item in failing}
    answer = desk.run("halt", "--all", "--reason", "drill", "--format", "json")
    assert answer.returncode == 7
    found = document_of(answer)
    assert sorted(item["strategyId"] for item in found["results"] if not item["stopped"]) == sorted(failing)
    words = status_words(desk)
    assert {item for item in ids if words[item] != "STOPPED"} == set(failing)


def test_the_list_of_what_did_not_stop_is_the_last_thing_that_is_read(desk):
    desk.apply()
    first, second = desk.live_ids
    desk.reads[f"{ACTIONS}{first}/action/stop"] = REFUSED
    answer = desk.run("halt", "--all")
    *_, told, last = answer.stdout.rstrip().splitlines()
    assert told == "Halt: 1 strategy told to stop or stopped before, 1 not."
    assert "by hand" in last
    assert answer.stdout.index("DID NOT STOP") > answer.stdout.index(second)


def test_what_is_halted_is_not_started_again_until_it_is_resumed_for_a_reason(desk):
    desk.apply()
    assert desk.run("halt", "btc", "--reason", "news").returncode == 0
    again = desk.apply()
    assert (again.returncode, "halted at" in again.stdout, "news" in again.stdout) == (0, True, True)
    assert sorted(status_words(desk).values()) == ["RUNNING", "STOPPED"]
    assert "halted" in desk.run("status").stdout
    assert desk.run("resume", "btc").returncode == 64
    assert desk.run("resume", "eth", "--reason", "over").returncode == 64
    assert desk.run("resume", "btc", "--reason", "over").returncode == 0
    assert "start   btc" in desk.run("plan").stdout.replace("  ", " ").replace("start btc", "start   btc")
    types = [item["type"] for item in desk.ledger]
    assert (types.count("halt"), types.count("resume")) == (2, 1)


def test_a_dry_run_sends_and_records_nothing(desk):
    desk.apply()
    before = desk.ledger
    answer = desk.run("halt", "--all", "--dry-run")
    assert answer.returncode == 0
    assert "would be told to stop" in answer.stdout
    assert set(status_words(desk).values()) == {"RUNNING"}
    assert desk.ledger == before


def test_an_account_is_halted_with_all_that_trades_on_it_and_nothing_new_is_launched_there(desk):
    desk.apply()
    assert desk.run("halt", "--account", "99998").returncode == 0
    assert set(status_words(desk).values()) == {"STOPPED"}
    desk.write("new")
    desk.apply()
    assert len(desk.live_ids) == 2


def test_an_account_that_nothing_trades_on_is_on_the_list(desk):
    desk.apply()
    answer = desk.run("halt", "--account", "9999", "--format", "json")
    assert answer.returncode == 7
    assert [item["name"] for item in document_of(answer)["results"]] == ["--account 9999"]
    assert set(status_words(desk).values()) == {"RUNNING"}


def test_a_label_is_halted_with_all_that_bears_it(desk):
    spec = SPEC.format(name="macro", size="0.1").replace("{name: macro}", "{name: macro, labels: {desk: macro}}")
    (desk.root / "strategies" / "macro.yaml").write_text(spec)
    desk.apply()
    assert desk.run("halt", "-l", "desk=macro").returncode == 0
    assert sorted(status_words(desk).values()) == ["RUNNING", "RUNNING", "STOPPED"]


def test_a_name_that_stands_for_nothing_is_on_the_list_and_keeps_nothing_from_stopping(desk):
    desk.apply()
    answer = desk.run("halt", "btc", "no-such-name", "--format", "json")
    assert answer.returncode == 7
    assert [item["name"] for item in document_of(answer)["results"] if not item["stopped"]] == ["no-such-name"]
    assert sorted(status_words(desk).values()) == ["RUNNING", "STOPPED"]


def test_everything_is_stopped_with_the_ledger_damaged(desk):
    desk.apply()
    (desk.root / "state" / "ledger.jsonl").write_text("damaged\n")
    answer = desk.run("halt", "--all")
    assert answer.returncode == 1
    assert set(status_words(desk).values()) == {"STOPPED"}
    assert "nothing is recorded" in answer.stdout


def test_what_the_ledger_knows_is_stopped_when_the_platforms_list_fails(desk):
    desk.apply()
    desk.reads["/strategy-orchestrator/strategies/find"] = REFUSED
    answer = desk.run("halt", "--all", "--format", "json")
    assert answer.returncode == 7
    assert [item["name"] for item in document_of(answer)["results"] if not item["stopped"]] == ["--all"]
    del desk.reads["/strategy-orchestrator/strategies/find"]
    assert set(status_words(desk).values()) == {"STOPPED"}


def test_a_halt_waits_for_no_lock(desk):
    desk.apply()
    lock = desk.root / "state" / "lock"
    import fcntl

    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert desk.run("halt", "--all").returncode == 0
    assert set(status_words(desk).values()) == {"STOPPED"}


def test_a_halt_before_the_first_launch_keeps_it_from_happening(desk):
    assert desk.run("halt", "--all", "--reason", "holiday").returncode == 0
    answer = desk.apply()
    assert (answer.returncode, desk.live_ids, "holiday" in answer.stdout) == (0, [], True)


@pytest.mark.parametrize(
    "arguments",
    [(), ("btc", "--all"), ("--all", "--account", "99998"), ("-l", "desk"), ("-l", "=macro"), ("btc", "-l", "desk")],
)
def test_what_is_meant_must_be_said_without_doubt(desk, arguments):
    assert desk.run("halt", *arguments).returncode == 64


def test_a_strategy_is_adopted_and_released_by_command_and_doing_it_twice_changes_nothing(desk):
    [stranger] = launch_by_hand(desk, 1)
    for expected in (True, False):
        answer = desk.run("adopt", "btc", stranger, "--reason", "moved over", "--format", "json")
        assert (answer.returncode, json.loads(answer.stdout)["recorded"]) == (0, expected)
    assert desk.run("adopt", "eth", stranger).returncode == 3
    assert desk.run("adopt", "nothing", stranger).returncode == 64
    assert desk.run("adopt", "eth", "no-such-id").returncode == 3
    assert "btc  live" in desk.run("status").stdout.replace("       ", "  ")
    for expected in (True, False):
        answer = desk.run("release", "btc", "--format", "json")
        assert (answer.returncode, json.loads(answer.stdout)["recorded"]) == (0, expected)
    assert desk.run("release", "eth").returncode == 64
    assert status_words(desk) == {stranger: "RUNNING"}
