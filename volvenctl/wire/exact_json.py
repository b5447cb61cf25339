"""JSON in and out, exact: no number passes through a binary float, no key is lost, no text is ambiguous."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from volvenctl.model.names import Digest, Json, JsonObject
from volvenctl.model.number import MAX_DIGITS, normal_text, number_text

MAX_DEPTH = 100
"""Levels of objects and arrays that are read: few enough for everything that walks the value."""

_MAX_MAGNITUDE = 400
"""Decimal places before or after the point; beyond it a short number would be a long text."""

_text = json.encoder.encode_basestring_ascii
_raw_text = json.encoder.encode_basestring
_any_text = json.JSONEncoder(ensure_ascii=False).encode
_compact = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_sorted = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, sort_keys=True, check_circular=False).encode
_SAFE_DIGITS = 16
_SAFE_INTEGER = 1 << 53
"""Every language reads an integer below this exactly; it has no more digits than that."""
_WORDS = {None: "null", True: "true", False: "false"}


class JsonFault(ValueError):  # noqa: N818 - a finding about a text, not a failure of ours
    """The text is no strict JSON; the message says why and quotes nothing of it."""


def read_json(content: bytes | str) -> Json:
    """Return the value of a JSON text; numbers as `int` or, with a point or exponent, `Decimal`.

    Strict: UTF-8 without a byte order mark, no duplicate keys, no NaN or Infinity, no lone surrogates, at most 100
    levels, no number beyond 10^400 or below 10^-400.

    Raises:
        JsonFault: anything else, however deep, long or strange.
    """
    try:
        text = (content.encode("utf-8") if isinstance(content, str) else content).decode("utf-8")
        value: Json = json.loads(
            text, parse_float=_decimal, parse_int=_integer, parse_constant=_no_constant, object_pairs_hook=_unique
        )
        _check_depth(value)
        if "\\u" in text:
            _any_text(_plain(value)).encode("utf-8")
    except (UnicodeError, json.JSONDecodeError, RecursionError, ArithmeticError) as error:
        raise _fault_of(error) from error
    return value


def json_text(value: Json) -> str:
    """Return `value` as compact ASCII JSON in the order given; decimals keep their digits, exponents written out."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict | Mapping):
        return "{" + ",".join([f"{_text(key)}:{json_text(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(json_text, value)) + "]"
    return _scalar(value)


def document_text(value: Json) -> str:
    """Return `value` as indented ASCII JSON with a newline at the end, for people and pipes."""
    return "".join(_indented(value, "\n")) + "\n"


def canonical_text(value: Json) -> str:
    """Return `value` in RFC 8785 canonical form. Decimals do not occur in it: write them as text.

    Raises:
        TypeError: a Decimal, or an integer that other languages could not read exactly.
    """
    match value:
        case str():
            return _raw_text(value)
        case None | bool():
            return _WORDS[value]
        case int() if abs(value) < _SAFE_INTEGER:
            return str(value)
        case Mapping():
            members = [f"{_raw_text(key)}:{canonical_text(value[key])}" for key in _in_order(value)]
            return "{" + ",".join(members) + "}"
        case Sequence():
            return "[" + ",".join(map(canonical_text, value)) + "]"
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical form")


def read_written(content: bytes) -> Json:
    """Return the value of a text that `json_text` wrote; as strict as `read_json`, and several times sooner.

    A value that is written again as the same bytes was read as it stands: no key occurs twice, nothing is spelled
    in another way. Numbers are integers that every language reads exactly.

    Raises:
        JsonFault: any other text, even one that means the same.
    """
    if not content.isascii():
        raise JsonFault("not plain ASCII")
    try:
        text = content.decode("ascii")
        value: Json = _written.decode(text)
        if text.count("{") + text.count("[") > MAX_DEPTH:
            _check_depth(value)
        if "\\u" in text:
            _any_text(value).encode("utf-8")
    except (UnicodeError, json.JSONDecodeError, RecursionError) as error:
        raise _fault_of(error) from error
    if _compact(value) != text:
        raise JsonFault("spelled in another way than volvenctl writes")
    return value


def canonical_of_written(value: Json) -> str:
    """Return `canonical_text` of a value of `read_written`, several times sooner."""
    text = _sorted(value)
    return text if text.isascii() else canonical_text(value)


def _in_order(value: JsonObject) -> list[str]:
    return sorted(value, key=None if all(map(str.isascii, value)) else _utf_16)


def _utf_16(key: str) -> bytes:
    """Return what RFC 8785 sorts by; for ASCII it is the order of the text itself."""
    return key.encode("utf-16-be", "surrogatepass")


def digest_of_text(text: str) -> Digest:
    """Return the SHA-256 of `text` in UTF-8, as `sha256:<hex>`."""
    return Digest("sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest())


def digest_of(value: Json) -> Digest:
    """Return the SHA-256 of the canonical form of `value`."""
    return digest_of_text(canonical_text(value))


def content_digest(value: Json) -> Digest:
    """Return one digest for all values equal in content: key order and `0.10` for `0.1` do not count."""
    return digest_of(_normal(value))


def is_same_content(left: Json, right: Json) -> bool:
    """Whether two values are equal, numbers by value and never equal to a text or a truth value."""
    return _normal(left) == _normal(right)


def _normal(value: Json) -> Json:
    match value:
        case bool():
            return value
        case int() | Decimal():
            return {"number": normal_text(value)}
        case Mapping():
            return {"object": {key: _normal(item) for key, item in value.items()}}
        case str() | None:
            return value
        case _:
            return [_normal(item) for item in value]


def _scalar(value: Json) -> str:
    match value:
        case None | bool():
            return _WORDS[value]
        case int():
            return str(value)
        case Decimal() if value.is_finite():
            return number_text(value)
        case _:
            raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _indented(value: Json, newline: str) -> Iterator[str]:
    inner = newline + "  "
    if not isinstance(value, Mapping | list | tuple) or not value:
        yield json_text(value)
    elif isinstance(value, Mapping):
        for number, (key, item) in enumerate(value.items()):
            yield f"{',' if number else '{'}{inner}{_text(key)}: "
            yield from _indented(item, inner)
        yield newline + "}"
    else:
        for number, item in enumerate(value):
            yield f"{',' if number else '['}{inner}"
            yield from _indented(item, inner)
        yield newline + "]"


def _fault_of(error: Exception) -> JsonFault:
    """Return what the standard library's complaint means, without a word of the text."""
    match error:
        case UnicodeError():
            return JsonFault("not valid Unicode text")
        case json.JSONDecodeError():
            return JsonFault(f"no JSON at line {error.lineno} column {error.colno}: {error.msg}")
        case RecursionError():
            return JsonFault("nested too deeply")
        case _:
            return JsonFault("a number is out of range")


def _decimal(digits: str) -> Json:
    value = Decimal(digits)
    if abs(value.adjusted()) > _MAX_MAGNITUDE:
        raise JsonFault("a number is out of range")
    return value


def _integer(digits: str) -> Json:
    return int(digits) if len(digits) <= MAX_DIGITS and digits != "-0" else _decimal(digits)


def _check_depth(value: Json) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        inner = (item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list)))
        level = [child for items in inner for child in items if isinstance(child, (dict, list))]
        if not level:
            return
    raise JsonFault("nested too deeply")


def _no_decimal(_digits: str) -> Json:
    raise JsonFault("a number with a point or an exponent is not written as text")


def _safe_integer(digits: str) -> Json:
    if len(digits) <= _SAFE_DIGITS + 1 and abs(value := int(digits)) < _SAFE_INTEGER:
        return value
    raise JsonFault("an integer is out of range")


def _no_constant(word: str) -> Json:
    raise JsonFault(f"{word} is no JSON number")


def _unique(pairs: list[tuple[str, Json]]) -> Json:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonFault("a key occurs twice in one object")
    return members


def _plain(value: Json) -> Json:
    """Return `value` with its numbers left out: enough to see whether all its text can be encoded."""
    match value:
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case Decimal():
            return None
        case _:
            return value


_written = json.JSONDecoder(parse_float=_no_decimal, parse_int=_safe_integer, parse_constant=_no_constant)
