"""The bytes of a YAML file to its text, refused where the text would not show what a parser reads."""

import codecs
import re
from dataclasses import dataclass
from typing import Final

MAX_BYTES: Final = 64 * 1024 * 1024

_HIDDEN: Final = re.compile("[^\\t\\n\\r\x20-\x7e\xa0-\u2027\u202a-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML forbids, and what only some readers take for a line break (U+0085, U+2028, U+2029) or skip (U+FEFF)."""

_TAG_DIRECTIVE: Final = re.compile(r"(?:^|[\r\n])(?=%TAG[ \t])")
"""Of no use where tags are refused, and libyaml takes quadratic time over many of them."""

_LINE_BREAK: Final = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class BadText:
    """Why a file cannot be read, and the place of the first such thing, both counted from 1."""

    line: int
    column: int
    message: str


def decoded(content: bytes) -> str | BadText:
    """Return the text of a file: UTF-8, or UTF-16 with a byte order mark, at most 64 MiB."""
    if len(content) > MAX_BYTES:
        return BadText(1, 1, f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB")
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if is_utf16 else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "ignore")
        return _bad(before, f"not valid {'UTF-16' if is_utf16 else 'UTF-8'} text")
    if found := _HIDDEN.search(text):
        code = f"U+{ord(found[0]):04X}"
        message = f"the character {code} may not stand in a file: write it as an escape in double quotes"
        return _bad(text[: found.start()], message)
    if "%TAG" in text and (found := _TAG_DIRECTIVE.search(text)):
        return _bad(text[: found.end()], "the directive %TAG is not supported: leave it out")
    return text


def _bad(before: str, message: str) -> BadText:
    line, start = 1, 0
    for found in _LINE_BREAK.finditer(before):
        line, start = line + 1, found.end()
    return BadText(line, len(before) - start + 1, message)
