"""Colours, as something a text is painted with; never the only sign of anything."""

from dataclasses import dataclass

_RESET = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Palette:
    """Paints text for a terminal; without `on` it returns text unchanged."""

    on: bool = False

    def strong(self, text: str) -> str:
        """Return `text` in bold."""
        return self._paint("1", text)

    def faint(self, text: str) -> str:
        """Return `text` dimmed."""
        return self._paint("2", text)

    def good(self, text: str) -> str:
        """Return `text` in green: launched, or to be launched."""
        return self._paint("32", text)

    def bad(self, text: str) -> str:
        """Return `text` in red: refused, blocked, unknown."""
        return self._paint("31", text)

    def odd(self, text: str) -> str:
        """Return `text` in yellow: worth a look."""
        return self._paint("33", text)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.on and text else text


PLAIN = Palette()
"""No colours."""
