"""The JSON document of `volvenctl doctor`; schema: doctor."""

from collections import Counter

from volvenctl.model.checkup import Checkup
from volvenctl.model.names import JsonObject
from volvenctl.model.record import FORMAT_VERSION


def checkup_document(checkup: Checkup) -> JsonObject:
    """Return every finding in the order of looking, and how many there are of each verdict."""
    counts = Counter(finding.verdict for finding in checkup.findings)
    return {
        "formatVersion": FORMAT_VERSION,
        "environment": checkup.environment,
        "exit": int(checkup.exit),
        "summary": {"ok": counts["ok"], "warn": counts["warn"], "fail": counts["fail"]},
        "checks": [
            {
                "check": finding.check,
                "verdict": finding.verdict,
                "seen": _encodable(finding.seen),
                "next": _encodable(finding.next_step) or None,
                "latencyMs": finding.latency_ms,
            }
            for finding in checkup.findings
        ],
    }


def _encodable(text: str) -> str:
    """Return `text` with surrogates, which a path may hold and no JSON reader takes, as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
