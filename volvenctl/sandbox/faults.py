"""What can go wrong with an answer, by name, and the script that says when it does.

A `C` at the end of a name means that what was asked for happens all the same: the strategy is created, and only
the answer is wrong or missing. Source of the kinds: docs/guides/sandbox.md.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from volvenctl.errors import UsageError
from volvenctl.model.names import Json
from volvenctl.sandbox.delivery import BODIES
from volvenctl.wire.exact_json import JsonFault, read_json
from volvenctl.wire.foreign_text import quoted

CALLS: Final = ("create", "find", "accounts", "products", "action")
"""The kinds of requests that a script can be written for."""

_FAULT = re.compile(r"(ok|[2-5][0-9]{2}(?:html)?|[a-z][a-z0-9-]*)(C?)(?::([0-9]{1,4}(?:\.[0-9]{1,3})?))?", re.ASCII)
_PLAIN_ONLY = frozenset({"ok", "rst-before-read", "stale"})
_HAPPENING_ONLY = frozenset({"late", "dupid"})
_BOTH = frozenset({"timeout", "rst", "fin", "cut", "chunkcut", "slow", "bomb", "bighead", *BODIES})
_ONLY_FOR = {"dupid": "create", "stale": "find"}
_SECONDS: Mapping[str, float] = {"late": 3, "slow": 0.5, "429": 1, "503": 1}
"""Which kinds take a time, and what it is if none is given."""

NAMES: Final = (
    "ok",
    *(
        [
            "200C",
            "202C",
            "302",
            "307",
            "308",
            "302C",
            "400",
            "401",
            "403",
            "404",
            "409",
            "422",
            "429",
            "500",
            "502",
            "503",
            "504",
            "500C",
            "502C",
            "504C",
            "422html",
            "502html",
        ]
    ),
    *(name for name in sorted(_PLAIN_ONLY - {"ok", "stale"})),
    *(name + "C" for name in sorted(_HAPPENING_ONLY)),
    *(form for name in sorted(_BOTH) for form in (name, name + "C")),
)
"""Every outcome of a create that is worth a trial; any other status from 200 to 599 may be scripted as well."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to go wrong with one request."""

    kind: str
    """`ok`, a status, a status followed by `html`, or a kind of docs/guides/sandbox.md."""
    happens: bool
    """Whether what was asked for happens all the same."""
    seconds: float = 0

    @property
    def is_status(self) -> bool:
        """Whether the answer is another status, rather than damaged."""
        return self.kind[0].isdigit()


OK: Final = Fault("ok", happens=True)


@dataclass(slots=True)
class FaultScript:
    """The faults that are still to come, by call. May be used by several threads at once."""

    faults: Mapping[str, Sequence[Fault]]
    _taken: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, call: str) -> Fault:
        """Return what is to go wrong with the next request of this kind; `OK` when the script is used up."""
        with self._lock:
            number = self._taken.get(call, 0)
            self._taken[call] = number + 1
        faults = self.faults.get(call, ())
        return faults[number] if number < len(faults) else OK


def read_script(text: str) -> FaultScript:
    """Return the script of a JSON text: an object of lists by call, or one list, which is for `create`.

    Raises:
        UsageError: it is no such JSON, or names a call or fault that there is not.
    """
    try:
        document = read_json(text)
    except JsonFault as fault:
        raise UsageError(f"the script of faults is no JSON: {fault}") from fault
    lists = {"create": document} if isinstance(document, list) else document
    if not isinstance(lists, Mapping):
        raise UsageError("the script of faults is neither a list nor an object of lists")
    for call in lists:
        if call not in CALLS:
            raise UsageError(f"the script of faults names the call {quoted(call)}", hint=f"calls: {', '.join(CALLS)}")
    return FaultScript({call: _faults(call, items) for call, items in lists.items()})


def read_fault(text: str, call: str = "create") -> Fault:
    """Return the fault of this name.

    Raises:
        UsageError: there is none, or not for this call.
    """
    found = _FAULT.fullmatch(text)
    fault = None if found is None else _known_fault(found[1], found[2] == "C", found[3])
    if fault is None or _ONLY_FOR.get(fault.kind, call) != call:
        raise UsageError(
            f"the script of faults has no outcome {quoted(text)} for {call}",
            hint=f"outcomes: {' '.join(NAMES)}, for find also stale; the guide to the sandbox explains them",
        )
    return fault


def _faults(call: str, items: Json) -> tuple[Fault, ...]:
    if not isinstance(items, list):
        raise UsageError(f"the script of faults for {call} is no list")
    return tuple(read_fault(item if isinstance(item, str) else repr(item), call) for item in items)


def _known_fault(kind: str, happens: bool, seconds: str | None) -> Fault | None:  # noqa: FBT001 - parts of one name
    if not _is_known(kind, happens=happens) or (seconds is not None and kind not in _SECONDS):
        return None
    waits_s = float(seconds) if seconds is not None else _SECONDS.get(kind, 0)
    return Fault(kind, happens or kind == "ok", waits_s)


def _is_known(kind: str, *, happens: bool) -> bool:
    one_form = _HAPPENING_ONLY if happens else _PLAIN_ONLY
    return kind in one_form or kind in _BOTH or kind[0].isdigit()
