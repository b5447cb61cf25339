"""The words of a command line to an exit code: the one place where errors end, each as a line for the reader."""

import signal
import sys
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from types import FrameType
from typing import NoReturn

import click

from volvenctl.cli.group import Root
from volvenctl.cli.session import Session, prepare_streams
from volvenctl.errors import Exit, UsageError, VolvenctlError


class _Terminated(BaseException):
    """SIGTERM arrived outside an apply, which deals with it itself."""


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    prepare_streams()
    signal.signal(signal.SIGTERM, _terminate)
    session = Session(log_format=_log_format(sys.argv[1:]))
    sys.exit(session.ended(_run(session, sys.argv[1:])))


def _log_format(arguments: list[str]) -> str:
    """Return what the command line says of the log, known before it is read: what is wrong with it is logged too."""
    is_json = "--log-format=json" in arguments or ("--log-format", "json") in pairwise(arguments)
    return "json" if is_json else "text"


def _run(session: Session, arguments: list[str]) -> int:
    """Return the exit code of the command; what is left to do at the end is done, and changes nothing about it."""
    ended = _ended(partial(_invoke, session, arguments))
    code = _fail(session, ended) if isinstance(ended, VolvenctlError) else ended
    for ending in session.endings:
        lost = _ended(partial(ending, code))
        if isinstance(lost, VolvenctlError):
            session.notice(lost.message)
    return code


def _invoke(session: Session, arguments: list[str]) -> int:
    root = Root()
    with root.make_context("volvenctl", arguments, obj=session) as context:
        return int(root.invoke(context))


def _ended(call: Callable[[], int | None]) -> int | VolvenctlError:
    """Return the exit code that `call` ends with, or why it could not go on."""
    try:
        return call() or Exit.OK
    except click.exceptions.Exit as done:
        return done.exit_code
    except BrokenPipeError:
        return Exit.ERROR
    except (Exception, KeyboardInterrupt, _Terminated) as error:  # noqa: BLE001 - errors end here, and so do bugs
        return _explained(error)


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
    session.fail(error)
    if session.json:
        from volvenctl.wire.documents import error_document
        from volvenctl.wire.exact_json import document_text

        session.write(document_text(error_document(error)))
    return error.exit
