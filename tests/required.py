"""What a test does where a program that it needs is missing."""

import sys

import pytest

from volvenctl.adapters.system import environment_variables


def without(program, installer):
    """Skip the test with the reason; in CI on Linux, which installs everything, fail it."""
    reason = f"{program} is not installed; {installer} installs it"
    is_required = bool(environment_variables().get("CI")) and sys.platform == "linux"
    (pytest.fail if is_required else pytest.skip)(reason)
