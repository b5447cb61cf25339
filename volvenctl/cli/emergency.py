"""Opens what an emergency stop needs: the project's environment, or, without a project, a URL and a token."""

from pathlib import Path

import click

from volvenctl.adapters.system import RealSystem, environment_variables
from volvenctl.cli.options import Decorator, gathered, make_selection
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_platform, open_world
from volvenctl.errors import ConfigError, UsageError
from volvenctl.model.names import AccountId
from volvenctl.model.project import ApiSettings, Environment
from volvenctl.model.report import HaltScope
from volvenctl.pipeline.halt import Emergency
from volvenctl.wire.api_url import read_api_url

_NO_PROJECT = "(no project)"
_URL_VARIABLE = "VOLVEN_API_URL"


def make_scope(
    names: tuple[str, ...], accounts: tuple[str, ...], labels: tuple[str, ...], *, everything: bool
) -> HaltScope:
    """Return what the options are about.

    Raises:
        UsageError: nothing is named, or everything and something, or a label is not of the form `key=value`.
    """
    make_selection((), (), labels)
    if everything == bool(names or accounts or labels):
        raise UsageError(
            "say what: NAMEs or ids, --account ID, --label KEY=VALUE, or --all by itself",
            hint="volvenctl halt --all stops everything that the platform lists",
        )
    return HaltScope(everything, names, tuple(map(AccountId, accounts)), labels)


scope_options: Decorator = gathered(
    "scope",
    lambda names, accounts, labels, everything: make_scope(names, accounts, labels, everything=everything),
    click.argument("names", nargs=-1, metavar="[NAME]..."),
    click.option("--account", "accounts", multiple=True, metavar="ID", help="Everything on this exchange account."),
    click.option("-l", "--label", "labels", multiple=True, metavar="KEY=VALUE", help="Everything with this label."),
    click.option("--all", "everything", is_flag=True, help="Everything."),
)
"""Adds the names and options that say what a halt or a resume is about; the argument is `scope`."""


def open_emergency(session: Session) -> Emergency:
    """Return what a halt works with; a project that cannot be used is no reason not to halt.

    Raises:
        ConfigError, UsageError: nothing says which platform.
        CredentialsError: there is no token for it.
    """
    system = RealSystem()
    try:
        world = open_world(session, lasting=False)
    except ConfigError:
        url = environment_variables().get(_URL_VARIABLE, "").strip()
        if not url or session.environment is not None:
            raise
        api = ApiSettings(read_api_url(url).text)
        platform = open_platform(api, Path.cwd(), system)
        return Emergency(platform, system, _environment(api), None)
    return Emergency(world.platform, system, world.environment, world)


def _environment(api: ApiSettings) -> Environment:
    return Environment(
        name=_NO_PROJECT,
        live=True,
        api=api,
        state_url="",
        accounts={},
        state_key=None,
        states={},
        limits={},
        definition={},
    )
