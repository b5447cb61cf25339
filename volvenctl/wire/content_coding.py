"""Bodies of answers: content codings undone as the bytes arrive, never more than a limit in memory."""

import zlib

_PLAIN = frozenset({"", "identity"})
_ZLIB = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP_OR_ZLIB_HEADER = 32 + zlib.MAX_WBITS


class BodyReader:
    """Collects one body of at most `limit` decoded bytes; what exceeds it is dropped unread."""

    def __init__(self, coding: str, limit: int) -> None:
        """Expect a body in the `Content-Encoding` that the answer names (empty: none)."""
        name = coding.strip().lower()
        self._known = name in _PLAIN or name in _ZLIB
        self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB_HEADER) if name in _ZLIB else None
        self._limit = limit
        self._body = bytearray()
        self._usable = True

    @property
    def wants_more(self) -> bool:
        """Whether more of the body can still make it complete."""
        return self._known and self._usable

    @property
    def body(self) -> bytes:
        """The decoded bytes so far, at most the limit."""
        return bytes(self._body[: self._limit])

    @property
    def complete(self) -> bool:
        """Whether the bytes so far are a whole body: within the limit, in a known coding that came to its end."""
        return self.wants_more and (self._inflater is None or self._inflater.eof)

    def add(self, chunk: bytes) -> None:
        """Take the next bytes as they came over the wire."""
        if not self.wants_more:
            return
        room = self._limit + 1 - len(self._body)
        self._body += chunk[:room] if self._inflater is None else self._inflated(self._inflater, chunk, room)
        self._usable = self._usable and len(self._body) <= self._limit

    def _inflated(self, inflater: "zlib._Decompress", chunk: bytes, room: int) -> bytes:
        try:
            decoded = inflater.decompress(chunk, room)
        except zlib.error:
            self._usable = False
            return b""
        self._usable = not inflater.unused_data and not inflater.unconsumed_tail
        return decoded
