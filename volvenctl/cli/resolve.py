"""volvenctl resolve."""

from dataclasses import dataclass

import click

from volvenctl.cli.group import Door
from volvenctl.cli.notify import notify
from volvenctl.cli.options import format_option, gathered, lock_timeout_option, pass_session
from volvenctl.cli.output import write_either
from volvenctl.cli.session import Session
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit, UsageError
from volvenctl.model.names import StrategyId, StrategyName
from volvenctl.model.report import Resolution
from volvenctl.pipeline import resolve as pipeline
from volvenctl.ports import World
from volvenctl.render.attempt_text import attempts_text
from volvenctl.wire.documents import attempts_document
from volvenctl.wire.notification_v1 import News


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the person who looked says."""

    adopted: str | None
    absent: bool
    foreign: str | None
    reason: str | None
    yes_i_looked: bool

    @property
    def is_given(self) -> bool:
        return self.adopted is not None or self.absent or self.foreign is not None


@click.command(cls=Door)
@click.argument("name", metavar="[NAME]", required=False)
@gathered(
    "verdict",
    _Verdict,
    click.option("--adopt", "adopted", metavar="STRATEGY_ID", help="It exists: this strategy is the one."),
    click.option("--absent", is_flag=True, help="It does not exist: nothing was launched."),
    click.option("--foreign", metavar="STRATEGY_ID", help="This strategy is not ours, whatever it looks like."),
    click.option("--reason", metavar="TEXT", help="How you know; kept in the audit trail."),
    click.option("--yes-i-looked", is_flag=True, help="With --absent: do not wait until a late answer is impossible."),
)
@lock_timeout_option
@format_option()
@pass_session
def command(session: Session, name: str | None, verdict: _Verdict, *, lock_timeout_s: int) -> Exit:
    """Close an attempt whose outcome is unknown; without options, list the attempts and their candidates."""
    _check_usage(name, verdict)
    world = open_world(session, lock_timeout_s=lock_timeout_s)
    with session.waiting("looking at the platform"):
        resolution = _resolve(world, name, verdict)
    if resolution.resolution is not None:
        notify(session, world, News("resolve", "resolved", counts={resolution.resolution: 1}))
    environment = world.environment.name
    text = attempts_text(resolution, environment, session.palette)
    write_either(session, attempts_document(resolution, environment), text)
    return Exit.OK


def _check_usage(name: str | None, verdict: _Verdict) -> None:
    if verdict.yes_i_looked and not verdict.absent:
        raise UsageError("--yes-i-looked goes with --absent")
    if verdict.reason is not None and not verdict.is_given:
        raise UsageError("--reason goes with --adopt, --absent or --foreign")
    if verdict.is_given:
        _check_verdict(name, verdict)


def _check_verdict(name: str | None, verdict: _Verdict) -> None:
    if sum([verdict.adopted is not None, verdict.absent, verdict.foreign is not None]) > 1:
        raise UsageError("--adopt, --absent and --foreign exclude each other")
    if name is None:
        raise UsageError("which strategy? NAME is missing", hint="volvenctl resolve lists the open attempts")
    if not (verdict.reason or "").strip():
        raise UsageError("--reason is missing: say how you know", hint='for example: --reason "seen in the terminal"')


def _resolve(world: World, name: str | None, verdict: _Verdict) -> Resolution:
    strategy = None if name is None else StrategyName(name)
    reason = verdict.reason or ""
    if strategy is None or not verdict.is_given:
        return pipeline.list_attempts(world, strategy)
    if verdict.adopted is not None:
        return pipeline.adopt(world, strategy, StrategyId(verdict.adopted), reason)
    if verdict.foreign is not None:
        return pipeline.declare_foreign(world, strategy, StrategyId(verdict.foreign), reason)
    return pipeline.declare_absent(world, strategy, reason, looked=verdict.yes_i_looked)
