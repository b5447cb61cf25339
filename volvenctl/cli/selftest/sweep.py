"""Runs the sweep: group by group, each case in a folder of its own."""

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeAlias

from volvenctl.adapters.system import RealSystem
from volvenctl.cli.selftest.case import Case
from volvenctl.cli.selftest.cases import Group, groups
from volvenctl.cli.selftest.report import Failure, Report, Tried
from volvenctl.cli.selftest.trial import Trial
from volvenctl.cli.session import Session
from volvenctl.wire.moments import moment_text

Sweep: TypeAlias = Callable[..., Sequence[Group]]
"""Returns groups of cases; called like `cases.groups`."""

_clock = RealSystem().clock


def sweep(session: Session, where: Path, only: str, *, quick: bool, make: Sweep = groups) -> Report:
    """Try the cases of `make` whose `GROUP/CASE` matches `only`, in a folder below `where`; return what came of it.

    Only the folders of failed cases are left.
    """
    started_at = moment_text(RealSystem().now())
    folder = Path(mkdtemp(prefix="volvenctl-selftest-", dir=where))
    tried: list[Tried] = []
    try:
        for group in make(folder / "rehearsal", quick=quick):
            if not _may_match(group.name, only):
                continue
            session.say(f"{group.name}: {group.about} ...")
            tried.append(_try_group(group, folder, only))
    finally:
        is_kept = any(group.failures for group in tried)
        if not is_kept:
            shutil.rmtree(folder, ignore_errors=True)
    return Report(quick, started_at, tuple(tried), str(folder) if is_kept else "")


def _may_match(group: str, only: str) -> bool:
    """Whether a case of `group` can match: the glob's own group fits, or it has none."""
    wanted, slash, _ = only.partition("/")
    return not slash or fnmatchcase(group, wanted)


def _try_group(group: Group, folder: Path, only: str) -> Tried:
    began_at = _clock()
    cases = [case for case in group.make() if fnmatchcase(f"{group.name}/{case.name}", only)]
    pool = ThreadPoolExecutor(group.at_once)
    try:
        found = list(pool.map(partial(_try_case, group.name, folder), enumerate(cases)))
    finally:  # an interrupt waits for no case that has not begun
        pool.shutdown(wait=False, cancel_futures=True)
    failures = tuple(item for item in found if item.violations)
    return Tried(group.name, group.about, len(cases), failures, _since(began_at))


def _try_case(group: str, folder: Path, numbered: tuple[int, Case]) -> Failure:
    """Try one case; the result is a failure if it has violations."""
    number, case = numbered
    began_at = _clock()
    own = folder / f"{group}-{number}"
    with Trial(own, case.script) as trial:
        case.tell(trial)
    if not trial.faults:
        shutil.rmtree(own, ignore_errors=True)
    return Failure(f"{group}/{case.name}", _unique(trial.faults), _since(began_at))


def _unique(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _since(began_at: float) -> Decimal:
    return Decimal(str(round(_clock() - began_at, 1)))
