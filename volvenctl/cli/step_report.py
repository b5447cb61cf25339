"""Hands outputs and a summary on to the GitHub workflow that runs a command, if one does."""

from collections.abc import Mapping
from pathlib import Path

from volvenctl.adapters.plain_files import append_to_file
from volvenctl.adapters.system import environment_variables
from volvenctl.cli.session import Session
from volvenctl.render.safe import safe
from volvenctl.render.step import outputs_text


def report_step(session: Session, outputs: Mapping[str, str], summary: str) -> None:
    """Append to the files that GitHub names; that one of them cannot be written is said and ends nothing."""
    variables = environment_variables()
    for name, text in (("GITHUB_OUTPUT", outputs_text(outputs)), ("GITHUB_STEP_SUMMARY", summary)):
        if file := variables.get(name):
            try:
                append_to_file(Path(file), text.encode("utf-8"))
            except OSError as error:
                session.say(f"the file of {name} could not be written: {safe(str(error.strerror or error))}")
