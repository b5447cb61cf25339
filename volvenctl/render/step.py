"""What a step of a GitHub workflow hands on: outputs for later steps, and a summary for people."""

import re
from collections.abc import Mapping
from typing import cast

from volvenctl.errors import Exit
from volvenctl.model.plan import Plan
from volvenctl.model.record import Head
from volvenctl.model.report import ApplyReport
from volvenctl.render.anchor_text import trailer_text
from volvenctl.render.safe import safe
from volvenctl.wire.documents import apply_document

SUMMARY_LIMIT = 60_000
"""Characters of a summary: far below GitHub's 1 MiB for a step, and what fits into a comment."""

_FENCE = re.compile(r"`{3,}")


def plan_outputs(plan: Plan, code: Exit) -> Mapping[str, str]:
    """Return the outputs of a plan: its hash, whether there is something to do, the exit code, the actions counted."""
    changes = "true" if plan.steps else "false"
    counts = {word: str(count) for word, count in plan.counts.items()}
    return {"plan-hash": plan.hash, "changes": changes, "exit": str(int(code)), **counts}


def apply_outputs(report: ApplyReport) -> Mapping[str, str]:
    """Return the outputs of an apply: those of its plan, how many actions ended in which way, the ledger's head."""
    ended = cast("Mapping[str, int]", apply_document(report)["summary"])
    head = {"ledger-seq": str(report.head.seq), "ledger-head": report.head.hash}
    return {**plan_outputs(report.plan, report.exit), **{word: str(count) for word, count in ended.items()}, **head}


def anchor_summary(head: Head) -> str:
    """Return a paragraph that keeps the ledger's head in the summary and offers it as a git trailer."""
    return f"\nNote the ledger's head where others keep it, as a git trailer:\n\n```text\n{trailer_text(head)}\n```\n"


def outputs_text(outputs: Mapping[str, str]) -> str:
    """Return outputs as GitHub reads them: a line each, so that no value can add a line of its own."""
    return "".join(f"{name}={safe(value)}\n" for name, value in outputs.items())


def fenced(title: str, text: str) -> str:
    """Return a heading and a text that Markdown shows as it is; a text that is too long is cut, and says so."""
    longest = max(map(len, _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    shown = (
        text if len(text) <= SUMMARY_LIMIT else f"{text[:SUMMARY_LIMIT]}\n... cut here; the log of the step has all\n"
    )
    return f"### {title}\n\n{fence}text\n{shown}{fence}\n"
