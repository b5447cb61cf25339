"""The door: one module per command; options, one pipeline call, one render call, exit code."""

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and end the process with its exit code.

    Until there is somebody who could say that the command was interrupted, an interrupt just ends it.
    """
    can_be_interrupted = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if can_be_interrupted:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from volvenctl.cli.door import main as enter

    if can_be_interrupted:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    enter()
