"""Ledger records to and from lines of text, one form for each record.

A line is ASCII JSON in the order of the fields below. Any other spelling of the same record is damage, so a
changed byte is found wherever it stands. The hash covers the record without `hash` in RFC 8785 canonical JSON.
"""

from collections.abc import Iterable

from volvenctl.model.names import Digest, Json, JsonObject
from volvenctl.model.record import Draft, Head, Record
from volvenctl.wire.exact_json import (
    JsonFault,
    canonical_of_written,
    digest_of,
    digest_of_text,
    json_text,
    read_written,
)

_FIELDS = ("seq", "time", "type", "actor", "data", "prev", "hash")


class RecordFault(ValueError):  # noqa: N818 - a finding about a line, not a failure of ours
    """The line is no record of ours; the message says why."""


def make_records(drafts: Iterable[Draft], head: Head, time: str, actor: JsonObject) -> tuple[Record, ...]:
    """Return `drafts` as records that continue the chain at `head`, all with the same time and actor."""
    records: list[Record] = []
    for draft in drafts:
        body: JsonObject = {
            "seq": head.seq + 1,
            "time": time,
            "type": draft.type,
            "actor": actor,
            "data": draft.data,
            "prev": head.hash,
        }
        record = Record(head.seq + 1, time, draft.type, actor, draft.data, head.hash, digest_of(body))
        records.append(record)
        head = Head(record.seq, record.hash)
    return tuple(records)


def record_document(record: Record) -> JsonObject:
    """Return the record as a JSON object, fields in the order of the file."""
    return {
        "seq": record.seq,
        "time": record.time,
        "type": record.type,
        "actor": record.actor,
        "data": record.data,
        "prev": record.prev,
        "hash": record.hash,
    }


def record_line(record: Record) -> bytes:
    """Return the one line that stands for `record`, newline included."""
    return json_text(record_document(record)).encode("ascii") + b"\n"


def read_record(line: bytes) -> Record:
    """Return the record that `line` (without its newline) stands for, its hash and spelling verified.

    Raises:
        RecordFault: it is damaged, or was not written by us.
    """
    try:
        value = read_written(line)
    except JsonFault as fault:
        raise RecordFault(f"it is no JSON of ours ({fault})") from fault
    if not isinstance(value, dict) or tuple(value) != _FIELDS:
        raise RecordFault("it does not have the fields of a record")
    record = _record(value)
    del value["hash"]
    if digest_of_text(canonical_of_written(value)) != record.hash:
        raise RecordFault("its content does not match its hash")
    return record


def _record(value: dict[str, Json]) -> Record:
    match tuple(value.values()):
        case (int(seq), str(time), str(kind), dict(actor), dict(content), str(prev), str(own)) if type(seq) is int:
            return Record(seq, time, kind, actor, content, Digest(prev), Digest(own))
        case _:
            raise RecordFault("a field has the wrong type")
