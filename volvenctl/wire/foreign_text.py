"""Text that others wrote, made safe to stand in a sentence of ours."""


def quoted(text: str, limit: int = 100) -> str:
    """Return `text` in double quotes: printable ASCII only, at most `limit` characters between the quotes.

    Everything else is shown as an escape; text that was cut ends in `...`.
    """
    escaped = text[:limit].encode("unicode_escape").decode("ascii").replace('"', '\\"')
    if len(text) > limit or len(escaped) > limit:
        escaped = escaped[: limit - 3] + "..."
    return f'"{escaped}"'


def quoted_bytes(content: bytes, limit: int = 100) -> str:
    """Return the beginning of `content`, read as UTF-8, as `quoted` shows it."""
    return quoted(content[: 4 * limit].decode("utf-8", "replace"), limit)
