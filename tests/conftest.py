"""What holds for every test: no network but this machine's own, and no time limit on a single example."""

import pytest
from hypothesis import settings
from pytest_socket import socket_allow_hosts

# In CI Hypothesis starts from its own `ci` profile, which repeats the same examples; this one inherits from it.
settings.register_profile("volvenctl", deadline=None)
settings.load_profile("volvenctl")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Let a test reach loopback and Unix sockets only: a test can never launch a strategy."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)
