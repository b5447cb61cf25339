"""Tells the receivers of the project file how a command ended; that never changes how it ended."""

from functools import partial

from volvenctl.adapters.system import environment_variables
from volvenctl.cli.session import Session
from volvenctl.errors import Exit, VolvenctlError
from volvenctl.model.project import Event
from volvenctl.model.state import State
from volvenctl.pipeline.opening import open_for_reading
from volvenctl.ports import World
from volvenctl.wire.notification_v1 import News, Sending, notification_text, signature

_SECRET = "VOLVENCTL_NOTIFY_SECRET"  # noqa: S105 - the name of a variable
_SHORTEST_SECRET = 16
"""A shorter one could be found by trying, from any notification that was signed with it."""
_UNCERTAIN = frozenset({Exit.UNKNOWN, Exit.DUPLICATE})


def notify(session: Session, world: World, news: News) -> None:
    """Have the receivers told when the command has ended; `news` may be filled in until then."""
    if world.environment.receivers:
        session.endings.append(partial(_tell, session, world, news))


def _tell(session: Session, world: World, news: News, code: int) -> None:
    """Send.

    Raises:
        VolvenctlError: the secret cannot be used, and nothing was sent.
    """
    event = news.event or _event(code)
    receivers = [item for item in world.environment.receivers if event in item.events]
    if not receivers or (event == "applied" and not news.counts):
        return
    from volvenctl.adapters.webhook import Notification, deliver

    sending = Sending(world.system.new_id(), world.system.now(), event, code)
    body = notification_text(news, world.environment, _state(world), sending)
    for fault in deliver(receivers, Notification(sending.id, body, _headers(body)), world.system):
        session.notice(fault)


def _event(code: int) -> Event:
    if code == Exit.OK:
        return "applied"
    return "unknown" if code in _UNCERTAIN else "failed"


def _state(world: World) -> State | None:
    try:
        return open_for_reading(world).state
    except VolvenctlError:
        return None


def _headers(body: str) -> dict[str, str]:
    secret = environment_variables().get(_SECRET, "").strip()
    if not secret:
        return {}
    if len(secret) < _SHORTEST_SECRET:
        raise VolvenctlError(f"no notification was sent: {_SECRET} is shorter than {_SHORTEST_SECRET} characters")
    return {"X-Volvenctl-Signature": signature(secret, body)}
