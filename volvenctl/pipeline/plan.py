"""The story of a plan: check the specs, read the state, look at the platform, compare."""

from dataclasses import replace

from volvenctl import __version__
from volvenctl.core.guards import plan_ttl, refuse_unknown_limits
from volvenctl.core.plan import PlanFrame, PlanInputs, make_plan
from volvenctl.errors import NoFindError, OfflineError, PlatformError, RefusedError
from volvenctl.model.catalog import Account, LiveStrategy, Product
from volvenctl.model.names import Json, JsonObject
from volvenctl.model.number import normal_text
from volvenctl.model.plan import Author, Checkout, Digests, Plan, Selection
from volvenctl.model.report import Checked
from volvenctl.model.spec import StrategySpec
from volvenctl.model.state import State
from volvenctl.pipeline.check import check
from volvenctl.pipeline.guards import limited
from volvenctl.pipeline.opening import open_for_reading
from volvenctl.ports import World
from volvenctl.render.safe import safe
from volvenctl.wire.exact_json import content_digest
from volvenctl.wire.plan_v1 import plan_hash


def plan(world: World, selection: Selection, *, allow_empty: bool = False) -> Plan | Checked:
    """Return what apply would do; the findings instead if a spec is invalid or a limit refuses. Writes nothing.

    Raises:
        RefusedError: a limit cannot be evaluated, or there are no specs where the state has strategies.
        LedgerError, PlatformError, CredentialsError: state or platform cannot be read.
    """
    refuse_unknown_limits(world.environment.limits)
    opened = open_for_reading(world)
    checked = check(world, selection)
    if not checked.valid:
        return checked
    made = plan_from(world, checked, opened.state, selection, allow_empty=allow_empty)
    return limited(world, checked, made, opened.state) or made


def plan_from(world: World, checked: Checked, state: State, selection: Selection, *, allow_empty: bool) -> Plan:
    """Return the plan for specs that are valid and a state that was read already."""
    if not checked.declared and state.strategies and not allow_empty:
        raise RefusedError(
            f"there is no spec in git, but the state has {len(state.strategies)} strategies",
            hint="is this the right folder? If it is meant: --allow-empty (it stops nothing)",
        )
    live, warnings = look(world)
    specs = tuple(_printable(spec) for spec in checked.specs)
    if not specs and selection != Selection():
        warnings += ("no spec matches the selection: nothing is looked at",)
    notes = warnings + tuple(
        f"{item.place.file}:{item.place.line}: {item.code}: {item.message}" for item in checked.problems
    )
    inputs = PlanInputs(
        specs=specs,
        declared=checked.declared,
        state=state,
        live=live,
        environment=world.environment,
        warnings=tuple(map(safe, notes)),
    )
    return make_plan(inputs, _frame(world, checked, state, selection), plan_hash)


def look(world: World) -> tuple[tuple[LiveStrategy, ...] | None, tuple[str, ...]]:
    """Return what runs at the platform, and what to say where that cannot be asked.

    Raises:
        PlatformError: `find` failed, or is missing in a live environment that does not say so.
    """
    api = world.environment.api
    if api.find == "none":
        return None, ("api.find is none: what runs at the platform is not compared",)
    try:
        return world.platform.find(), ()
    except OfflineError as error:
        return None, (error.message,)
    except NoFindError as error:
        if world.environment.live:
            raise PlatformError(
                f"{error.message}; in a live environment nothing is launched without it",
                hint="check api.url; if the platform has no find, say so: api: {find: none}",
            ) from error
        return None, (f"{error.message}: what runs at the platform is not compared",)


def _frame(world: World, checked: Checked, state: State, selection: Selection) -> PlanFrame:
    checkout = world.source.checkout()
    author = world.source.author(state.applied_commit)
    return PlanFrame(
        version=__version__,
        environment=world.environment.name,
        live=world.environment.live,
        selection=selection,
        author=Author(tuple(map(safe, author.git_authors)), _safe_or_none(author.ci_actor)),
        checkout=Checkout(_safe_or_none(checkout.commit), _safe_or_none(checkout.branch), checkout.dirty),
        digests=Digests(
            specs=content_digest(checked.documents),
            metadata=content_digest(_metadata(checked)),
            policy=content_digest({"name": world.environment.name, "definition": world.environment.definition}),
        ),
        now=world.system.now().replace(microsecond=0),
        ttl=plan_ttl(world.environment.limits),
    )


def _metadata(checked: Checked) -> JsonObject:
    """Return what the checks used of the platform's metadata."""
    used = {(use.exchange, use.product) for spec in checked.specs for use in spec.products}
    accounts = {account_id for spec in checked.specs for account_id in spec.account_ids}
    return {
        "products": {f"{key[0]}/{key[1]}": _bounds(checked.catalog.products[key]) for key in used},
        "accounts": {key: _activity(checked.catalog.accounts[key]) for key in accounts},
    }


def _bounds(item: Product) -> Json:
    bounds = (item.min_size, item.max_size, item.size_increment, item.min_price, item.price_increment)
    return [None if bound is None else normal_text(bound) for bound in (*bounds, item.min_notional)]


def _activity(item: Account) -> Json:
    return [item.exchange, item.spot_active, item.futures_active]


def _printable(spec: StrategySpec) -> StrategySpec:
    """Return the spec with what others wrote and a plan shows made safe to be shown."""
    return replace(
        spec,
        document=replace(spec.document, file=safe(spec.document.file)),
        products=tuple(replace(use, title=safe(use.title)) for use in spec.products),
        notionals=tuple(replace(item, currency=_safe_or_none(item.currency)) for item in spec.notionals),
    )


def _safe_or_none(text: str | None) -> str | None:
    return None if text is None else safe(text)
