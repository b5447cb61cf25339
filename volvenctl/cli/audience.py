"""The person at the terminal, or the log of a CI run, that follows an apply."""

import sys
from collections.abc import Callable

from volvenctl.cli.session import Level, Session
from volvenctl.model.names import StrategyName
from volvenctl.model.outcome import NotSent, Refused, Unknown
from volvenctl.model.plan import Plan
from volvenctl.model.report import ActionResult
from volvenctl.render.apply_text import fault_lines, result_line
from volvenctl.render.plan_text import review_text
from volvenctl.render.safe import safe
from volvenctl.wire.documents import result_document

_LOGGED = ("name", "action", "attemptId", "outcome", "strategyId", "status")
"""What a JSON log says of a result, beside the sentence about it."""


class Terminal:
    """Shows the plan on stdout and the course of the run on stderr; never fails because nobody listens."""

    def __init__(self, session: Session, *, asks: bool, shows: bool, first: Callable[[], None]) -> None:
        """Ask before anything is sent if `asks`; show the plan if `shows`; before either, call `first`."""
        self._session = session
        self._first = first
        self._asks = asks
        self._shows = shows

    def confirm(self, plan: Plan) -> bool:
        """Show the plan and return whether it is to be carried out."""
        self._first()
        if self._asks and self._session.json:
            self._session.write_error(review_text(plan, self._session.error_palette) + "\n")
        elif self._shows and not self._session.json:
            self._session.write(review_text(plan, self._session.palette) + "\n")
        return self._is_wanted(plan) if self._asks else True

    def started(self, name: StrategyName) -> None:
        """Say that the request for `name` is being sent."""
        self._session.say(f"sending {safe(name)} ...", name=name)

    def finished(self, result: ActionResult) -> None:
        """Say what became of one action; it is durable already."""
        if self._session.quiet:
            return
        document = result_document(result)
        facts = {key: document[key] for key in _LOGGED}
        for line in (result_line(result, self._session.error_palette), *fault_lines(result.faults)):
            self._session.say(line, _level(result), **facts)

    def notice(self, text: str) -> None:
        """Say something that is no result."""
        self._session.notice(text)

    def _is_wanted(self, plan: Plan) -> bool:
        wanted = plan.environment if plan.live else "yes"
        question = (
            f"This is real money. Type the environment's name ({safe(wanted)}) to launch these: "
            if plan.live
            else "Launch these? Only 'yes' is accepted: "
        )
        self._session.write_error(question)
        answer = ""
        try:
            answer = sys.stdin.readline()
        finally:
            self._session.write_error("" if answer.endswith("\n") else "\n")
        return answer.strip() == wanted


def _level(result: ActionResult) -> Level:
    match result.outcome:
        case Unknown():
            return "error"
        case Refused() | NotSent():
            return "warning"
        case _:
            return "info"


def is_anybody_there() -> bool:
    """Whether a question on stderr can be seen and answered."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
