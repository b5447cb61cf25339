"""What holds a ledger in place from outside: noted heads, checkpoints, and the digests of what was sent.

A chain of hashes shows that nothing inside it was changed. That its end was cut off, or that the whole of it was
replaced, only somebody can tell who noted a head elsewhere.
"""

import re
from collections.abc import Sequence

from volvenctl.errors import LedgerError, UsageError
from volvenctl.model.approval import Rejected, SignatureFile, Verified
from volvenctl.model.audit import Anchor, CheckedCheckpoint, Checkpoint
from volvenctl.model.names import Digest
from volvenctl.model.record import Head, Record
from volvenctl.model.state import State
from volvenctl.wire.exact_json import digest_of_text

_ANCHOR = re.compile(r"\s*(?:record\s+)?(?:([1-9][0-9]{0,14})\s*[:,\s]\s*)?(?:sha256:)?([0-9a-f]{64})\s*", re.ASCII)


def read_anchor(text: str) -> Anchor:
    """Return the head that `HASH`, `SEQ:HASH` or `SEQ HASH` stands for, as apply and git trailers have it.

    Raises:
        UsageError: it is none of these; a hash has to be whole.
    """
    found = _ANCHOR.fullmatch(text)
    if found is None:
        raise UsageError(
            f"--expect-head {text!r} is no head of a ledger",
            hint="SEQ:HASH or HASH with all 64 digits, as `volvenctl apply` prints them",
        )
    return Anchor(None if found[1] is None else int(found[1]), Digest("sha256:" + found[2]))


def anchored(records: Sequence[Record], anchor: Anchor, source: str) -> Head:
    """Return where in the ledger the head stands that was noted in `source`.

    Raises:
        LedgerError: the ledger was cut, or is another one from some seq on.
    """
    if anchor.seq is None:
        found = next((record for record in reversed(records) if record.hash == anchor.hash), None)
        if found is None:
            raise LedgerError(
                f"no record of the ledger has the hash {anchor.hash} of {source}: its end was cut off, or it is "
                f"another history; it ends at seq {len(records)}",
                hint=_HINT,
            )
        return Head(found.seq, found.hash)
    if anchor.seq > len(records):
        raise LedgerError(
            f"the ledger ends at seq {len(records)}, but {source} has seq {anchor.seq}: its end was cut off, or it is "
            f"an older copy; the first bad seq is {len(records) + 1}",
            hint=_HINT,
        )
    if records[anchor.seq - 1].hash != anchor.hash:
        raise LedgerError(
            f"record {anchor.seq} of the ledger has another hash than {source} says: it is another history, bad at "
            f"seq {anchor.seq} or before",
            hint=_HINT,
        )
    return Head(anchor.seq, anchor.hash)


_HINT = "find the copy of the ledger in which that head stands; nothing proves this one"


def checkpoint_found(
    records: Sequence[Record], state: State, checkpoint: Checkpoint, found: tuple[str, SignatureFile | None]
) -> CheckedCheckpoint:
    """Return a checkpoint of this ledger, whose file and signature are `found`; None: not to be looked at.

    Raises:
        LedgerError: the signature is bad, or its head is not in this ledger.
    """
    file, signature = found
    if isinstance(signature, Rejected):
        raise LedgerError(f"the checkpoint {file} is not signed as it should be: {signature.reason}")
    if checkpoint.lineage != state.lineage:
        raise LedgerError(
            f"the checkpoint {file} is of the ledger {checkpoint.lineage}, and this is {state.lineage}: "
            "the ledger was replaced, or was created again",
            hint=_HINT,
        )
    anchored(records, Anchor(checkpoint.head.seq, checkpoint.head.hash), f"the checkpoint {file}")
    return CheckedCheckpoint(file, checkpoint, signature.principal if isinstance(signature, Verified) else None)


def check_bodies(records: Sequence[Record]) -> None:
    """Compute the digest of every request's body again.

    Raises:
        LedgerError: a record has a body and the digest of another one.
    """
    for record in records:
        body, digest = record.data.get("body"), record.data.get("bodyDigest")
        if isinstance(body, str) and digest is not None and digest_of_text(body) != digest:
            raise LedgerError(f"the ledger is damaged at seq {record.seq}: the digest of its body is another one")
