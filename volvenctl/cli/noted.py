"""Writes what `adopt` and `release` recorded."""

from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.errors import Exit
from volvenctl.model.names import JsonObject
from volvenctl.pipeline.adopt import Noting
from volvenctl.render.text import command_text, next_line, page
from volvenctl.wire.lifecycle_documents import noting_document


def write_noting(session: Session, environment: str, verb: str, noting: Noting) -> Exit:
    """Write one line and the next command, or the document."""
    for notice in noting.notices:
        session.notice(notice)
    said = f"{verb} as" if verb == "adopted" else f"{verb}, and runs on as"
    state = "" if noting.is_news else "already "
    lines = [
        f"{noting.name}: {state}{said} {noting.strategy_id}",
        next_line(command_text(environment, "status"), session.palette),
    ]
    noted: JsonObject = {
        "name": noting.name,
        "strategyId": noting.strategy_id,
        "recorded": noting.is_news,
        "notices": list(noting.notices),
    }
    write_either(session, noting_document(environment, verb, noted), page(lines))
    return Exit.OK
