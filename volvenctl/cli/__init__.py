"""The door: one module per command; options, one pipeline call, one render call, exit code.

This is also the one place where errors end: each becomes a line for the reader and an exit code.
"""

import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from volvenctl.cli.group import Root
from volvenctl.cli.session import Session, error_text, prepare_streams
from volvenctl.errors import Exit, UsageError, VolvenctlError


class _Terminated(BaseException):
    """SIGTERM arrived outside an apply, which deals with it itself."""


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    prepare_streams()
    signal.signal(signal.SIGTERM, _terminate)
    session = Session()
    sys.exit(session.ended(_run(session, sys.argv[1:])))


def _run(session: Session, arguments: list[str]) -> int:
    try:
        root = Root()
        with root.make_context("volvenctl", arguments, obj=session) as context:
            return int(root.invoke(context))
    except click.exceptions.Exit as done:
        return done.exit_code
    except BrokenPipeError:
        return Exit.ERROR
    except (Exception, KeyboardInterrupt, _Terminated) as error:  # noqa: BLE001 - errors end here, and so do bugs
        return _fail(session, _explained(error))


def _explained(error: BaseException) -> VolvenctlError:
    match error:
        case VolvenctlError():
            return error
        case click.Abort() | KeyboardInterrupt():
            return _stopped("interrupted", Exit.INTERRUPTED)
        case _Terminated():
            return _stopped("terminated", Exit.TERMINATED)
        case click.ClickException():
            return _usage_error(error)
        case _:
            from volvenctl.cli.crash import write_crash_log

            return VolvenctlError(f"this is a bug in volvenctl; the log is {write_crash_log(error)}")


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise _Terminated


def _usage_error(error: click.ClickException) -> VolvenctlError:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "volvenctl"
    return UsageError(error.format_message().rstrip("."), hint=f"{command} --help")


def _stopped(word: str, code: Exit) -> VolvenctlError:
    error = VolvenctlError(word)
    error.exit = code
    return error


def _fail(session: Session, error: VolvenctlError) -> int:
    session.write_error(error_text(error, session.error_palette))
    if session.json:
        from volvenctl.wire.documents import error_document
        from volvenctl.wire.exact_json import document_text

        session.write(document_text(error_document(error)))
    return error.exit
