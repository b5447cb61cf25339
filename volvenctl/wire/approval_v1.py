"""What `approve --format json` prints; schema: schemas/approval.schema.json."""

from volvenctl.model.names import Digest, JsonObject
from volvenctl.model.record import FORMAT_VERSION


def approval_document(plan_hash: Digest, principal: str, fingerprint: str, file: str) -> JsonObject:
    """Return what was signed, by whom with which key, and where the signature is."""
    return {
        "formatVersion": FORMAT_VERSION,
        "planHash": plan_hash,
        "principal": principal,
        "keyFingerprint": fingerprint,
        "file": file,
    }
