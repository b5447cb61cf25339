"""The segments of a ledger in an object store: `ledger/<seq of the first record>.jsonl`, or the seal at the end."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from volvenctl.adapters.ledger_checks import damaged, read_chain
from volvenctl.adapters.object_store import Found, ObjectStore
from volvenctl.adapters.parallel import results_of
from volvenctl.errors import LedgerError
from volvenctl.model.names import JsonObject
from volvenctl.model.record import EMPTY, Head, Record
from volvenctl.wire.exact_json import JsonFault, json_text, read_json

_FOLDER: Final = "ledger"
_NAME = re.compile(rf"{_FOLDER}/([0-9]{{10}})\.jsonl")
_READERS: Final = 24
"""Segments that are read at once."""
_REACHES: Final = (1000, 100_000)
"""How far back the segment that holds a record is looked for first: its name is not known, only that it is before."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of the ledger as this process knows it."""

    head: Head = EMPTY
    start: int = 0
    """The seq in the name of the last segment; 0 for a ledger without any."""
    version: str | None = None
    moved_to: str | None = None
    """What the seal says, if the last segment is one."""


class Segments:
    """Reads segments and verifies the chain through them."""

    def __init__(self, objects: ObjectStore) -> None:
        """Read from `objects`."""
        self._objects = objects

    def read_from(self, seq: int) -> tuple[list[Record], Tail]:
        """Return the records from the segment that holds `seq` on, at least those of the last segment, and the end.

        Raises:
            LedgerError: names the first bad seq.
            StorageError: the store cannot be read.
        """
        with suppress(LedgerError):  # a list is no snapshot: a hole in it may be an append that was under way
            return self._read_from(seq)
        return self._read_from(seq)

    def is_unchanged(self, tail: Tail) -> bool:
        """Whether the last segment still is what it was: nobody replaced or cut the ledger."""
        return tail.start == 0 or self._objects.version(segment_name(tail.start)) == tail.version

    def _read_from(self, seq: int) -> tuple[list[Record], Tail]:
        starts = self._starts(seq)
        segments = results_of([partial(self._segment, start) for start in starts], _READERS)
        if not segments:
            return [], Tail()
        moved_to = _moved_to(segments[-1])
        of_records = len(starts) - (moved_to is not None)
        records = self._records(starts[:of_records], segments[:of_records])
        head = Head(records[-1].seq, records[-1].hash) if records else EMPTY
        if moved_to is not None and records and starts[-1] != head.seq + 1:
            raise self._damage(head.seq + 1, "it is missing before the note where the ledger went")
        return records, Tail(head, starts[-1], segments[-1].version, moved_to)

    def _starts(self, seq: int) -> list[int]:
        """Return the start of the segment that holds `seq`, or of the last one before it, and all later starts."""
        starts: list[int] = []
        for offset in (*(max(seq - reach, 0) for reach in _REACHES), 0):
            keys = self._objects.keys_after(_FOLDER, segment_name(offset))
            starts = [int(match[1]) for key in keys if (match := _NAME.fullmatch(key))]
            if offset == 0 or (starts and starts[0] <= seq):
                break
        return starts[max(bisect_right(starts, seq) - 1, 0) :]

    def _segment(self, start: int) -> Found:
        found = self._objects.found(segment_name(start))
        if found is None:
            raise self._damage(start, f"{segment_name(start)} is not there any more")
        return found

    def _records(self, starts: Sequence[int], segments: Sequence[Found]) -> list[Record]:
        """Return the records of segments that follow each other."""
        lines: list[bytes] = []
        first = number = starts[0] if starts else 1
        for start, segment in zip(starts, segments, strict=True):
            *whole, rest = segment.content.split(b"\n")
            if rest or not whole or start != number:
                raise self._damage(number, f"{segment_name(start)} is no segment that continues the records before")
            lines += whole
            number += len(whole)
        return read_chain(lines, first - 1, f"at {self._objects.url}")

    def _damage(self, number: int, reason: str) -> LedgerError:
        return damaged(f"at {self._objects.url}", number, reason)


def segment_name(start: int) -> str:
    """Return the key of the segment whose first record is `start`."""
    return f"{_FOLDER}/{start:010d}.jsonl"


def seal_content(moved_to: str) -> bytes:
    """Return what stands in the last segment of a ledger that goes on at `moved_to`."""
    return json_text({"movedTo": moved_to}).encode("ascii") + b"\n"


def document_of(content: bytes) -> JsonObject:
    """Return the JSON object that `content` is; an empty one if it is none."""
    try:
        document = read_json(content)
    except JsonFault:
        return {}
    return document if isinstance(document, dict) else {}


def _moved_to(segment: Found) -> str | None:
    """Return where the ledger went, if this is the seal."""
    document = document_of(segment.content) if segment.content.startswith(b'{"movedTo":') else {}
    moved_to = document.get("movedTo")
    return moved_to if isinstance(moved_to, str) else None
