"""The ledger in the tree of a commit: one segment file per append, `ledger/<seq div 1000>/<first seq>.jsonl`.

A segment is never changed. It holds the records of one append, so its folder may be the one before the folder of
its last record.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from volvenctl.adapters.git_plumbing import Entry, GitRepository
from volvenctl.adapters.ledger_checks import cut, damaged, read_chain
from volvenctl.errors import LedgerError
from volvenctl.model.record import EMPTY, Head, Record
from volvenctl.render.safe import safe
from volvenctl.wire.ledger_v1 import record_line

FOLDER: Final = "ledger"
_PER_FOLDER: Final = 1000
_GROUP: Final = re.compile(r"ledger/(0|[1-9][0-9]{0,14})", re.ASCII)
_SEGMENT: Final = re.compile(r"ledger/(0|[1-9][0-9]{0,14})/([1-9][0-9]{0,17})\.jsonl", re.ASCII)
_NAMED: Final = 3
"""How many records the subject of a commit names."""
_LETTERS: Final = 100


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of records."""

    first: int
    path: str
    blob: str


def segment_path(first: int) -> str:
    """Return where the segment goes whose first record is `first`."""
    return f"{FOLDER}/{first // _PER_FOLDER}/{first}.jsonl"


def segment_content(records: Sequence[Record]) -> bytes:
    """Return the records as they stand in their segment, one a line."""
    return b"".join(map(record_line, records))


def commit_message(records: Sequence[Record]) -> str:
    """Return what happened, as `git log` tells it: `attempt.started btc-dip-buy (seq 12)`, and the new head."""
    named = [_named(record) for record in records]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    first, last = records[0].seq, records[-1].seq
    seqs = f"seq {first}" if first == last else f"seq {first}-{last}"
    told = [f"{record.seq} {safe(record.time)} {words}" for record, words in zip(records, named, strict=True)]
    subject = f"{', '.join(named[:_NAMED])}{more} ({seqs})"
    return "\n".join([subject, "", *told, "", f"Ledger-Head: {last} {records[-1].hash}"])


def last_segment(git: GitRepository, commit: str) -> Segment | None:
    """Return the segment that holds the head of the ledger; None for an empty ledger."""
    groups = _groups(git, commit)
    return _segments(git, commit, groups[-1:])[-1] if groups else None


def read_head(git: GitRepository, commit: str, where: str) -> Head:
    """Return the end of the ledger in `commit`, its record verified."""
    segment = last_segment(git, commit)
    if segment is None:
        return EMPTY
    lines = _lines(git.blobs([segment.blob])[0], segment, where)
    last = segment.first + len(lines) - 1
    [record] = read_chain(lines[-1:], last - 1, where)
    return Head(record.seq, record.hash)


def read_records(git: GitRepository, commit: str | None, after: int, where: str) -> list[Record]:
    """Return the records after seq `after`, verified; only segments that hold one of them are read.

    Raises:
        LedgerError: the first bad seq, or that the ledger is shorter.
    """
    segments = [] if commit is None else _segments_after(git, commit, after)
    lines: list[bytes] = []
    start = end = segments[0].first - 1 if segments else 0
    for segment, content in zip(segments, git.blobs([item.blob for item in segments]), strict=True):
        if segment.first != end + 1:
            raise damaged(where, min(segment.first, end + 1), f"{segment.path} does not begin where another ends")
        lines += _lines(content, segment, where)
        end = start + len(lines)
    if start > after:
        raise damaged(where, after + 1, "it is missing")
    if end < after:
        raise cut(where, end, after)
    return read_chain(lines[after - start :], after, where)


def _segments_after(git: GitRepository, commit: str, after: int) -> list[Segment]:
    """Return the segments from the one on that holds seq after+1, or would hold it."""
    groups = _groups(git, commit)
    group = (after + 1) // _PER_FOLDER
    before = [item for item in groups if item < group]
    segments = _segments(git, commit, [*before[-1:], *(item for item in groups if item >= group)])
    started = sum(segment.first <= after + 1 for segment in segments)
    return segments[max(started - 1, 0) :]


def _groups(git: GitRepository, commit: str) -> list[int]:
    """Return the numbers of the folders of segments."""
    found = git.entries(commit, [FOLDER])
    return sorted(int(_match(_GROUP, path, entry.kind == "tree")[1]) for path, entry in found.items())


def _segments(git: GitRepository, commit: str, groups: Sequence[int]) -> list[Segment]:
    if not groups:
        return []
    found = git.entries(commit, [f"{FOLDER}/{group}" for group in groups])
    return sorted((_segment(path, entry) for path, entry in found.items()), key=lambda segment: segment.first)


def _segment(path: str, entry: Entry) -> Segment:
    first = int(_match(_SEGMENT, path, entry.is_file)[2])
    if path != segment_path(first):
        raise _stranger(path)
    return Segment(first, path, entry.id)


def _match(pattern: re.Pattern[str], path: str, is_right_kind: object) -> re.Match[str]:
    match = pattern.fullmatch(path)
    if match is None or not is_right_kind:
        raise _stranger(path)
    return match


def _stranger(path: str) -> LedgerError:
    return LedgerError(
        f"the branch of the ledger holds {path!r}, which volvenctl did not write",
        hint="nothing is written to a damaged ledger; restore the branch from a clone that has it as it was",
    )


def _lines(content: bytes, segment: Segment, where: str) -> list[bytes]:
    *lines, rest = content.split(b"\n")
    if rest or not lines:
        raise damaged(where, segment.first + len(lines), f"{segment.path} ends within a record")
    return lines


def _named(record: Record) -> str:
    name = record.data.get("name")
    return safe(f"{record.type} {name}" if isinstance(name, str) else record.type)[:_LETTERS]
