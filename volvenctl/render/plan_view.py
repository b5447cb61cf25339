"""What every rendering of a plan shows, decided once: rows, their signs and risks, their order, the money.

All texts here are raw: specs, file names and the platform are their source, so each rendering escapes every one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias, assert_never

from volvenctl.core.limits import is_launch
from volvenctl.model.names import JsonObject
from volvenctl.model.outcome import Request
from volvenctl.model.plan import (
    ACTIONS,
    Adopt,
    Blocked,
    Change,
    Create,
    Keep,
    Pause,
    Plan,
    Release,
    Rename,
    Replace,
    Start,
    Stop,
    ValueChange,
)
from volvenctl.render.money_view import LimitRow, MoneyRow, capital_change, limit_rows, money_rows
from volvenctl.render.order_picture import Order, order_of, terms_text
from volvenctl.render.text import moment_text, money_text

Tone: TypeAlias = Literal["good", "bad", "odd", "faint"]

LARGEST = 5
"""In each currency this many of the largest launches are marked, unless the plan launches no more than that."""

SIGNS: Mapping[str, tuple[str, Tone]] = {
    "create": ("+", "good"),
    "start": (">", "good"),
    "pause": ("_", "odd"),
    "stop": ("-", "bad"),
    "replace": ("*", "bad"),
    "adopt": ("<", "odd"),
    "rename": ("~", "odd"),
    "release": ("^", "odd"),
    "keep": ("=", "faint"),
    "blocked": ("!", "bad"),
    "unknown": ("?", "bad"),
}
"""Of each action's word; a colour is never the only sign."""

_SUMMARY_WORDS = {word: f"to {word}" for word in ACTIONS if word != "blocked"}
_RISKS = (
    "may run already",
    "stops a strategy and launches another",
    "stops a strategy",
    "notional unknown",
    "among the largest",
    "will be left to itself",
)
"""What a reviewer must not overlook, the gravest first."""
_RANKS = ("create", "start", "adopt", "pause", "blocked", "rename", "keep")
"""Of what carries no risk: in the order of a reader's interest."""


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One strategy of the plan."""

    action: Change
    word: str
    sign: str
    tone: Tone
    risks: tuple[str, ...]
    """Why a reviewer must not overlook it; in our own words only."""
    notional: str
    place: str
    """`file:line`"""
    terms: str
    """What is launched in one phrase; empty where that is not known."""
    effect: str
    """What happens besides a launch, in a sentence; empty if nothing does."""
    changes: tuple[ValueChange, ...]
    requests: tuple[Request, ...]
    order: Order | None

    @property
    def name(self) -> str:
        """The strategy's."""
        return self.action.name

    @property
    def reason(self) -> str:
        """Why it is planned."""
        return self.action.reason


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A strategy to look at beside the actions: orphaned, or changed on the platform."""

    word: str
    name: str
    strategy_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan, ready to be put into words."""

    hash: str
    environment: str
    live: bool
    expires: str
    capital: str
    """How the capital changes."""
    commit: str
    """Short; empty outside git."""
    origin: str
    """Commit, branch and selection; empty if there is nothing to say."""
    summary: str
    rows: tuple[ActionRow, ...]
    """By name."""
    by_risk: tuple[ActionRow, ...]
    """What carries a risk first, the gravest at the top; then launches by size, and what is kept last."""
    orphaned: tuple[NoticeRow, ...]
    drift: tuple[NoticeRow, ...]
    warnings: tuple[str, ...]
    money: tuple[MoneyRow, ...]
    has_account_limit: bool
    limits: tuple[LimitRow, ...]


def plan_view(plan: Plan, limits: JsonObject | None = None) -> PlanView:
    """Return what there is to show. `limits`: those of the environment, for the head-room; None: not known."""
    set_limits = {} if limits is None else limits
    sizes = _size_ranks(plan.actions)
    rows = tuple(_row(action, sizes) for action in plan.actions)
    return PlanView(
        hash=plan.hash,
        environment=plan.environment,
        live=plan.live,
        expires=moment_text(plan.expires_at),
        capital=capital_change(plan.capital),
        commit=(plan.checkout.commit or "")[:12],
        origin=_origin(plan),
        summary=summary_text(plan.counts, plan.unmanaged),
        rows=rows,
        by_risk=tuple(sorted(rows, key=lambda row: _urgency(row, sizes))),
        orphaned=tuple(
            NoticeRow("orphaned", item.name, item.strategy_id, "its spec was deleted; it still runs")
            for item in plan.orphaned
        ),
        drift=tuple(NoticeRow(item.kind, item.name, item.strategy_id, item.detail) for item in plan.drift),
        warnings=plan.warnings,
        money=money_rows(plan.capital, set_limits),
        has_account_limit="maxNotionalPerAccount" in set_limits,
        limits=limit_rows(plan, set_limits),
    )


def summary_text(counts: Mapping[str, int], unmanaged: int | None) -> str:
    """Return one line with what there is of each action."""
    parts = [f"{number:,} {_SUMMARY_WORDS.get(word, word)}" for word, number in counts.items() if number]
    parts += [f"{unmanaged:,} not ours on the platform"] if unmanaged else []
    return "Plan: " + (", ".join(parts) if parts else "no strategies") + "."


def short_path(path: str) -> str:
    """Return the path of a value without what all of them begin with."""
    return path.removeprefix("$.spec.").removeprefix("$.")


def _row(action: Change, sizes: Mapping[str, int]) -> ActionRow:
    word = "unknown" if isinstance(action, Blocked) and action.open_attempt else type(action).__name__.lower()
    sign, tone = SIGNS[word]
    requests = _requests(action)
    order = order_of(requests[-1]) if isinstance(action, Create | Replace) else None
    return ActionRow(
        action=action,
        word=word,
        sign=sign,
        tone=tone,
        risks=_risks(action, sizes),
        notional=money_text(action.notional),
        place=f"{action.source.file}:{action.source.line}",
        terms="" if order is None else terms_text(order),
        effect=_effect(action),
        changes=() if isinstance(action, Keep) else action.changes,
        requests=requests,
        order=order,
    )


def _risks(action: Change, sizes: Mapping[str, int]) -> tuple[str, ...]:
    is_doubtful = isinstance(action, Blocked) and (action.is_in_doubt or action.open_attempt is not None)
    is_large = sizes.get(action.name, LARGEST) < LARGEST < len(sizes)
    facts = (
        is_doubtful,
        isinstance(action, Replace),
        isinstance(action, Stop),
        is_launch(action) and action.notional.amount is None,
        is_large,
        isinstance(action, Release),
    )
    return tuple(word for word, is_so in zip(_RISKS, facts, strict=True) if is_so)


def _requests(action: Change) -> tuple[Request, ...]:
    match action:
        case Replace():
            return (action.stop, action.request)
        case Create() | Start() | Pause() | Stop():
            return (action.request,)
        case Adopt() | Rename() | Release() | Keep() | Blocked():
            return ()
        case _:
            assert_never(action)


def _effect(action: Change) -> str:
    match action:
        case Start() | Pause() | Stop():
            return f"asks the platform to {type(action).__name__.lower()} {action.strategy_id}"
        case Replace():
            return f"stops {action.strategy_id}, and launches the new values once it is seen stopped"
        case Adopt():
            return f"takes {action.strategy_id} under this spec; nothing is sent"
        case Rename():
            return f"goes on managing {action.strategy_id}, known as {action.was} so far; nothing is sent"
        case Release():
            return f"manages {action.strategy_id} no longer and leaves it as it is; nothing is sent"
        case Create() | Keep() | Blocked():
            return ""
        case _:
            assert_never(action)


def _size_ranks(actions: Iterable[Change]) -> Mapping[str, int]:
    """Return the place of each launch among those of its currency, the largest first.

    Currencies are not converted: the largest of each are equally large.
    """
    by_currency: dict[str, list[tuple[Decimal, str]]] = {}
    for action in actions:
        amount, currency = action.notional.amount, action.notional.currency
        if is_launch(action) and amount is not None:
            by_currency.setdefault(currency or "", []).append((-amount, action.name))
    return {name: place for sized in by_currency.values() for place, (_, name) in enumerate(sorted(sized))}


def _urgency(row: ActionRow, sizes: Mapping[str, int]) -> tuple[int, int, str]:
    """Return where a row stands among all: risks first, then launches by size, what is kept last."""
    if row.risks:
        return _RISKS.index(row.risks[0]), sizes.get(row.name, 0), row.name
    return len(_RISKS) + _RANKS.index(row.word), sizes.get(row.name, 0), row.name


def _origin(plan: Plan) -> str:
    parts = []
    if plan.checkout.commit:
        dirty = " with uncommitted changes" if plan.checkout.dirty else ""
        branch = f" on {plan.checkout.branch}" if plan.checkout.branch else ""
        parts.append(f"commit {plan.checkout.commit[:12]}{branch}{dirty}")
    selected = plan.selection
    for word, patterns in (("only", selected.only), ("exclude", selected.exclude), ("labels", selected.labels)):
        parts += [f"{word} {' '.join(patterns)}"] if patterns else []
    return "; ".join(parts)
