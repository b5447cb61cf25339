"""The calls that the simulator answers, and their description."""

import re
from importlib.resources import files
from typing import Final

from volvenctl.wire.platform_api import ACCOUNTS_PATH, CREATE_PATH, FIND_PATH, PRODUCTS_PATH, STRATEGIES_PATH

OPENAPI_PATH: Final = "/openapi.json"

CALLS: Final = (
    ("accounts", "GET", re.compile(re.escape(ACCOUNTS_PATH))),
    ("products", "GET", re.compile(re.escape(PRODUCTS_PATH))),
    ("find", "POST", re.compile(re.escape(FIND_PATH))),
    ("create", "POST", re.compile(re.escape(CREATE_PATH))),
    ("action", "PUT", re.compile(re.escape(STRATEGIES_PATH) + "/[^/]+/action/(?:start|pause|stop)")),
    ("openapi", "GET", re.compile(re.escape(OPENAPI_PATH))),
)
"""Kind of call, method, path."""


def openapi_text() -> str:
    """Return the OpenAPI description of what the simulator implements, as JSON text."""
    return (files("volvenctl.sandbox") / "openapi.json").read_text("utf-8")


def call_of(method: str, path: str) -> tuple[str, str]:
    """Return the kind of call, if the method fits, and the method that its path takes; both empty for no path."""
    fitting = [(call, wanted) for call, wanted, pattern in CALLS if pattern.fullmatch(path)]
    if not fitting:
        return "", ""
    call, wanted = fitting[0]
    return (call if method == wanted else "", wanted)
