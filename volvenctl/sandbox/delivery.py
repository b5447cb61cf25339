"""How an answer goes out: its bytes, how fast, and how the connection ends; sound, or damaged in one of many ways."""

import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus
from typing import Final, Literal

from volvenctl.model.outcome import Answered
from volvenctl.wire.exact_json import JsonFault, json_text, read_json

ELSEWHERE: Final = "http://localhost:1/elsewhere"
"""Where a scripted redirect leads: to nobody, on this machine."""

_BOMB_BYTES = 64 << 20
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is sent, and what becomes of the connection then."""

    content: bytes = b""
    ending: Literal["keep", "close", "reset", "silence"] = "close"
    drip_s: float = 0
    """Seconds between two bytes of the last `drip_bytes`; 0: all at once."""
    drip_bytes: int = 0


def sound(answer: Answered) -> Delivery:
    """Return the answer as it should be, on a connection that stays open."""
    headers = {"Content-Type": "application/json", "Date": answer.date}
    return Delivery(http_bytes(answer.status, answer.body, headers), "keep")


def other_status(code: int, answer: Answered, *, is_html: bool, retry_after_s: float) -> Delivery:
    """Return an answer with another status: an error or a redirect, or with 2xx the body of `answer`."""
    body = b"<html><body>gateway</body></html>" if is_html else _body_for(code, answer)
    headers = {"Content-Type": "text/html" if is_html else "application/json", "Connection": "close"}
    headers |= {"Retry-After": f"{retry_after_s:g}"} if retry_after_s else {}
    headers |= {"Location": ELSEWHERE} if code in range(300, 400) else {}
    return Delivery(http_bytes(code, body, headers))


def damaged(kind: str, answer: Answered, seconds: float) -> Delivery:
    """Return `answer`, damaged: `kind` is one of the names in docs/guides/sandbox.md that are no status."""
    if kind in BODIES:
        headers = {"Content-Type": "text/html" if kind == "html" else "application/json", "Connection": "close"}
        return Delivery(http_bytes(answer.status, BODIES[kind](answer.body), headers))
    return _DAMAGES[kind](answer, seconds)


def http_bytes(status: int, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a whole HTTP answer; `headers` may give another `Content-Length`, or none with ``""``."""
    lines = {"Content-Length": str(len(body)), **headers}
    text = "".join(f"{key}: {value}\r\n" for key, value in lines.items() if value)
    return f"HTTP/1.1 {status} {_phrase(status)}\r\n{text}\r\n".encode("ascii") + body


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Status"


def _body_for(code: int, answer: Answered) -> bytes:
    if code in range(200, 300):
        return answer.body
    return json_text({"status": str(code), "message": f"scripted {code}", "errors": []}).encode()


def _id_in(body: bytes) -> str:
    """Return the id in the body of a create's answer; a made-up one if it has none."""
    with suppress(JsonFault):
        value = read_json(body)
        if isinstance(value, Mapping) and isinstance(value.get("strategyId"), str):
            return str(value["strategyId"])
    return "none"


def _json_with(value: Callable[[str], str]) -> Callable[[bytes], bytes]:
    """Return what makes a JSON text from a body: `value` is the text of the id's place."""
    return lambda body: f'{{"strategyId":{value(_id_in(body))}}}'.encode()


_CONTROL = '"\\u001b[2J\\u001b]0;title\\u0007{}\\n::add-mask::x\\n\\u202e`|<script>alert(1)</script>"'

BODIES: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "html": lambda _: b"<html><body>created</body></html>",
    "empty": lambda _: b"",
    "jsoncut": lambda body: body[:-4],
    "badutf8": lambda _: b'{"strategyId":"\xff\xfe"}',
    "deep": lambda _: b"[" * 100_000 + b"]" * 100_000,
    "nan": _json_with(lambda _: "NaN"),
    "hugeint": _json_with(lambda identifier: f'"{identifier}","number":1{"0" * 5000}'),
    "dupkey": _json_with(lambda identifier: f'"other","strategyId":"{identifier}"'),
    "noid": lambda _: b'{"ok":true}',
    "nullid": _json_with(lambda _: "null"),
    "emptyid": _json_with(lambda _: '""'),
    "intid": _json_with(lambda _: "12345"),
    "listid": _json_with(lambda _: '["a"]'),
    "ansi": _json_with(_CONTROL.format),
    "longid": _json_with(lambda _: f'"{"a" * _MIB}"'),
}
"""Bodies that cannot be believed, each made from the sound one."""


def _cut(answer: Answered, _: float) -> Delivery:
    headers = {"Content-Type": "application/json", "Content-Length": str(len(answer.body) + 300)}
    return Delivery(http_bytes(answer.status, answer.body[:-6], headers))


def _cut_chunk(answer: Answered, _: float) -> Delivery:
    headers = {"Content-Type": "application/json", "Content-Length": "", "Transfer-Encoding": "chunked"}
    return Delivery(http_bytes(answer.status, b"40\r\n" + answer.body[:10], headers))


def _slow(answer: Answered, seconds: float) -> Delivery:
    content = http_bytes(answer.status, answer.body, {"Content-Type": "application/json"})
    return Delivery(content, drip_s=seconds, drip_bytes=len(answer.body))


def _bomb(answer: Answered, _: float) -> Delivery:
    return Delivery(http_bytes(answer.status, _zeros_gzipped(), {"Content-Encoding": "gzip"}))


def _big_head(answer: Answered, _: float) -> Delivery:
    return Delivery(http_bytes(answer.status, answer.body, {"X-Padding": "a" * 300_000}))


_DAMAGES: Mapping[str, Callable[[Answered, float], Delivery]] = {
    "timeout": lambda _, __: Delivery(ending="silence"),
    "rst": lambda _, __: Delivery(ending="reset"),
    "fin": lambda _, __: Delivery(),
    "stale": lambda answer, _: sound(replace(answer, body=b"[]")),
    "cut": _cut,
    "chunkcut": _cut_chunk,
    "slow": _slow,
    "bomb": _bomb,
    "bighead": _big_head,
}


@cache
def _zeros_gzipped() -> bytes:
    """Return 64 MiB of zeros in about 64 kB."""
    packer = zlib.compressobj(wbits=31)
    block = bytes(_MIB)
    return b"".join(packer.compress(block) for _ in range(_BOMB_BYTES // _MIB)) + packer.flush()
