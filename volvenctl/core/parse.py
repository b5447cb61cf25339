"""Spec files to documents, each fault a problem with its place."""

from collections.abc import Iterable, Mapping, Sequence

from volvenctl.model.names import Json, path_text
from volvenctl.model.problem import Place, Problem
from volvenctl.model.spec import SpecDocument, SpecFile
from volvenctl.wire.yaml_reader import YamlDocument, YamlFault, read_yaml


def parse(files: Sequence[SpecFile]) -> tuple[tuple[SpecDocument, ...], tuple[Problem, ...]]:
    """Return the documents that could be read fully, and a problem for everything else, in the order of the files.

    A document with a fault of its own is left out, so that nothing is checked on half-read values. Empty files
    and documents give neither a document nor a problem.
    """
    documents: list[SpecDocument] = []
    problems: list[Problem] = []
    for file in files:
        read, faults = read_yaml(file.content)
        problems.extend(_problem(file.file, fault) for fault in faults)
        for document in read:
            if isinstance(document.value, Mapping):
                documents.append(SpecDocument(file.file, document.value, document.marks))
            else:
                problems.append(_no_mapping(file.file, document))
    return tuple(documents), tuple(problems)


def unread_files(problems: Iterable[Problem]) -> frozenset[str]:
    """Return the files that are not read fully, given the problems of reading and parsing only.

    What they would have said is not known, so a selection by name must count them as selected.
    """
    return frozenset(problem.place.file for problem in problems)


def _problem(file: str, fault: YamlFault) -> Problem:
    return Problem(Place(file, fault.line, fault.column), path_text(fault.path), fault.code, fault.message)


def _no_mapping(file: str, document: YamlDocument) -> Problem:
    line, column = document.marks.of_value(())
    message = f"a document must be a mapping with apiVersion, kind, metadata and spec, not {_kind_text(document.value)}"
    return Problem(Place(file, line, column), path_text(()), "schema", message)


def _kind_text(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a truth value"
        case str():
            return "a text"
        case Sequence():
            return "a list"
        case _:
            return "a number"
