"""Foreign text made harmless: what is shown can neither move a cursor, nor reorder a line, nor command a CI log.

Every text that we did not write ourselves (fields of specs, file and branch names, answers of the platform) passes
`safe` before it becomes part of a line; every finished line passes `ci_safe`.
"""

import re

_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks by category that draw nothing."""

_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_MORE_VARIATION_SELECTORS = range(0xE0100, 0xE01F0)

_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}

_ANYWHERE = re.compile(r"##(?=\[|vso\[)|section_(?=start:|end:)")
_AT_START = re.compile(r"\s*::")


def safe(text: str) -> str:
    r"""Return `text` on one line, with every character that is not plainly visible as an escape like `\x1b`.

    Escaped are control characters, line and paragraph separators, everything that changes the direction of
    text, characters without width or ink, surrogates, and blanks other than the space.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _is_visible(character) else _escape(character) for character in text)


def ci_safe(line: str) -> str:
    """Return `line` so that no CI system reads it as a command.

    GitHub obeys `::` at the start of a line; GitHub and Azure obey `##[` and `##vso[` anywhere in it; GitLab
    folds its log at `section_start:` and `section_end:`. The first character of such a word becomes an escape.
    """
    line = _ANYWHERE.sub(lambda found: _escape(found.group()[0]) + found.group()[1:], line)
    if _AT_START.match(line):
        return line.replace("::", r"\x3a:", 1)
    return line


def _is_visible(character: str) -> bool:
    if not character.isprintable() or character in _BLANK_LETTERS:
        return False
    return ord(character) not in _VARIATION_SELECTORS and ord(character) not in _MORE_VARIATION_SELECTORS


def _escape(character: str) -> str:
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code <= 0xFF:  # noqa: PLR2004 - the widths of Python's and JSON's escapes
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004
