"""The story of an apply: lock, state, plan, consent, snapshot, launches between durable records, state file."""

from dataclasses import dataclass, field, replace

from volvenctl.core.continuing import not_in_plan, refuse_foreign_plan, refuse_other_ground, remaining_steps
from volvenctl.core.guards import refuse_unknown_limits
from volvenctl.core.plan import LaunchDoubts
from volvenctl.core.sight import Sight
from volvenctl.errors import Exit, StalePlanError, UnresolvedError, VolvenctlError
from volvenctl.model.names import Json, JsonObject, StrategyName
from volvenctl.model.outcome import Accepted, Noted, Succeeded
from volvenctl.model.plan import Blocked, Create, Plan, Recorded, Replace, Selection, Start, Step, action_word
from volvenctl.model.record import EMPTY, Draft
from volvenctl.model.report import ActionResult, ApplyReport, Checked
from volvenctl.model.state import State
from volvenctl.pipeline.check import check
from volvenctl.pipeline.effect import effect_notices
from volvenctl.pipeline.ending import exits_of_results, exits_of_state, first_exit, open_ends, store_state
from volvenctl.pipeline.guards import approved, limited
from volvenctl.pipeline.interrupts import Interrupts
from volvenctl.pipeline.journal import Journal
from volvenctl.pipeline.launch import Launcher, Orders
from volvenctl.pipeline.noting import archiving_drafts, noted_results, noting_drafts
from volvenctl.pipeline.opening import Opened, creation_draft, open_for_writing
from volvenctl.pipeline.plan import look, plan_from
from volvenctl.pipeline.resolve import settle
from volvenctl.ports import Audience, Signatures, World
from volvenctl.render.safe import safe
from volvenctl.wire.exact_json import content_digest

_LIVE_PARALLELISM = 1
"""With one attempt in flight at most one can be unknown, and its candidates are its own."""

_PARALLELISM = 4


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """What the person asked for."""

    selection: Selection = field(default_factory=Selection)
    saved: Plan | None = None
    parallelism: int | None = None
    """None: 1 in a live environment, 4 elsewhere."""
    keep_going: bool = False
    allow_empty: bool = False
    signatures: Signatures | None = None
    """Of the saved plan, where the environment wants approvals."""


@dataclass(frozen=True, slots=True)
class _Course:
    """A plan that may be carried out."""

    plan: Plan
    fresh: Plan
    """What the checkout says now; the plan itself, if none was saved."""
    steps: tuple[Step, ...]
    checked: Checked
    opened: Opened
    notices: tuple[str, ...]
    approvals: tuple[Draft, ...] = ()
    """What is recorded about who approved it, before anything else."""


@dataclass(frozen=True, slots=True)
class _Ending:
    """How the launches ended."""

    results: tuple[ActionResult, ...]
    codes: frozenset[Exit]
    notices: tuple[str, ...]
    common: JsonObject


def apply(world: World, options: ApplyOptions, audience: Audience) -> ApplyReport | Checked:
    """Carry out a saved plan, or plan, ask and carry out; return what became of each action.

    Everything sent was recorded before, and everything learned is recorded before this returns, whatever
    happens on the way. The findings are returned instead if a selected spec is invalid.

    Raises:
        StalePlanError, RefusedError, LedgerError, LockHeldError, PlatformError, CredentialsError: nothing was sent.
    """
    refuse_unknown_limits(world.environment.limits)
    _refuse_foreign_plan(world, options)
    with world.ledger.lock("apply", world.system.actor()):
        _refuse_foreign_plan(world, options)  # the lock may have been waited for
        opened = open_for_writing(world)
        try:
            return _applied(world, options, audience, settle(world, opened))
        except VolvenctlError as error:
            raise _beside_open_attempts(error, opened.state) from error


def _applied(world: World, options: ApplyOptions, audience: Audience, opened: Opened) -> ApplyReport | Checked:
    course = _course(world, options, opened)
    if not isinstance(course, Checked):
        course = _guarded(world, options, course)
    if isinstance(course, Checked):
        return replace(course, exit=first_exit({course.exit} | exits_of_state(opened.state)))
    for notice in course.notices:
        audience.notice(notice)
    if not course.steps:
        return _nothing_sent(world, replace(course, opened=_with_archived(world, course)))
    if not audience.confirm(course.plan):
        return _nothing_sent(world, course)
    return _carry_out(world, options, audience, course)


def _refuse_foreign_plan(world: World, options: ApplyOptions) -> None:
    if options.saved is not None:
        refuse_foreign_plan(options.saved, world.environment.name, world.system.now())


def _beside_open_attempts(error: VolvenctlError, state: State) -> VolvenctlError:
    """Return what ends the run: an attempt whose outcome is unknown matters more than most other reasons."""
    if not state.attempts or first_exit({error.exit, Exit.UNKNOWN}) == error.exit:
        return error
    names = ", ".join(sorted(item.name for item in state.attempts.values()))
    return UnresolvedError(
        f"{error.message}; and the outcome is unknown for {names}", hint="see what there is with `volvenctl resolve`"
    )


def _course(world: World, options: ApplyOptions, opened: Opened) -> _Course | Checked:
    selection = options.selection if options.saved is None else options.saved.selection
    checked = check(world, selection)
    if not checked.valid:
        _refuse_changed_metadata(options.saved, checked)
        return checked
    fresh = plan_from(world, checked, opened.state, selection, allow_empty=options.allow_empty)
    if options.saved is None:
        return _Course(fresh, fresh, fresh.steps, checked, opened, opened.notices)
    return _continued(options.saved, fresh, checked, opened)


def _guarded(world: World, options: ApplyOptions, course: _Course) -> _Course | Checked:
    """Return the course with its approvals; the findings if carrying out what is left of it would break a limit.

    Raises:
        NotApprovedError: too few people approved the plan.
    """
    approvals = approved(world, options.saved, course.fresh, course.checked, options.signatures)
    left = replace(course.fresh, actions=course.steps)
    return limited(world, course.checked, left, course.opened.state) or replace(course, approvals=approvals)


def _continued(saved: Plan, fresh: Plan, checked: Checked, opened: Opened) -> _Course:
    """Return the part of the saved plan that is left.

    Raises:
        StalePlanError: it may not be carried out any more.
        UnresolvedError: an id is in sight that may be one of its strategies.
    """
    _refuse_strangers(fresh, {item.name for item in saved.steps if isinstance(item, Create | Replace)})
    refuse_other_ground(saved, fresh, opened.records)
    steps = remaining_steps(saved, fresh, opened.records)
    return _Course(saved, fresh, steps, checked, opened, opened.notices + not_in_plan(saved, fresh))


def _refuse_changed_metadata(saved: Plan | None, checked: Checked) -> None:
    """Tell specs that became invalid because the platform changed from specs that were edited."""
    if saved is None or content_digest(checked.documents) != saved.digests.specs:
        return
    first = next(item for item in checked.problems if item.severity == "error")
    raise StalePlanError(
        f"the plan is no longer valid at the platform: {first.place.file}:{first.place.line}: {first.message}",
        hint="see all with `volvenctl validate`, then make and review a new plan",
    )


def _nothing_sent(world: World, course: _Course) -> ApplyReport:
    """Return the report of a run that had nothing to do, or was told not to do it."""
    state = course.opened.state
    unstored = store_state(world, state) if course.opened.records else ()
    results = tuple(ActionResult(item.name, action_word(item), None) for item in course.steps)
    ends = open_ends(world, state)
    codes = exits_of_state(state, ends) | exits_of_results(results) | _exits_of_plan(course.fresh)
    codes |= {Exit.ERROR} if unstored else set()
    notices = (*course.notices, *ends.notices, *ends.doubts.sentences, *unstored)
    return ApplyReport(course.plan, results, ends.attempts, notices, first_exit(codes), state.head)


def _carry_out(world: World, options: ApplyOptions, audience: Audience, course: _Course) -> ApplyReport:
    journal = Journal(world.ledger, world.system, course.opened.state)
    orders = _begin(world, options, course, journal)
    noted = noted_results(tuple(item for item in course.steps if isinstance(item, Recorded)))
    for result in noted:
        audience.finished(result)
    launcher = Launcher(world, journal, audience, orders)
    with Interrupts(launcher.stop, world.system.clock) as interrupts:
        results = tuple(sorted((*noted, *launcher.run()), key=lambda item: item.name))
        failures = () if launcher.failure is None else (launcher.failure,)
        codes = exits_of_results(results) | _exits_of_plan(course.fresh)
        codes |= {item.exit for item in failures}
        unseen = effect_notices(world, results, lambda: bool(interrupts.exits))
        codes |= interrupts.exits  # a signal may have ended the look at the effects, too
        notices = (*course.notices, *(item.message for item in failures), *unseen)
        return _finished(world, course, journal, _Ending(results, frozenset(codes), notices, orders.common))


def _begin(world: World, options: ApplyOptions, course: _Course, journal: Journal) -> Orders:
    """Record the ids that exist before the first request, and what only the ledger learns; return what is to be sent.

    Raises:
        Conflict, StorageError, PlatformError, CredentialsError: nothing may be sent.
        UnresolvedError: since the plan was made an id turned up that may be one of its strategies.
    """
    live, warnings = look(world)
    _refuse_doubts(course, LaunchDoubts.of(journal.state, live, is_dedicated=world.environment.api.dedicated_user))
    ids = frozenset(item.id for item in live or ())
    common: JsonObject = {"planHash": course.plan.hash, **_commit(course.fresh)}
    snapshot: Json = None if live is None else sorted(ids)
    said = [safe(text) for text in (*course.opened.notices, *warnings)]  # a file's name may hold what no record can
    beginning = Draft("apply.started", {**common, "snapshot": snapshot, "warnings": said})
    started = journal.announce(*_creation(world, journal.state, common), *course.approvals, beginning)
    common = {**common, "apply": started.seq}
    _note(course, journal, Sight.of(live, world.environment), common)
    return Orders(
        steps=tuple(item for item in course.steps if not isinstance(item, Recorded)),
        specs={item.name: item for item in course.checked.specs},
        known_ids=journal.state.known_ids | ids,
        common=common,
        parallelism=options.parallelism or (_LIVE_PARALLELISM if world.environment.live else _PARALLELISM),
        keep_going=options.keep_going,
    )


def _note(course: _Course, journal: Journal, sight: Sight, common: JsonObject) -> None:
    """Record, in one append, what needs no request."""
    steps = tuple(item for item in course.steps if isinstance(item, Recorded))
    specs = {item.name: item for item in course.checked.specs}
    drafts = noting_drafts(steps, specs, journal.state, sight)
    drafts += _archiving(course, journal.state, sight)
    if drafts:
        journal.announce(*(Draft(item.type, {**item.data, **common}) for item in drafts))


def _with_archived(world: World, course: _Course) -> Opened:
    """Return the state after what was stopped and then deleted is archived: a note, no action."""
    opened = course.opened
    if all(name in course.checked.declared for name in opened.state.strategies):
        return opened
    drafts = _archiving(course, opened.state, Sight.of(look(world)[0], world.environment))
    if not drafts:
        return opened
    journal = Journal(world.ledger, world.system, opened.state)
    for draft in drafts:
        journal.report(Draft(draft.type, {**draft.data, **_commit(course.fresh)}))
    return replace(opened, state=journal.state, records=opened.records + journal.records)


def _archiving(course: _Course, state: State, sight: Sight) -> list[Draft]:
    """Return what is archived; nothing where not all specs were looked at."""
    if course.fresh.selection != Selection():
        return []
    return archiving_drafts(state, course.checked.declared, course.checked.specs, sight)


def _refuse_doubts(course: _Course, doubts: LaunchDoubts) -> None:
    specs = {item.name: item for item in course.checked.specs}
    for item in course.steps:
        if isinstance(item, Create | Replace | Start) and (reason := doubts.about_step(item, specs[item.name])):
            raise UnresolvedError(f"{item.name}: {reason}", hint="volvenctl status")


def _finished(world: World, course: _Course, journal: Journal, ending: _Ending) -> ApplyReport:
    """Record the end, replace the state file, and look once more where something is open."""
    ends = open_ends(world, journal.state)
    codes = set(ending.codes) | exits_of_state(journal.state, ends)
    succeeded = sum(isinstance(item.outcome, Succeeded | Accepted | Noted) for item in ending.results)
    counts: JsonObject = {
        "planned": len(ending.results),
        "succeeded": succeeded,
        "open": len(journal.state.attempts),
    }
    is_whole = course.plan.selection == Selection() and course.steps == course.fresh.steps
    facts: JsonObject = {"exit": int(first_exit(codes)), "whole": is_whole, "counts": counts}
    draft = Draft("apply.finished", {**ending.common, **facts})
    halted = _halted_notices(journal.state, ending.results)
    codes |= {Exit.PARTIAL} if halted else set()
    notices = ending.notices + halted + ends.notices + ends.doubts.sentences
    try:
        journal.report(draft)
    except VolvenctlError as error:
        notices += (f"the end of this run could not be recorded: {error.message}",)
        codes.add(Exit.ERROR)
    unstored = store_state(world, journal.state)
    codes |= exits_of_state(journal.state, ends) | ({Exit.ERROR} if unstored else set())
    notices += unstored
    return ApplyReport(course.plan, ending.results, ends.attempts, notices, first_exit(codes), journal.state.head)


def _halted_notices(state: State, results: tuple[ActionResult, ...]) -> tuple[str, ...]:
    """Return a sentence for each strategy that was set to work while somebody halted it."""
    begun = [
        item.name
        for item in results
        if isinstance(item.outcome, Succeeded) or (isinstance(item.outcome, Accepted) and item.action == "start")
    ]
    entries = [state.strategies[name] for name in begun if name in state.strategies]
    return tuple(
        f"{entry.name}: {entry.strategy_id} was set to work while a halt was recorded: volvenctl halt {entry.name}"
        for entry in entries
        if state.halt_of(entry.name, entry.accounts, entry.strategy_id) is not None
    )


def _refuse_strangers(fresh: Plan, names: set[StrategyName]) -> None:
    for item in fresh.actions:
        if isinstance(item, Blocked) and item.is_in_doubt and item.open_attempt is None and item.name in names:
            raise UnresolvedError(f"{item.name}: {item.reason}", hint="volvenctl status")


def _exits_of_plan(fresh: Plan) -> set[Exit]:
    """A launch that is blocked because its strategy may be there already is an open question."""
    return {Exit.UNKNOWN for item in fresh.actions if isinstance(item, Blocked) and item.is_in_doubt}


def _creation(world: World, state: State, common: JsonObject) -> tuple[Draft, ...]:
    if state.head != EMPTY:
        return ()
    return (creation_draft(world, common),)


def _commit(fresh: Plan) -> JsonObject:
    commit = fresh.checkout.commit
    return {} if commit is None else {"commit": commit}
