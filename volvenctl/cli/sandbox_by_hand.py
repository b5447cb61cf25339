"""volvenctl sandbox list, show, foreign, start, pause, stop, fill, end, remove: what volvenctl has no part in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import click

from volvenctl.adapters.system import RealSystem
from volvenctl.cli.group import Door
from volvenctl.cli.options import format_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world, project_file, sandbox_folder
from volvenctl.errors import Exit, VolvenctlError
from volvenctl.model.names import JsonObject, StrategyId, StrategyName
from volvenctl.pipeline.opening import open_for_reading
from volvenctl.ports import World
from volvenctl.render.safe import safe
from volvenctl.render.sandbox_text import SandboxRow, changed_text, listed_text, shown_text
from volvenctl.sandbox.by_hand import Event, after_event, check_event, find_strategy, launched_by_another
from volvenctl.sandbox.simulator import REMOVED, SimulatedStrategy
from volvenctl.sandbox.store import SandboxStore
from volvenctl.wire.exact_json import json_text
from volvenctl.wire.moments import moment_text

_HELP: Mapping[Event, str] = {
    "start": "Start strategies, as somebody would by hand in the terminal app.",
    "pause": "Pause strategies, as somebody would by hand in the terminal app, or the platform by itself.",
    "stop": "Stop strategies, as somebody would by hand in the terminal app.",
    "fill": "Let strategies end by themselves: everything was bought or sold.",
    "end": "Let strategies end by themselves, for a reason of their own.",
    "remove": "Let strategies vanish: the platform shows them no more.",
}

_Known = Mapping[StrategyId, SimulatedStrategy]


@dataclass(frozen=True, slots=True)
class _Desk:
    """The simulated platform of the project, and what the chosen environment's ledger knows of it."""

    store: SandboxStore
    environment: str
    ids: Mapping[StrategyName, StrategyId]

    def find(self, strategies: Iterable[SimulatedStrategy], wanted: str) -> SimulatedStrategy:
        """Return the strategy with this id or name."""
        return find_strategy(strategies, wanted, self.ids)

    def rows(self, strategies: Iterable[SimulatedStrategy]) -> list[SandboxRow]:
        """Return the strategies with their names."""
        names = {identifier: name for name, identifier in self.ids.items()}
        return [
            SandboxRow(item.id, names.get(item.id), item.status, item.version, item.changed_at, item.request)
            for item in strategies
        ]


@click.command("list", cls=Door)
@format_option()
@pass_session
def list_strategies(session: Session) -> Exit:
    """List the strategies of the simulated platform, ours and those of others."""
    desk = _open_desk(session)
    rows = desk.rows(item for item in desk.store.strategies() if item.status != REMOVED)
    write_either(session, _document(rows), listed_text(rows, session.palette))
    return Exit.OK


@click.command("show", cls=Door)
@click.argument("wanted", metavar="ID_OR_NAME")
@format_option()
@pass_session
def show(session: Session, wanted: str) -> Exit:
    """Show one strategy of the simulated platform with what was asked for."""
    desk = _open_desk(session)
    rows = desk.rows([desk.find(desk.store.strategies(), wanted)])
    write_either(session, _document(rows), shown_text(rows[0], session.palette))
    return Exit.OK


@click.command("foreign", cls=Door)
@click.option("--like", metavar="ID_OR_NAME", help="With the same request as this one.")
@format_option()
@pass_session
def foreign(session: Session, like: str | None) -> Exit:
    """Launch a strategy as somebody else would: volvenctl does not know it."""
    desk = _open_desk(session)

    def launched(known: _Known) -> tuple[SimulatedStrategy, ...]:
        template = None if like is None else desk.find(known.values(), like)
        return (launched_by_another(StrategyId(RealSystem().new_id()), template, _now()),)

    return _write_changed(session, desk, launched)


def event_command(event: Event) -> click.Command:
    """Return the sub-command that lets `event` happen to strategies; to all that are named, or to none."""

    @click.command(event, cls=Door, help=_HELP[event])
    @click.argument("wanted", nargs=-1, required=True, metavar="ID_OR_NAME...")
    @format_option()
    @pass_session
    def command(session: Session, wanted: tuple[str, ...]) -> Exit:
        desk = _open_desk(session)

        def changed(known: _Known) -> tuple[SimulatedStrategy, ...]:
            chosen = {item.id: item for item in (desk.find(known.values(), word) for word in wanted)}
            for item in chosen.values():
                check_event(item, event)
            return tuple(after_event(item, event, _now()) for item in chosen.values())

        return _write_changed(session, desk, changed)

    return command


COMMANDS = (list_strategies, show, foreign, *map(event_command, _HELP))
"""The sub-commands of this module, in the order of the help."""


def _open_desk(session: Session) -> _Desk:
    world = open_world(session)
    store = SandboxStore(sandbox_folder(project_file().parent), world.system)
    return _Desk(store, world.environment.name, _ids(session, world))


def _ids(session: Session, world: World) -> Mapping[StrategyName, StrategyId]:
    """Return the ids by the names that the ledger gives them; none where it cannot tell."""
    try:
        state = open_for_reading(world).state
    except VolvenctlError as error:  # losing the ledger is one of the things to be tried here
        session.say(safe(f"names are not known: {error.message}"))
        return {}
    return {name: item.strategy_id for name, item in state.strategies.items()}


def _now() -> str:
    return moment_text(RealSystem().now())


def _write_changed(session: Session, desk: _Desk, alter: Callable[[_Known], tuple[SimulatedStrategy, ...]]) -> Exit:
    rows = desk.rows(desk.store.change(alter))
    write_either(session, _document(rows), changed_text(rows, desk.environment, session.palette))
    return Exit.OK


def _document(rows: Sequence[SandboxRow]) -> JsonObject:
    strategies: list[JsonObject] = [
        {
            "strategyId": row.id,
            "name": row.name,
            "status": row.status,
            "version": row.version,
            "changedAt": row.changed_at,
            "body": json_text(row.request),
        }
        for row in rows
    ]
    return {"formatVersion": 1, "strategies": strategies}
