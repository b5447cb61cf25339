"""The guide to the audit trail says what is so: its verifier works as printed, its columns are ours."""

import subprocess
import sys
from pathlib import Path

import pytest
from builders_audit import lines_of, trail_of

from volvenctl.render.audit_csv import COLUMNS

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
TRAIL = trail_of(10)


@pytest.fixture
def by_hand(tmp_path):
    """Run the guide's own verifier on a ledger."""
    text = (GUIDES / "audit.md").read_text(encoding="utf-8")
    script = tmp_path / "verify-by-hand.py"
    script.write_text(text.split("```python\n")[1].partition("```")[0], encoding="utf-8")

    def run(content, *heads):
        (tmp_path / "ledger.jsonl").write_bytes(content)
        words = [sys.executable, "-I", script.name, "ledger.jsonl", *heads]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def test_the_verifier_of_the_guide_has_twenty_lines():
    text = (GUIDES / "audit.md").read_text(encoding="utf-8").split("```python\n")[1].partition("```")[0]
    assert sum(bool(line.strip()) for line in text.splitlines()) == 20


def test_the_verifier_of_the_guide_finds_a_ledger_whole(by_hand):
    done = by_hand(lines_of(TRAIL), TRAIL[-1].hash)
    assert (done.returncode, done.stdout) == (0, f"10 {TRAIL[-1].hash}\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace(b"0.1", b"0.2", 1), "record 4 was changed"),
        (lambda text: text.replace(b",", b", ", 1), "record 1 is spelt otherwise"),
        (lambda text: b"".join(text.splitlines(keepends=True)[1:]), "record 1 does not follow"),
        (lambda text: b"".join(text.splitlines(keepends=True)[:-1]), "the end is not the head that was noted"),
    ],
    ids=["changed", "spelt", "deleted", "cut"],
)
def test_the_verifier_of_the_guide_finds_what_was_done(by_hand, change, said):
    done = by_hand(change(lines_of(TRAIL)), TRAIL[-1].hash)
    assert done.returncode == 1
    assert said in done.stderr


def test_the_guide_lists_the_columns_of_the_table():
    assert f"`{','.join(COLUMNS)}`" in (GUIDES / "audit.md").read_text(encoding="utf-8")
