"""The project file, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from volvenctl.model.names import AccountId, JsonObject, JsonPath
from volvenctl.model.problem import Place


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """How an environment reaches the platform."""

    url: str
    """`sandbox:`, or an http(s) URL without a trailing slash."""
    token_variable: str = "VOLVEN_TOKEN"  # noqa: S105 - the name of a variable, not a token
    timeout_s: int = 10
    """Total deadline of each request."""
    find: Literal["auto", "none"] = "auto"
    idempotency_header: Literal["send", "none"] = "send"
    dedicated_user: bool = False

    @property
    def is_sandbox(self) -> bool:
        """Whether the platform is the embedded simulator."""
        return self.url.startswith("sandbox:")


Event: TypeAlias = Literal["applied", "failed", "unknown", "halted", "resolved"]
"""What a notification can be about."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who is told what happened in an environment."""

    url: str
    """An https URL, or an http one of this machine; not shown, for who knows it may write to it."""
    events: frozenset[Event]
    """What it is told of."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One place to launch to."""

    name: str
    live: bool
    api: ApiSettings
    state_url: str
    accounts: Mapping[str, AccountId]
    """Aliases, usable in specs as `@alias`."""
    state_key: str | None
    """Which key of find's `state` map to read; None: its vocabulary is not configured."""
    states: Mapping[str, str]
    limits: JsonObject
    definition: JsonObject
    """The environment as written, for the plan's policy digest."""
    allow_local_in_ci: bool = False
    """Whether a CI job may keep the state of a live environment on its own disk."""
    limit_places: Mapping[JsonPath, Place] = field(default_factory=dict)
    """Where each limit is written, by its path within `limits`."""
    receivers: tuple[Receiver, ...] = ()
    """Who is told of an apply, a halt or a resolve."""


@dataclass(frozen=True, slots=True)
class Project:
    """volvenctl.yaml: where the specs are and where they can be launched to."""

    name: str
    specs: tuple[str, ...]
    default_environment: str | None
    environments: Mapping[str, Environment]
    place: Place
