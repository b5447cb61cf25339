"""Sends notifications: a few tries within a bounded time, and a sentence for each that did not arrive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from math import inf

from volvenctl.adapters.http_platform import open_receiver
from volvenctl.adapters.parallel import results_of
from volvenctl.errors import VolvenctlError
from volvenctl.model.names import AttemptId
from volvenctl.model.outcome import Answered, Request
from volvenctl.model.project import ApiSettings, Receiver
from volvenctl.ports import System
from volvenctl.wire.api_url import read_api_url

_TRIES = 3
_TIMEOUT_S = 3
"""Total deadline of each try: with the waits between them it is over after about ten seconds."""
_BACKOFF_S = 0.5


@dataclass(frozen=True, slots=True)
class Notification:
    """What is sent to every receiver."""

    id: str
    body: str
    headers: Mapping[str, str]


def deliver(
    receivers: Sequence[Receiver], notification: Notification, system: System, timeout_s: int = _TIMEOUT_S
) -> tuple[str, ...]:
    """Send `notification` to all at once; return a sentence for each receiver that did not take it.

    A sentence names the host only: who knows the whole of such a URL can often write to it.
    """
    calls = [partial(_delivered, item, notification, system, timeout_s) for item in receivers]
    return tuple(fault for fault in results_of(calls, len(calls)) if fault)


def _delivered(receiver: Receiver, notification: Notification, system: System, timeout_s: int) -> str:
    """Return why it did not arrive; empty if it did."""
    request = Request("POST", "", notification.body)
    fault = ""
    try:
        sender = open_receiver(ApiSettings(receiver.url, timeout_s=timeout_s), notification.headers, system)
    except VolvenctlError as error:
        return _sentence(receiver, error.message)
    for number in range(_TRIES):
        system.sleep(_BACKOFF_S * number)
        answer = sender.send(request, AttemptId(notification.id), inf)
        if not isinstance(answer, Answered):
            fault = f"no answer ({answer.error})"
        elif HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return ""
        else:
            fault = f"it answered {answer.status}"
            if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR and answer.status != HTTPStatus.TOO_MANY_REQUESTS:
                break
    return _sentence(receiver, fault)


def _sentence(receiver: Receiver, fault: str) -> str:
    return f"{read_api_url(receiver.url).host} did not take the notification: {fault}"
