"""The files of an exported audit trail that come from the ledger itself."""

import hashlib
import re
from collections.abc import Mapping, Sequence

from volvenctl.model.names import Digest, JsonObject
from volvenctl.model.record import Record
from volvenctl.wire.exact_json import json_text
from volvenctl.wire.ledger_v1 import record_line

_UNSAFE = re.compile(r"[^A-Za-z0-9@._+-]")


def ledger_files(records: Sequence[Record], state: JsonObject) -> Mapping[str, bytes]:
    """Return ledger.jsonl, state.json, and each approval's signature and what it signed, by name."""
    return {
        "ledger.jsonl": b"".join(map(record_line, records)),
        "state.json": json_text(state).encode("ascii") + b"\n",
        **{name: content for record in records for name, content in _approval(record).items()},
    }


def sha256_of(content: bytes) -> Digest:
    """Return the SHA-256 of a file's content."""
    return Digest("sha256:" + hashlib.sha256(content).hexdigest())


def _approval(record: Record) -> Mapping[str, bytes]:
    signature, signed = record.data.get("signature"), record.data.get("planHash")
    if record.type != "plan.approved" or not isinstance(signature, str) or not isinstance(signed, str):
        return {}
    name = f"approvals/{record.seq}-{_UNSAFE.sub('_', str(record.data.get('principal', '')))[:100]}"
    return {f"{name}.sig": signature.encode("utf-8"), f"{name}.plan": signed.encode("utf-8")}
