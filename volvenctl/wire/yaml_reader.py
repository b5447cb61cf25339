"""YAML text to values with the place of each, by a strict profile: what readers disagree on is refused.

It works on the parser's events: composing nodes in C overflows the stack on deep nesting, and gives aliases the
place of their anchors. The profile is part of the contract, section 2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias, cast

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from volvenctl.model.names import Json, JsonObject, JsonPath
from volvenctl.model.spec import Mark, Marks
from volvenctl.wire.yaml_scalar import Unclear, plain_value, shown
from volvenctl.wire.yaml_text import BadText, decoded

MAX_DEPTH: Final = 32
MAX_EXPANSION: Final = 100_000
"""Values that the aliases of a file may add, besides one for each byte of it."""

FaultCode: TypeAlias = Literal["yaml-syntax", "yaml-duplicate-key", "yaml-type"]

_TOO_DEEP: Final = f"nested deeper than {MAX_DEPTH} levels"
_STR_TAG: Final = "tag:yaml.org,2002:str"
_CHARACTERS_PER_VALUE: Final = 64
"""A long text counts as several values, so that aliases to it are limited too."""


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One document that was read without a fault."""

    value: Json
    """Numbers are `Decimal` with the digits of the file."""
    marks: Marks
    """An alias stands where the alias is written; what it brings in has no places of its own."""


@dataclass(frozen=True, slots=True)
class YamlFault:
    """One thing in a file that is not YAML, or not unmistakable."""

    line: int
    column: int
    """Both from 1; columns count code points."""
    path: JsonPath
    """The value within its document; `()` where it is not known."""
    code: FaultCode
    message: str


def read_yaml(content: bytes) -> tuple[tuple[YamlDocument, ...], tuple[YamlFault, ...]]:
    """Return the documents of a file that are free of faults, and all faults, both in the order of the file.

    Empty documents are left out. Duplicate keys, scalars without a single meaning and tags are collected; a
    syntax error or a limit (64 MiB, 32 levels, expansion of aliases) ends the reading, and what was read before
    stays. Never raises.
    """
    return _read(content, _LOADER)


class _EventSource(Protocol):
    def get_event(self) -> Event | None: ...


_Loader: TypeAlias = Callable[[str], _EventSource]
_LOADER: Final[_Loader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Used for its events only; the one in Python where libyaml is missing."""


def _read(content: bytes, loader: _Loader) -> tuple[tuple[YamlDocument, ...], tuple[YamlFault, ...]]:
    documents: list[YamlDocument] = []
    faults: list[YamlFault] = []
    text = decoded(content)
    if isinstance(text, BadText):
        return (), (YamlFault(text.line, text.column, (), "yaml-syntax", text.message),)
    try:
        reader = _Reader(loader(text), faults, budget=MAX_EXPANSION + len(content))
        reader.read_into(documents)
    except _EndError as end:
        faults.append(end.fault)
    return tuple(documents), tuple(faults)


class _EndError(Exception):
    """Nothing more can be read of this file."""

    def __init__(self, mark: Mark, message: str, path: JsonPath = ()) -> None:
        super().__init__(message)
        self.fault = YamlFault(*mark, path, "yaml-syntax", message)


@dataclass(frozen=True, slots=True)
class _Anchored:
    value: Json
    weight: int
    """Values in it, those of its own aliases included."""
    levels: int
    """Collections within each other."""


class _Reader:
    """Turns the events of one file into documents, one recursive call for each of at most 32 levels."""

    def __init__(self, source: _EventSource, faults: list[YamlFault], budget: int) -> None:
        # after the end of the stream, where None would come, it is not asked again
        self._next = cast("Callable[[], Event]", source.get_event)
        self._faults = faults
        self._budget = budget
        self._values: dict[JsonPath, Mark] = {}
        self._keys: dict[JsonPath, Mark] = {}
        self._anchors: dict[str, _Anchored | None] = {}

    def read_into(self, documents: list[YamlDocument]) -> None:
        try:
            while not isinstance(event := self._next(), StreamEndEvent):
                if isinstance(event, DocumentStartEvent):
                    documents.extend(self._document())
        except yaml.MarkedYAMLError as error:
            raise _EndError(_mark_of_error(error), _syntax_message(error)) from error
        except (yaml.YAMLError, ValueError) as error:  # an escape in a tag or a text that is no Unicode
            mark = next(reversed(self._values.values()), (1, 1))
            raise _EndError(mark, "not valid YAML after this value: an escape that is no Unicode") from error

    def _document(self) -> tuple[YamlDocument, ...]:
        self._values, self._keys, self._anchors = {}, {}, {}
        faults = len(self._faults)
        root = self._next()
        value = self._value(root, ())
        self._next()
        if _is_empty(root) or len(self._faults) > faults:
            return ()
        return (YamlDocument(value, Marks(self._values, self._keys)),)

    def _value(self, event: Event, path: JsonPath) -> Json:
        self._values[path] = _mark_of(event)
        if isinstance(event, ScalarEvent):
            value = self._scalar(event, path)
        elif isinstance(event, CollectionStartEvent):
            return self._collection(event, path)
        else:
            return self._aliased(event, path)
        if event.anchor is not None:
            self._open_anchor(event, path)
            self._close_anchor(event, value)
        return value

    def _collection(self, event: CollectionStartEvent, path: JsonPath) -> Json:
        if len(path) >= MAX_DEPTH:
            raise _EndError(_mark_of(event), _TOO_DEEP, path)
        if event.tag is not None:
            self._fault(event, path, f"the tag {shown(event.tag)} is not supported: leave it out")
        self._open_anchor(event, path)
        value = self._mapping(path) if isinstance(event, MappingStartEvent) else self._sequence(path)
        self._close_anchor(event, value)
        return value

    def _sequence(self, path: JsonPath) -> list[Json]:
        items: list[Json] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _mapping(self, path: JsonPath) -> JsonObject:
        members: dict[str, Json] = {}
        merged: JsonObject = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._key(event, path)
            place = (*path, key)
            mark = _mark_of(event)
            first = self._keys.setdefault(place, mark)
            if first is not mark:
                self._duplicate(place, first, mark)
            value = self._value(self._next(), place)
            if key == "<<" and _is_plain(event, key):
                merged = self._merged(value, event, place)
            else:
                members[key] = value
        if not merged:
            return members
        for key in merged.keys() - members.keys():
            self._values[*path, key] = self._values[*path, "<<"]
        return {**merged, **members}

    def _key(self, event: Event, path: JsonPath) -> str:
        if not isinstance(event, ScalarEvent):
            self._fault(event, path, "a key must be text, not a list, a mapping or an alias")
            placeholder = f"?{len(self._faults)}"
            self._value(event, (*path, placeholder))
            return placeholder
        text = event.value
        is_bare = event.anchor is None and event.tag is None and not event.style
        value = plain_value(text) if is_bare else self._value(event, (*path, text))
        if not isinstance(value, str) and not (is_bare and text == "<<"):
            self._fault(event, (*path, text), _not_text(text, value))
        return text

    def _duplicate(self, path: JsonPath, first: Mark, again: Mark) -> None:
        key = shown(str(path[-1]))
        message = f"the key {key} stands twice in one mapping: first at line {first[0]}, column {first[1]}"
        self._faults.append(YamlFault(*again, path, "yaml-duplicate-key", message))

    def _merged(self, value: Json, event: Event, path: JsonPath) -> JsonObject:
        sources = value if isinstance(value, list) else [value]
        if all(isinstance(source, dict) for source in sources):
            return {key: item for source in reversed(sources) for key, item in source.items()}
        self._fault(event, path, "<< takes a mapping or a list of mappings: quote it if it is a key of your own")
        return {}

    def _scalar(self, event: ScalarEvent, path: JsonPath) -> Json:
        text = event.value
        if event.tag is not None and event.tag != _STR_TAG:
            self._fault(event, path, f"the tag {shown(event.tag)} is not supported: leave it out, or quote the value")
        elif event.style or event.tag:
            if not _is_unicode(text):
                raise _EndError(_mark_of(event), "an escape in this text is half a character (a lone surrogate)", path)
        elif isinstance(value := plain_value(text), Unclear):
            self._fault(event, path, value.message)
        else:
            return value
        return text

    def _open_anchor(self, event: NodeEvent, path: JsonPath) -> None:
        if event.anchor is None:
            return
        if event.anchor in self._anchors:
            raise _EndError(_mark_of(event), f"the anchor &{event.anchor} is defined twice in one document", path)
        self._anchors[event.anchor] = None

    def _close_anchor(self, event: NodeEvent, value: Json) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(value, *_measured(value))

    def _aliased(self, event: Event, path: JsonPath) -> Json:
        name = event.anchor if isinstance(event, AliasEvent) and event.anchor else ""
        anchored = self._anchors.get(name)
        if anchored is None:
            why = "stands inside its own anchor" if name in self._anchors else "has no anchor before it in its document"
            raise _EndError(_mark_of(event), f"the alias *{name} {why}", path)
        self._budget -= anchored.weight
        if self._budget < 0:
            message = f"the aliases of this file stand for too many values (more than {MAX_EXPANSION})"
            raise _EndError(_mark_of(event), message, path)
        if len(path) + anchored.levels > MAX_DEPTH:
            raise _EndError(_mark_of(event), _TOO_DEEP, path)
        return anchored.value

    def _fault(self, event: Event, path: JsonPath, message: str) -> None:
        self._faults.append(YamlFault(*_mark_of(event), path, "yaml-type", message))


def _measured(value: Json) -> tuple[int, int]:
    """Return how many values `value` stands for, and how many levels deep it is."""
    if isinstance(value, dict):
        items = [*value, *value.values()]
    elif isinstance(value, list):
        items = value
    else:
        return 1 + (len(value) // _CHARACTERS_PER_VALUE if isinstance(value, str) else 0), 0
    measured = [_measured(item) for item in items]
    return 1 + sum(weight for weight, _ in measured), 1 + max((levels for _, levels in measured), default=0)


def _is_plain(event: Event, text: str) -> bool:
    return isinstance(event, ScalarEvent) and event.value == text and not event.style and event.tag is None


def _is_empty(event: Event) -> bool:
    return isinstance(event, ScalarEvent) and event.anchor is None and _is_plain(event, "")


def _is_unicode(text: str) -> bool:
    try:
        return text.isascii() or bool(text.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def _mark_of(event: Event) -> Mark:
    start = event.start_mark
    return (start.line + 1, start.column + 1) if start else (1, 1)


def _mark_of_error(error: yaml.MarkedYAMLError) -> Mark:
    mark = error.problem_mark or error.context_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _syntax_message(error: yaml.MarkedYAMLError) -> str:
    return "not valid YAML: " + ", ".join(part for part in (error.context, error.problem) if part)


def _not_text(key: str, value: Json | Unclear) -> str:
    if isinstance(value, Unclear):
        return value.message
    return f"the key {shown(key)} is not text: quote it" if key else "a key is missing: quote it if it is empty"
