"""Verify an exported audit trail with Python's standard library alone: `python verify.py [FOLDER] [--expect-head ...]`.

Reads ledger.jsonl, state.json, checkpoints/*.json and plans/*.json of FOLDER (default: where this file is). Every hash
is computed again; nothing is trusted but what was noted elsewhere. Exit 0: whole; exit 1: the first line says what is
wrong. Signatures are verified with ssh-keygen, as README.md shows.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

FAULTS = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What a file that is not as it should be can lead to."""

FIELDS = ["seq", "time", "type", "actor", "data", "prev", "hash"]


class Broken(Exception):  # noqa: N818 - what the exit code says
    """The trail is not whole; the message says where."""


def canonical(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a JSON value without floats in RFC 8785 form: keys in the order of their UTF-16 code units."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def digest(text: str) -> str:
    """Return the SHA-256 of a text."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def digest_without(value: dict[str, Any], key: str) -> str:
    """Return the SHA-256 of the canonical form of an object without one of its members."""
    return digest(canonical({name: item for name, item in value.items() if name != key}))


def no_float(text: str) -> None:
    """Refuse a number that is no integer: in this format decimals are text."""
    raise ValueError("a float: " + text)


def read_object(content: bytes) -> dict[str, Any]:
    """Return a JSON object."""
    value = json.loads(content.decode(), parse_float=no_float, parse_constant=no_float)
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004 - as every other fault of a text
    return value


def check_record(line: bytes, seq: int, prev: str) -> str:
    """Return the hash of a record that continues `prev` as number `seq`, and is spelt as volvenctl spells it."""
    record = read_object(line)
    if list(record) != FIELDS or json.dumps(record, separators=(",", ":")).encode() != line:
        raise ValueError("it is not spelt as a record")
    if record["seq"] != seq or record["prev"] != prev:
        raise ValueError("it does not continue the record before")
    if digest_without(record, "hash") != record["hash"]:
        raise ValueError("its content does not match its hash")
    body = record["data"].get("body")
    if isinstance(body, str) and record["data"].get("bodyDigest", digest(body)) != digest(body):
        raise ValueError("the digest of its body is another one")
    return str(record["hash"])


def chain_of(content: bytes) -> list[str]:
    """Return the hash of every record of ledger.jsonl, the one before the first included."""
    hashes = ["sha256:" + "0" * 64]
    for seq, line in enumerate(content.removesuffix(b"\n").split(b"\n"), start=1):
        try:
            hashes.append(check_record(line, seq, hashes[-1]))
        except FAULTS as error:
            raise Broken(f"ledger.jsonl is damaged at seq {seq}: {error}") from error
    if not content.endswith(b"\n"):
        raise Broken(f"ledger.jsonl is damaged at seq {len(hashes)}: it does not end with a line end")
    return hashes


def check_head(hashes: list[str], head: tuple[int | None, str], source: str) -> None:
    """Refuse a chain in which a head that was noted elsewhere does not stand at its place."""
    seq, wanted = head
    if seq is None and wanted not in hashes[1:]:
        raise Broken(f"no record has the hash of {source}: cut, forked or an older copy")
    if seq is not None and not 0 < seq < len(hashes):
        raise Broken(f"the ledger ends at seq {len(hashes) - 1}, {source} has seq {seq}: cut, or an older copy")
    if seq is not None and hashes[seq] != wanted:
        raise Broken(f"record {seq} is another one than in {source}: forked, at seq {seq} or before")


def noted(text: str) -> tuple[int | None, str]:
    """Return the head that `SEQ:HASH` or `HASH` stands for."""
    seq, hexadecimal = ([None, *text.replace(":", " ").replace("sha256", " ").split()])[-2:]
    if hexadecimal is None or len(hexadecimal) != 64:  # noqa: PLR2004 - digits of a SHA-256
        raise argparse.ArgumentTypeError("SEQ:HASH or HASH, with all 64 digits")
    return (None if seq is None else int(seq)), "sha256:" + hexadecimal


def check_files(folder: Path, hashes: list[str]) -> int:
    """Hold the chain against every other file of the archive, and return how many there were."""
    state = read_object((folder / "state.json").read_bytes())
    if [state["serial"], state["head"], state["digest"]] != [
        len(hashes) - 1,
        hashes[-1],
        digest_without(state, "digest"),
    ]:
        raise Broken("state.json is not that of the end of ledger.jsonl")
    checkpoints, plans = sorted(folder.glob("checkpoints/*.json")), sorted(folder.glob("plans/*.json"))
    for path in checkpoints:
        told = read_object(path.read_bytes())
        if told["lineage"] != state["lineage"]:
            raise Broken(f"{path.name} is of another ledger")
        check_head(hashes, (told["seq"], told["head"]), path.name)
    for path in plans:
        plan = read_object(path.read_bytes())
        if digest_without(plan, "planHash") != plan["planHash"]:
            raise Broken(f"{path.name} does not match its hash")
    return 1 + len(checkpoints) + len(plans)


def verify(folder: Path, heads: list[tuple[int | None, str]]) -> str:
    """Return what was verified, in a sentence."""
    hashes = chain_of((folder / "ledger.jsonl").read_bytes())
    for head in heads:
        check_head(hashes, head, "--expect-head")
    try:
        files = check_files(folder, hashes)
    except (OSError, *FAULTS) as error:
        raise Broken(f"a file beside the ledger cannot be used: {error!r}") from error
    return f"whole: {len(hashes) - 1} records, {files} files beside them, head {len(hashes) - 1}:{hashes[-1]}\n"


def main() -> None:
    """Verify, and say so."""
    parser = argparse.ArgumentParser(description="Verify an exported audit trail.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--expect-head", type=noted, action="append", default=[], metavar="SEQ:HASH")
    asked = parser.parse_args()
    try:
        sys.stdout.write(verify(asked.folder, asked.expect_head))
    except (Broken, OSError) as error:
        sys.exit(f"NOT WHOLE: {error}")


if __name__ == "__main__":
    main()
