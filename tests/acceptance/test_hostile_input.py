"""Nothing that a file or the platform says reaches a terminal or log raw, and nothing makes a traceback."""

import json
import re

import pytest
from builders_desk import API_KEYS, TOKEN, Desk
from builders_platform import http

RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\u200b-\u200f]")
COMMANDS = re.compile(r"^\s*::(?!error |warning |notice )|##\[|##vso\[|section_start:", re.MULTILINE)
"""What a CI system obeys in a line of text; in JSON it is inside quotes, behind an indentation and a name."""

EVIL = (
    "\x1b[2J\x1b]0;pwned\x07\r\n::set-output name=x::y\n##vso[task.complete]"
    "\u202e\u2028\x9b31m\u200b`|<script>alert(1)</script>=1+1"
)

ATTACKS = {
    "not-utf8": b"name: \xff\xfe\xfd",
    "nul": b"name: a\x00b",
    "brackets": b"[" * 200_000,
    "deep": b"".join(b" " * n + b"a:\n" for n in range(200)),
    "bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(12)),
    "self": b"a: &a [*a]",
    "python-tag": b"a: !!python/object/apply:os.system [id]",
    "duplicate": b"kind: Strategy\nkind: Strategy",
    "numbers": b"a: 1e400\nb: 0123\nc: 12:30:45\nd: 1_000\ne: 0x1F\nf: .inf\ng: no\nh: " + b"9" * 5000,
    "date": b"a: 2024-13-45",
    "int-tag": b'a: !!int ""',
    "list": b"- 1",
    "text": b"just text",
    "escapes": json.dumps(
        {"apiVersion": EVIL, EVIL: EVIL, "metadata": {"name": EVIL, "labels": {EVIL: EVIL}}}
    ).encode(),
    "empty": b"",
    "binary": bytes(range(256)),
    "secret": b"apiVersion: volvenctl/v1\nkind: Strategy\nspec: {password: hunter2hunter2, strategyType: SMO}",
}


def refuse_raw(answer, *, is_json=False):
    for text in (answer.stdout, answer.stderr):
        assert not RAW.search(text), text
        assert is_json or not COMMANDS.search(text), text
        assert "Traceback" not in text
        assert "this is a bug" not in text


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, "btc") as desk:
        yield desk


def leaked(desk, *answers):
    """Return which of the secrets occur in what was printed or written."""
    printed = "".join(answer.stdout + answer.stderr for answer in answers).encode()
    written = b"".join(path.read_bytes() for path in desk.root.rglob("*") if path.is_file())
    return [secret for secret in (TOKEN, *API_KEYS) if secret.encode() in printed + written]


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_every_attack_on_the_reader_is_a_finding_with_a_place(desk, form):
    for name, content in ATTACKS.items():
        (desk.root / "strategies" / f"{name}.yaml").write_bytes(content)
    answer = desk.run("validate", "--offline", "--format", form)
    assert answer.returncode == 3, answer.stderr
    refuse_raw(answer, is_json=form == "json")
    if form == "json":
        found = {item["file"] for item in json.loads(answer.stdout)["problems"]}
        harmless = {"empty"}
        assert found == {f"strategies/{name}.yaml" for name in ATTACKS.keys() - harmless}


def test_file_names_cannot_command_a_terminal(desk):
    (desk.root / "strategies" / "\x1b[2J\u202e::error::x.yaml").write_text("a: [")
    answer = desk.run("validate", "--offline")
    assert answer.returncode == 3
    refuse_raw(answer)


def test_what_the_platform_says_is_shown_as_text(desk):
    account = {"id": "99998", "name": EVIL, "exchangeCode": "BYB", "apiKey": API_KEYS[0]}
    active = {"spot": {"isActive": True}, "futures": {"isActive": True}}
    desk.reads["/as/v3/accounts"] = http(200, json.dumps([{**account, **active}]).encode())
    product = {"productCode": "btcusdt_f", "exchangeCode": "BYB", "productType": "FUTURES", "name": EVIL}
    desk.reads["/mms/v2/productDetails"] = http(200, json.dumps([{**product, "base": EVIL, "quote": EVIL}]).encode())
    desk.script = [http(400, json.dumps({"errors": [{"field": EVIL, "description": EVIL}]}).encode())]
    answers = [
        desk.run(*command)
        for command in (
            ("accounts",),
            ("products",),
            ("plan",),
            ("plan", "--out", "plan.json"),
            ("apply", "plan.json"),
            ("status",),
            ("audit", "log"),
            ("resolve",),
        )
    ]
    for answer in answers:
        refuse_raw(answer)
    assert [answer.returncode for answer in answers] == [0, 0, 0, 0, 7, 0, 0, 0]
    assert leaked(desk, *answers) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff",
        b"[" * 100_000,
        b'{"strategyId":"' + TOKEN.encode() + b'"',
        json.dumps({"strategyId": EVIL}).encode(),
        json.dumps({"strategyId": "a" * 100_000}).encode(),
    ],
)
def test_an_answer_that_cannot_be_believed_is_unknown_and_printed_safely(desk, body):
    desk.script = [http(201, body)]
    answer = desk.apply()
    assert answer.returncode == 4
    refuse_raw(answer)
    assert leaked(desk, answer) == []


def test_reads_that_are_garbage_end_in_one_clear_line(desk):
    for path, body in (
        ("/as/v3/accounts", b"<html>"),
        ("/as/v3/accounts", b'{"id": 5}'),
        ("/as/v3/accounts", json.dumps([{"id": 5, "apiKey": API_KEYS[0]}]).encode()),
        ("/mms/v2/productDetails", b"[[]]"),
        ("/strategy-orchestrator/strategies/find", json.dumps([{"strategyId": EVIL}]).encode()),
    ):
        desk.reads = {path: http(200, body)}
        answer = desk.apply()
        assert answer.returncode == 1, (path, body, answer.stderr)
        refuse_raw(answer)
        assert leaked(desk, answer) == []
        assert desk.live_ids == []


def test_a_token_with_hostile_characters_is_refused_unseen(desk):
    for token in ("CANARY\nX: y", "CANARY \x1b[2J", "CANARYé"):
        answer = desk.run("plan", VOLVEN_TOKEN=token)
        assert answer.returncode == 9
        assert "CANARY" not in answer.stdout + answer.stderr


def test_the_project_file_cannot_choose_where_the_token_goes(desk):
    text = (desk.root / "volvenctl.yaml").read_text()
    (desk.root / "volvenctl.yaml").write_text(re.sub(r'"http://127.*?"', '"https://evil.example"', text))
    answer = desk.run("plan")
    assert answer.returncode == 9
    assert "evil.example" in answer.stderr
    assert leaked(desk, answer) == []


@pytest.mark.parametrize("size", ["0.1", "0.100", "1e-1", "100e-3", "1190.000", "1.19E3"])
def test_a_number_is_sent_as_the_digits_of_the_file(desk, size):
    desk.write("btc", size=size)
    assert desk.apply().returncode == 0
    [body] = desk.bodies
    written = {"1e-1": "0.1", "100e-3": "0.100", "1.19E3": "1190"}.get(size, size)
    assert f'"size":{written},"priceLimit":95000,"orderMaxSize":0.03,"autoRun":true}}' in body


@pytest.mark.parametrize("size", ["1" * 41, "1e41", "1e-41", "0.1f", '"0.1"', "١", "0,1"])
def test_a_number_that_is_not_exactly_clear_is_refused(desk, size):
    desk.write("btc", size=size)
    assert desk.apply().returncode == 3
    assert desk.bodies == []
