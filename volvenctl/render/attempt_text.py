"""Attempts whose outcome is unknown, and what a person can do about them."""

from collections.abc import Mapping

from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.report import AttemptView, Resolution
from volvenctl.model.state import OpenAttempt
from volvenctl.render.safe import safe
from volvenctl.render.style import PLAIN, Palette
from volvenctl.render.text import bullet_lines, command_text, fields_text, next_line, page, section


def attempts_text(resolution: Resolution, environment: str, palette: Palette = PLAIN) -> str:
    """Return what `resolve` did and which attempts are still open; the last line is the next command."""
    lines = bullet_lines(resolution.notices, "note", palette)
    if resolution.name is not None and resolution.resolution is not None:
        lines.append(palette.good(_done(resolution)))
    lines += section("Open attempts", attempt_lines(resolution.attempts, palette), palette)
    return page([*lines, *([""] if lines else []), *_next(resolution, environment, palette)])


def attempt_lines(attempts: tuple[AttemptView, ...], palette: Palette) -> list[str]:
    """Return a few lines for each attempt: since when it is open, why, and which strategies may be its own."""
    return [line for view in attempts for line in _attempt(view, palette)]


def _attempt(view: AttemptView, palette: Palette) -> list[str]:
    attempt = view.attempt
    reason = "its writer is still at work" if view.in_flight else attempt.reason or "no outcome was recorded"
    since = safe(f"announced {attempt.started_at}: {reason}")
    lines = [
        f"  {palette.bad('?')} {palette.strong(safe(attempt.name))}  {since}",
        palette.faint(f"      attempt {safe(attempt.id)}, record {attempt.seq}{_sent(attempt)}"),
        *_candidates(view),
    ]
    if view.rivals:
        names = ", ".join(map(safe, view.rivals))
        lines.append(f"      cannot be told apart from the candidates of {names}")
    return lines


def _sent(attempt: OpenAttempt) -> str:
    """Return which request it was and from which spec, as its record says."""
    source, digest = attempt.facts.get("source"), attempt.facts.get("bodyDigest")
    spec = f", {source.get('file')}:{source.get('line')}" if isinstance(source, Mapping) else ""
    return safe(f"{spec}, request {digest}" if isinstance(digest, str) else spec)


def _candidates(view: AttemptView) -> list[str]:
    if view.candidates is None:
        return ["      candidates unknown: the platform cannot be asked, look there"]
    if not view.candidates:
        return ["      no candidate on the platform now; that alone proves nothing"]
    return [f"      candidate {live_text(item)}" for item in view.candidates]


def live_text(live: LiveStrategy) -> str:
    """Return the id of a strategy of the platform, its last event and its state, made safe."""
    at = f"last event {live.event_time:%Y-%m-%d %H:%M:%S} UTC" if live.event_time else ""
    return safe("  ".join(part for part in (live.id, at, fields_text(live.state)) if part))


def _done(resolution: Resolution) -> str:
    name = safe(resolution.name or "")
    match resolution.resolution:
        case "adopted":
            return f"{name}: adopted strategy {safe(resolution.strategy_id or '')}."
        case "absent":
            return f"{name}: declared absent; the next apply may launch it again."
        case _:
            return f"{name}: strategy {safe(resolution.strategy_id or '')} declared not ours."


def _next(resolution: Resolution, environment: str, palette: Palette) -> list[str]:
    if not resolution.attempts:
        text = "No attempt is open."
        return [f"{text} " + next_line(command_text(environment, "plan"), palette) if resolution.resolution else text]
    view = resolution.attempts[0]
    name = view.attempt.name
    if view.in_flight:
        return [f"Wait until the writer has ended. {next_line(command_text(environment, 'resolve', name), palette)}"]
    adopted = view.candidates[0].id if view.candidates and len(view.candidates) == 1 else "STRATEGY_ID"
    why = ("--reason", "TEXT")
    return [
        f"It exists:          {command_text(environment, 'resolve', name, '--adopt', adopted, *why)}",
        f"It does not exist:  {command_text(environment, 'resolve', name, '--absent', *why)}",
    ]
