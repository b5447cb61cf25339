"""A plan, or an audit trail, as one HTML page: no script, nothing loaded from anywhere, foreign text inert.

The page is a template (`plan.html.jinja`, `audit.html.jinja`) with autoescape; every value passes `safe` besides, so
that nothing in it can reorder or hide text. Its policy allows one thing, the style sheet (`plan.css`), by its hash.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from volvenctl.model.report import Checked
from volvenctl.render.audit_view import AuditView
from volvenctl.render.order_picture import Order, slice_edges, slices_text
from volvenctl.render.plan_view import PlanView, short_path
from volvenctl.render.problem_text import problems_text
from volvenctl.render.safe import ci_safe, safe
from volvenctl.render.text import number_words

_BAR = 1000
"""Width of a picture in its own units; the page stretches it."""
_MOST_SLICES = 60
"""More slices than this cannot be told apart on a phone: they are one box and a number."""


@dataclass(frozen=True, slots=True)
class Design:
    """The texts of the page's template and of its style sheet."""

    template: str
    style: str


@dataclass(frozen=True, slots=True)
class _Box:
    """A part of a bar: where it begins, how long it is, and whether the order may trade there."""

    start: int
    width: int
    is_open: bool = True


def plan_html(view: PlanView, design: Design) -> str:
    """Return the plan as a page of its own."""
    return _page(design, view=view, problems=None)


def problems_html(checked: Checked, design: Design) -> str:
    """Return the findings that kept a plan from being made, as a page."""
    return _page(design, view=None, problems=problems_text(checked).splitlines())


def audit_html(view: AuditView, design: Design) -> str:
    """Return the audit trail as a page; `design` is of another template than the plan's."""
    return _page(design, view=view)


def _page(design: Design, **values: object) -> str:
    style = design.style.strip()
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return _template(design.template).render(
        **values,
        style=Markup(style),  # noqa: S704 - our own file
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    )


@cache
def _template(text: str) -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_harmless, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(
        slices=_slices, zones=_zones, slices_text=slices_text, number_words=number_words, short_path=short_path
    )
    return environment.from_string(text)


def _harmless(value: object) -> object:
    """Return what an expression of the template gave, with all text but our own style sheet made visible."""
    return ci_safe(safe(value)) if isinstance(value, str) and not isinstance(value, Markup) else value


def _slices(order: Order) -> tuple[_Box, ...]:
    edges = slice_edges(order, _BAR, _MOST_SLICES)
    return tuple(_Box(start, end - start) for start, end in pairwise(edges))


def _zones(order: Order) -> tuple[_Box, ...]:
    """Return the price axis: one mark stands in its middle, two marks a quarter from its ends."""
    count = len(order.marks)
    edges = (0, *(_BAR * (2 * number + 1) // (2 * count) for number in range(count)), _BAR)
    pairs = zip(pairwise(edges), order.zones, strict=True)
    return tuple(_Box(start, end - start, is_open) for (start, end), is_open in pairs)
