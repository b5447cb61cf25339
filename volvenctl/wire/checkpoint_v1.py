"""Checkpoints to and from the one line of text that is signed."""

from typing import cast

from volvenctl.model.audit import Checkpoint
from volvenctl.model.names import Digest, JsonObject
from volvenctl.model.record import FORMAT_VERSION, Head
from volvenctl.wire.exact_json import JsonFault, canonical_text, read_json

MAX_BYTES = 4096
"""Of a checkpoint's file; a real one has a tenth of it."""


class CheckpointFault(ValueError):  # noqa: N818 - a finding about a file, not a failure of ours
    """The text is no checkpoint; the message says why."""


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """Return the line, newline included, that is signed and kept: canonical JSON; schema: checkpoint."""
    return canonical_text(checkpoint_document(checkpoint)) + "\n"


def checkpoint_document(checkpoint: Checkpoint) -> JsonObject:
    """Return the checkpoint as a JSON object; schema: checkpoint."""
    return {
        "formatVersion": FORMAT_VERSION,
        "environment": checkpoint.environment,
        "lineage": checkpoint.lineage,
        "seq": checkpoint.head.seq,
        "head": checkpoint.head.hash,
        "time": checkpoint.at,
    }


def read_checkpoint(content: bytes) -> Checkpoint:
    """Return the checkpoint that a file holds; any other spelling than ours is refused.

    Raises:
        CheckpointFault: it holds none, or one of a newer version.
    """
    try:
        value = read_json(content)
    except JsonFault as fault:
        raise CheckpointFault(f"it is no JSON ({fault})") from fault
    texts = [value.get(key) for key in ("environment", "lineage", "head", "time")] if isinstance(value, dict) else []
    seq = value.get("seq") if isinstance(value, dict) else None
    if not isinstance(seq, int) or not texts or not all(isinstance(item, str) for item in texts):
        raise CheckpointFault("it does not have the fields of a checkpoint")
    environment, lineage, head, at = cast("list[str]", texts)
    checkpoint = Checkpoint(environment, lineage, Head(seq, Digest(head)), at)
    if checkpoint_text(checkpoint).encode("utf-8") != content:
        raise CheckpointFault("it is not written as this version writes checkpoints")
    return checkpoint
