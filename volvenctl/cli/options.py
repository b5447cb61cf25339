"""Options that several commands share, and a way to hand several options on as one value."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, TypeAlias

import click

from volvenctl.cli.group import stored_as
from volvenctl.cli.session import Session
from volvenctl.errors import UsageError
from volvenctl.model.plan import Selection

Body: TypeAlias = Callable[..., Any]
Decorator: TypeAlias = Callable[[Body], Body]

pass_session = click.make_pass_decorator(Session)


def gathered(name: str, make: Callable[..., object], *options: Decorator) -> Decorator:
    """Return the decorator that adds `options` and passes them on as the one argument `name`, made by `make`."""
    taken = tuple(signature(make).parameters)

    def decorate(body: Body) -> Body:
        @wraps(body)
        def gather(*arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401 - whatever the command takes and returns
            value = make(**{key: keywords.pop(key) for key in taken})
            return body(*arguments, **{name: value}, **keywords)

        decorated: Body = gather
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


def format_option(*names: str) -> Decorator:
    """Return the decorator for `--format`, text and JSON unless `names` says otherwise; it sets `Session.style`."""
    choice = click.Choice(names or ("text", "json"))
    text = "How to print it [text]."
    return click.option("--format", type=choice, callback=stored_as("style"), expose_value=False, help=text)


def make_selection(only: tuple[str, ...], exclude: tuple[str, ...], labels: tuple[str, ...]) -> Selection:
    """Return the selection that the options describe.

    Raises:
        UsageError: a label is not of the form `key=value`.
    """
    for label in labels:
        if not label.partition("=")[0] or "=" not in label:
            raise UsageError(f"--label {label!r} is not of the form KEY=VALUE", hint="for example: -l desk=macro")
    return Selection(only, exclude, labels)


selection_options = gathered(
    "selection",
    make_selection,
    click.option("--only", metavar="GLOB", multiple=True, help="Only strategies whose name matches."),
    click.option("--exclude", metavar="GLOB", multiple=True, help="No strategies whose name matches."),
    click.option("-l", "--label", "labels", metavar="KEY=VALUE", multiple=True, help="Only with this label."),
)
"""Adds `--only`, `--exclude` and `--label`; the argument is `selection`."""

lock_timeout_option = click.option(
    "--lock-timeout",
    "lock_timeout_s",
    type=click.IntRange(0, 86_400),
    default=0,
    metavar="SECONDS",
    help="Wait this long for another writer [0].",
)
"""Adds `--lock-timeout`; the argument is `lock_timeout_s`."""


def _store_policy(context: click.Context, parameter: click.Parameter, ref: str | None) -> None:
    if ref is not None and not ref.strip():
        raise UsageError("--policy-from is empty: it would read the environment from nowhere", hint="name a commit")
    stored_as("policy_from")(context, parameter, ref)


policy_from_option = click.option(
    "--policy-from",
    metavar="REF",
    callback=_store_policy,
    expose_value=False,
    help="Read the environment and its limits from this git commit or branch.",
)
"""Adds `--policy-from`; it sets `Session.policy_from`."""

allow_empty_option = click.option(
    "--allow-empty", is_flag=True, help="Accept that there is no spec though strategies were launched."
)
"""Adds `--allow-empty`."""
