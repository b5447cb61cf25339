"""The command line's frame: commands by name, imported when they run, and the options that all of them have."""

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import click

from volvenctl import __version__
from volvenctl.cli.session import Session
from volvenctl.errors import UsageError

COMMANDS = {
    "init": "Write a starter project that works at once in the sandbox.",
    "validate": "Check all specs and list every problem.",
    "plan": "Show what apply would do.",
    "show": "Show a saved plan again.",
    "approve": "Sign a saved plan's hash.",
    "apply": "Carry out a saved plan, or plan, ask and carry out.",
    "status": "Compare specs, state and platform.",
    "resolve": "Close an attempt whose outcome is unknown.",
    "adopt": "Manage a strategy that runs already under a spec.",
    "release": "Stop managing a strategy, and leave it running.",
    "halt": "Emergency stop, by name, account, label, or all.",
    "resume": "Let what was halted be planned again.",
    "state": "Create, show, rebuild, move or unlock the state.",
    "audit": "Show, verify, sign or export the audit trail.",
    "accounts": "List the exchange accounts.",
    "products": "List products and their bounds.",
    "explain": "Say what the limits mean, and what they are here.",
    "snapshot": "Write accounts and products to a file, for plan --offline.",
    "sandbox": "Work with the simulated platform.",
    "doctor": "Look at configuration, credentials, reach, clock, state and lock.",
    "selftest": "Try the promises on this machine: nothing twice, nothing lost.",
}
"""Each command is the `command` of the module of its name, beside this one."""

_HELP = "GitOps for trading strategies: write specs, review the plan, apply it, keep the audit trail."
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def global_options(*, is_root: bool) -> list[click.Parameter]:
    """Return the options that may stand before and after the command's name; shown in the main help only."""
    folder = click.Path(exists=True, file_okay=False)
    colors = click.Choice(["auto", "always", "never"])

    def option(*names: str, to: str, text: str, **more: Any) -> click.Option:  # noqa: ANN401 - click's own keywords
        keywords = {"callback": stored_as(to), "expose_value": False, "hidden": not is_root, "help": text, **more}
        return click.Option(names, **keywords)

    variable = {"envvar": "VOLVENCTL_ENV"} if is_root else {}
    return [
        option(
            "-C", "--chdir", to="", text="Start in DIR.", metavar="DIR", type=folder, is_eager=True, callback=_start_in
        ),
        option("-e", "--env", to="environment", text="Environment [VOLVENCTL_ENV].", metavar="NAME", **variable),
        option("--color", to="color", text="Colours [NO_COLOR, FORCE_COLOR].", type=colors),
        option(
            "--log-format",
            to="log_format",
            text="Text, or a JSON object for each line on stderr [VOLVENCTL_LOG_FORMAT].",
            type=click.Choice(["text", "json"]),
            **({"envvar": "VOLVENCTL_LOG_FORMAT"} if is_root else {}),
        ),
        option("-q", "--quiet", to="quiet", text="No progress on stderr.", is_flag=True),
        option("-v", "--verbose", to="verbose", text="More about what is going on, on stderr.", is_flag=True),
    ]


class Door(click.Command):
    """A command that also takes the global options."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 - click's own arguments
        """Add the global options."""
        super().__init__(*arguments, **keywords)
        self.params = [*self.params, *global_options(is_root=False)]

    def invoke(self, context: click.Context) -> Any:  # noqa: ANN401 - whatever the command returns
        """Run the command, under its name in the log."""
        if isinstance(context.obj, Session):
            context.obj.facts["command"] = context.command_path.partition(" ")[2]
        return super().invoke(context)


class DoorGroup(click.Group):
    """A command with sub-commands, which also takes the global options."""

    command_class: type[click.Command] | None = Door

    def __init__(self, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 - click's own arguments
        """Add the global options; a missing sub-command is wrong usage."""
        super().__init__(*arguments, **{**keywords, "no_args_is_help": False})
        self.params = [*self.params, *global_options(is_root=False)]


class Root(click.Group):
    """The whole command line. Commands are imported when they run, so that help costs next to nothing."""

    def __init__(self) -> None:
        """Make the root with its options."""
        version = click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help="Show the version.",
        )
        options = [*global_options(is_root=True), version]
        super().__init__("volvenctl", help=_HELP, params=options, context_settings=_SETTINGS, no_args_is_help=False)

    def list_commands(self, _context: click.Context) -> list[str]:
        """Return the names in the order of a first day's work."""
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Import and return the command."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"volvenctl.cli.{name}").command
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which name is close."""
        name = arguments[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = _nearest(name, list(COMMANDS))
            raise click.UsageError(f"there is no command {name!r}{near}", context)
        return super().resolve_command(context, arguments)


def _nearest(name: str, names: Sequence[str]) -> str:
    import difflib

    found = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def stored_as(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Return the callback of an option that sets the attribute `name` of the session."""

    def store(context: click.Context, _parameter: click.Parameter, value: Any) -> None:  # noqa: ANN401 - any option's
        if value and isinstance(context.obj, Session):
            setattr(context.obj, name, value)

    return store


def _start_in(_context: click.Context, _parameter: click.Parameter, folder: str | None) -> None:
    """Go there at once, so that every path on the command line is meant from there, as with git and make."""
    if folder is not None:
        try:
            os.chdir(folder)
        except OSError as error:
            raise UsageError(f"cannot start in {folder}: {error.strerror}") from error


def _show_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's
    if value:
        click.echo(f"volvenctl {__version__}")
        context.exit()
