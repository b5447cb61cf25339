"""Writes a JSON document, or the findings that kept a command from its work."""

from volvenctl.cli.session import Session
from volvenctl.errors import Exit
from volvenctl.model.names import JsonObject
from volvenctl.model.report import Checked
from volvenctl.render.problem_text import problems_text
from volvenctl.wire.documents import problems_document
from volvenctl.wire.exact_json import document_text


def write_document(session: Session, document: JsonObject) -> None:
    """Write one JSON document to stdout."""
    session.write(document_text(document))


def write_either(session: Session, document: JsonObject, text: str) -> None:
    """Write the document where JSON was asked for, else the text."""
    session.write(document_text(document) if session.json else text)


def write_invalid(session: Session, checked: Checked) -> Exit:
    """Write the problems in the format that was asked for, and return the exit code."""
    write_either(session, problems_document(checked), problems_text(checked, session.palette))
    return checked.exit
