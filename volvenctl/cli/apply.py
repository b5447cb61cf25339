"""volvenctl apply."""

from dataclasses import dataclass

import click

from volvenctl.cli.approvers import open_signatures
from volvenctl.cli.audience import Terminal, is_anybody_there
from volvenctl.cli.group import Door
from volvenctl.cli.notify import notify
from volvenctl.cli.options import (
    allow_empty_option,
    format_option,
    gathered,
    lock_timeout_option,
    pass_session,
    policy_from_option,
    selection_options,
)
from volvenctl.cli.output import write_either, write_invalid
from volvenctl.cli.plan_files import read_plan_file
from volvenctl.cli.session import Session
from volvenctl.cli.step_report import report_step
from volvenctl.cli.tracing import traced
from volvenctl.cli.world import open_world
from volvenctl.errors import Exit, UsageError
from volvenctl.model.plan import Selection
from volvenctl.model.report import ApplyReport
from volvenctl.pipeline import apply as pipeline
from volvenctl.ports import World
from volvenctl.render.apply_text import apply_text
from volvenctl.render.step import anchor_summary, apply_outputs, fenced
from volvenctl.wire.documents import apply_document, outcome_counts
from volvenctl.wire.notification_v1 import News


@dataclass(frozen=True, slots=True)
class _Manner:
    """How to carry the plan out."""

    auto_approve: bool
    allow_empty: bool
    parallelism: int | None
    keep_going: bool
    lock_timeout_s: int


@click.command(cls=Door)
@click.argument("planfile", metavar="[PLANFILE]", required=False, type=click.Path())
@gathered(
    "manner",
    _Manner,
    click.option("--auto-approve", is_flag=True, help="Ask nothing; needed where there is no terminal."),
    click.option(
        "--parallelism", type=click.IntRange(1, 64), metavar="N", help="Requests at a time [live: 1, else 4]."
    ),
    click.option("--keep-going", is_flag=True, help="Go on with the others after an unknown outcome."),
    allow_empty_option,
    lock_timeout_option,
)
@selection_options
@policy_from_option
@format_option()
@pass_session
def command(session: Session, planfile: str | None, manner: _Manner, selection: Selection) -> Exit:
    """Carry out the saved plan PLANFILE, or plan, ask and carry out.

    Each request is recorded before it is sent, and what became of it before anything else happens.
    """
    _check_usage(planfile, manner, selection)
    saved = read_plan_file(planfile) if planfile is not None else None
    world = traced(session, open_world(session, lock_timeout_s=manner.lock_timeout_s, sends=True))
    if saved is None:
        _check_reviewed(world)
    news = News("apply", plan_hash=None if saved is None else saved.hash)
    notify(session, world, news)
    options = pipeline.ApplyOptions(
        selection=selection,
        saved=saved,
        parallelism=manner.parallelism,
        keep_going=manner.keep_going,
        allow_empty=manner.allow_empty,
        signatures=None if planfile is None else open_signatures(session, world.environment, planfile),
    )
    with session.waiting("checking the plan" if saved else "planning") as quiet:
        audience = Terminal(session, asks=saved is None and not manner.auto_approve, shows=saved is None, first=quiet)
        report = pipeline.apply(world, options, audience)
    if not isinstance(report, ApplyReport):
        return write_invalid(session, report)
    news.plan_hash, news.counts = report.plan.hash, outcome_counts(report)
    write_either(session, apply_document(report), apply_text(report, session.palette))
    summary = fenced("volvenctl apply", apply_text(report)) + anchor_summary(report.head)
    report_step(session, apply_outputs(report), summary)
    return report.exit


def _check_usage(planfile: str | None, manner: _Manner, selection: Selection) -> None:
    if planfile is not None and (selection != Selection() or manner.allow_empty):
        raise UsageError(
            "a saved plan holds its own selection: --only, --exclude, --label and --allow-empty go with plan",
            hint="select when you plan: volvenctl plan --only GLOB --out FILE",
        )
    if planfile is None and not manner.auto_approve and not is_anybody_there():
        raise UsageError(
            "there is no terminal to ask on",
            hint="save a plan, have it reviewed and apply that file; or apply with --auto-approve",
        )


def _check_reviewed(world: World) -> None:
    environment = world.environment
    if environment.live and environment.limits.get("allowUnreviewedApply") is not True:
        raise UsageError(
            f"environment {environment.name!r} is live: it takes a saved plan only",
            hint=f"volvenctl -e {environment.name} plan --out plan.json, have it reviewed, then apply plan.json",
        )
