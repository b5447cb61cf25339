import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from volvenctl.errors import Exit
from volvenctl.model.checkup import Checkup, Finding
from volvenctl.render.doctor_text import doctor_text
from volvenctl.render.sandbox_text import SandboxRow, changed_text, listed_text, shown_text
from volvenctl.render.style import Palette
from volvenctl.wire.checkup_v1 import checkup_document
from volvenctl.wire.exact_json import document_text

SCHEMAS = Path(__file__).parents[3] / "schemas"
OK = Finding("lock", "ok", "free")
ODD = Finding("git", "warn", "no commit", "git init")
BAD = Finding("find", "fail", "no answer", "check the network", Exit.ERROR, 12)
HOSTILE = "\x1b[2J\u202e\n::error::\udc80"


def test_each_finding_is_a_line_with_its_next_step_below():
    assert doctor_text(Checkup("sandbox", (OK, ODD, BAD), Exit.ERROR)) == (
        "  ok    lock  free\n"
        "  warn  git   no commit\n"
        "          next: git init\n"
        "  fail  find  no answer (12 ms)\n"
        "          next: check the network\n"
        "\n"
        "1 failed, 1 to look at.\n"
    )


@pytest.mark.parametrize(
    ("findings", "answer"),
    [
        ((OK,), "Nothing failed, nothing to look at."),
        ((OK, ODD), "Nothing failed, 1 to look at."),
        ((BAD, BAD), "2 failed, nothing to look at."),
    ],
)
def test_the_last_line_is_the_answer(findings, answer):
    assert doctor_text(Checkup(None, findings, Exit.OK)).splitlines()[-1] == answer


def test_verdicts_are_painted_and_never_by_colour_alone():
    painted = doctor_text(Checkup("a", (OK, ODD, BAD), Exit.ERROR), Palette(on=True))
    assert all(f"\x1b[{code}m{word}\x1b[0m" in painted for code, word in ((32, "ok"), (33, "warn"), (31, "fail")))


def test_foreign_text_is_harmless():
    findings = (Finding("find", "fail", HOSTILE, HOSTILE, Exit.ERROR),)
    text = doctor_text(Checkup(None, findings, Exit.ERROR))
    row = SandboxRow(HOSTILE, HOSTILE, "RUNNING", 1, HOSTILE, {HOSTILE: HOSTILE, "side": HOSTILE})
    for shown in (text, listed_text([row]), shown_text(row), changed_text([row], HOSTILE)):
        assert not set("\x1b\u202e\udc80") & set(shown)
        assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


def test_the_document_is_as_its_schema_says():
    hostile = Finding("find", "fail", HOSTILE, HOSTILE, Exit.ERROR)
    written = json.loads(document_text(checkup_document(Checkup(None, (OK, ODD, BAD, hostile), Exit.ERROR))))
    Draft202012Validator(json.loads((SCHEMAS / "doctor.schema.json").read_text())).validate(written)
    assert written["summary"] == {"ok": 1, "warn": 1, "fail": 2}
    assert (written["exit"], written["checks"][2]["latencyMs"], written["checks"][0]["next"]) == (1, 12, None)
    assert "\\udc80" in written["checks"][3]["seen"]


def test_an_empty_platform_says_how_to_fill_it():
    assert listed_text([]).splitlines()[-1] == "Next: volvenctl sandbox foreign"


def test_a_simulated_strategy_that_is_not_ours_is_marked():
    row = SandboxRow("s-1", None, "PAUSED", 2, "noon", {"side": "BUY", "size": 1, "autoRun": True})
    assert listed_text([row]).splitlines()[1].split() == ["s-1", "(not", "ours)", "PAUSED", "noon", "BUY", "1"]
    assert "  autoRun  true" in shown_text(row).splitlines()
    assert changed_text([row], "sandbox").splitlines()[-1] == "Next: volvenctl -e sandbox status"
