"""What receivers of notifications are sent; schema: schemas/notification.schema.json.

It holds what the plan's summary and the audit trail show anyway: no body, no account, no id of a strategy, no text of
the platform, no secret. Whoever gets it by a wrong URL learns names and counts.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from volvenctl.model.names import Json, JsonObject
from volvenctl.model.project import Environment, Event
from volvenctl.model.record import FORMAT_VERSION
from volvenctl.model.state import State
from volvenctl.wire.exact_json import json_text
from volvenctl.wire.moments import moment_text


@dataclass(slots=True)
class News:
    """What a command found out that is worth telling; filled in as it goes on."""

    command: str
    event: Event | None = None
    """None: the exit code tells."""
    plan_hash: str | None = None
    counts: Mapping[str, Json] = field(default_factory=dict)
    """How often which outcome."""


@dataclass(frozen=True, slots=True)
class Sending:
    """One notification: the same to every receiver, and the same when it is sent again."""

    id: str
    at: datetime
    event: Event
    exit: int


def notification_text(news: News, environment: Environment, state: State | None, sending: Sending) -> str:
    """Return the body of a notification, ASCII; `state` is that after the command, None if it cannot be read."""
    attempts = () if state is None else state.attempts.values()
    document: JsonObject = {
        "formatVersion": FORMAT_VERSION,
        "id": sending.id,
        "time": moment_text(sending.at),
        "event": sending.event,
        "command": news.command,
        "environment": environment.name,
        "live": environment.live,
        "exit": sending.exit,
        "planHash": news.plan_hash,
        "counts": dict(news.counts),
        "openAttempts": [{"name": item.name, "attemptId": item.id, "startedAt": item.started_at} for item in attempts],
        "head": None if state is None else {"seq": state.head.seq, "hash": state.head.hash},
    }
    return json_text(document)


def signature(secret: str, body: str) -> str:
    """Return `sha256=` and the HMAC-SHA256 of the body, in hexadecimal."""
    return "sha256=" + hmac.digest(secret.encode("utf-8", "surrogateescape"), body.encode("ascii"), "sha256").hex()
