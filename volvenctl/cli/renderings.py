"""Writes a plan in the format that was asked for."""

from importlib import import_module
from importlib.resources import files

from volvenctl.cli.output import write_invalid
from volvenctl.cli.session import Session
from volvenctl.errors import ConfigError, Exit
from volvenctl.model.names import JsonObject
from volvenctl.model.plan import Plan
from volvenctl.model.report import Checked
from volvenctl.render.audit_view import AuditView
from volvenctl.render.markdown import plan_markdown, problems_markdown
from volvenctl.render.plan_text import plan_text
from volvenctl.render.plan_view import PlanView, plan_view
from volvenctl.wire import plan_v1

FORMATS = ("text", "json", "markdown", "html")


def write_plan(session: Session, plan: Plan, *, saved: str | None, limits: JsonObject | None = None) -> None:
    """Write the plan to stdout. `saved` is the file that holds it; `limits` are the environment's, if known.

    Raises:
        ConfigError: HTML was asked for and its template library is not installed.
    """
    session.write(_text(session, plan, saved, plan_view(plan, limits)))


def write_no_plan(session: Session, checked: Checked) -> Exit:
    """Write the problems that kept a plan from being made, and return the exit code.

    Raises:
        ConfigError: HTML was asked for and its template library is not installed.
    """
    match session.style:
        case "markdown":
            session.write(problems_markdown(checked))
        case "html":
            session.write(_html(checked))
        case _:
            return write_invalid(session, checked)
    return checked.exit


def _text(session: Session, plan: Plan, saved: str | None, view: PlanView) -> str:
    match session.style:
        case "json":
            return plan_v1.plan_text(plan)
        case "markdown":
            return plan_markdown(view)
        case "html":
            return _html(view)
        case _:
            return plan_text(plan, session.palette, saved=saved, view=view)


def audit_page(view: AuditView) -> str:
    """Return the audit trail as an HTML page.

    Raises:
        ConfigError: the template library is not installed.
    """
    _need_templates()
    from volvenctl.render.html import Design, audit_html

    return audit_html(view, Design(*_texts("audit.html.jinja", "plan.css")))


def _html(shown: PlanView | Checked) -> str:
    _need_templates()
    from volvenctl.render.html import Design, plan_html, problems_html

    design = Design(*_texts("plan.html.jinja", "plan.css"))
    return plan_html(shown, design) if isinstance(shown, PlanView) else problems_html(shown, design)


def _need_templates() -> None:
    try:
        import_module("volvenctl.render.html")
    except ImportError as error:
        raise ConfigError(
            "HTML needs the template library Jinja, which is not installed", hint="pip install 'volvenctl[html]'"
        ) from error


def _texts(*names: str) -> list[str]:
    return [(files("volvenctl.render") / name).read_text(encoding="utf-8") for name in names]
