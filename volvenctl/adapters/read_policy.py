"""When a read is worth another try, and what to say when it is not."""

from http import HTTPStatus
from typing import assert_never

from volvenctl.errors import CredentialsError, NoFindError, PlatformError, VolvenctlError
from volvenctl.model.outcome import Answer, Answered, NoAnswer
from volvenctl.wire.foreign_text import quoted
from volvenctl.wire.platform_api import read_retry_after

_MAX_RETRY_AFTER_S = 10.0
_DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_NO_SUCH_CALL = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
_OWN_SIDE = frozenset({"InvalidURL", "NotStarted", "TooLate", "UnsupportedProtocol"})
"""Faults that another try meets again."""


def wait_before_retry(answer: Answer, backoff_s: float) -> float | None:
    """Return the seconds to wait before the same read is tried again; None: another try would not help."""
    match answer:
        case NoAnswer(error=error):
            return None if error in _OWN_SIDE else backoff_s
        case Answered(status=HTTPStatus.TOO_MANY_REQUESTS):
            return read_retry_after(answer.retry_after, default_s=backoff_s, most_s=_MAX_RETRY_AFTER_S)
        case Answered():
            return backoff_s if _is_passing(answer) else None
        case _:
            assert_never(answer)


def _is_passing(answer: Answered) -> bool:
    """Whether the fault may be gone soon: on the server's side, or a body that was cut."""
    return answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or (answer.status == HTTPStatus.OK and not answer.complete)


def read_error(call: str, where: str, answer: Answer) -> VolvenctlError:
    """Return the error for a read that has no usable answer.

    Args:
        call: the call's name, e.g. `find`.
        where: the call with its method and URL, for the reader.
        answer: the last answer.
    """
    match answer:
        case NoAnswer(error=error, detail=detail):
            reason = f"{error}: {quoted(detail)}" if detail else error
            return PlatformError(f"{where}: no answer ({reason})", hint="check the network, the API URL and any proxy")
        case Answered(status=status) if status in _DENIED:
            return CredentialsError(
                f"{where}: the platform answered {status}: the token is refused",
                hint="get a new token; it may have expired (tokens live for about an hour)",
            )
        case Answered(status=status) if status in _NO_SUCH_CALL and call == "find":
            return NoFindError(
                f"{where}: the platform answered {status}: it has no such call, or the API URL is wrong",
                hint="check api.url; for a platform that has no find, write `find: none` under `api`",
            )
        case Answered():
            return PlatformError(f"{where}: {_answer_text(answer)}", hint="check the API URL and any proxy")
        case _:
            assert_never(answer)


def _answer_text(answer: Answered) -> str:
    if answer.location:
        return f"the platform answered {answer.status}, a redirect to {quoted(answer.location)}, which is not followed"
    if answer.status == HTTPStatus.OK:
        return "the answer is cut short, over the limit, or in an encoding that was not asked for"
    return f"the platform answered {answer.status}"
