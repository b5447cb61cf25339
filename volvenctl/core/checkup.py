"""What each thing that `doctor` looks at means: fine, worth a look, or in the way."""

from collections.abc import Mapping, Sequence
from typing import Final

from volvenctl.errors import Exit, VolvenctlError
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.checkup import Finding
from volvenctl.model.names import JsonObject
from volvenctl.model.plan import Checkout
from volvenctl.model.project import Environment
from volvenctl.model.record import EMPTY, FORMAT_VERSION
from volvenctl.model.state import State

MOST_SKEW_S: Final = 5
"""More than this between two clocks is worth a look. An HTTP date has whole seconds."""
UNUSABLE_SKEW_S: Final = 300
"""With more than this, tokens and saved plans expire at the wrong time."""

_MOST_WORDS = 10
_NEXT_STEPS: Mapping[str, str] = {"project": "correct volvenctl.yaml, or begin with volvenctl init"}
_RECOVERY = "docs/guides/recovery.md says what each odd state looks like"


def failure(check: str, error: VolvenctlError, latency_ms: int | None = None) -> Finding:
    """Return the finding for something that could not be done."""
    return Finding(
        check, "fail", error.message, error.hint or _NEXT_STEPS.get(check, _RECOVERY), error.exit, latency_ms
    )


def project_finding(environment: Environment, path: str) -> Finding:
    """Return what the project file says about the environment."""
    live = "live: real money" if environment.live else "not live"
    return Finding(
        "project",
        "ok",
        f"{path}: environment {environment.name} ({live}), {environment.api.url}, {environment.state_url}",
    )


def clock_finding(skew_s: float | None, latency_s: float) -> Finding:
    """Return how our clock compares with the platform's; an answer may have taken `latency_s` to come."""
    if skew_s is None:
        return Finding(
            "clock", "warn", "no answer of the platform told the time", "compare this machine's clock yourself"
        )
    seen = f"{abs(skew_s):.0f} s {'ahead of' if skew_s > 0 else 'behind'} the platform's"
    advice = "let this machine's clock be set by NTP"
    if abs(skew_s) <= MOST_SKEW_S + latency_s:
        return Finding("clock", "ok", f"within {MOST_SKEW_S} s of the platform's")
    if abs(skew_s) <= UNUSABLE_SKEW_S + latency_s:
        return Finding("clock", "warn", seen, advice)
    return Finding("clock", "fail", f"{seen}: tokens and saved plans expire at the wrong time", advice, Exit.ERROR)


def words_finding(environment: Environment, live: Sequence[LiveStrategy]) -> Finding:
    """Return whether the words of `find` are those that the project file explains."""
    key, states = environment.state_key, environment.states
    place = f"environments.{environment.name}.platform in volvenctl.yaml"
    if key is None:
        what = f"what find's state words mean is not configured{_seen_words(live)}: run states cannot be compared"
        return Finding("state words", "warn", what, f"write stateKey and states under {place}")
    unknown = sorted({item.state[key] for item in live if key in item.state} - set(states))
    if unknown:
        what = f"find shows words of {key} that nobody explained: {_listed(unknown)}"
        return Finding("state words", "warn", what, f"if you know what they mean, add them to states under {place}")
    silent = sum(key not in item.state for item in live)
    if silent:
        what = f"{silent} of {len(live)} strategies have no {key} in their state"
        return Finding("state words", "warn", what, f"check stateKey under {place}")
    return Finding("state words", "ok", f"{key}: {_listed(sorted(states))}")


def _seen_words(live: Sequence[LiveStrategy]) -> str:
    seen = sorted({f"{name}={word}" for item in live for name, word in item.state.items()})
    return f" (find shows {_listed(seen)})" if seen else ""


def ledger_finding(environment: Environment, state: State, notices: Sequence[str]) -> Finding:
    """Return what the verified ledger holds."""
    if state.head == EMPTY:
        return Finding("state", "ok", f"{environment.state_url}: no ledger yet, the first apply creates it")
    end = f"head {state.head.hash[:19]}, format {FORMAT_VERSION}"
    seen = f"{environment.state_url}: {state.head.seq} records, all hashes verified, {end}"
    if notices:
        command = f"volvenctl -e {environment.name} state rebuild"
        return Finding("state", "warn", f"{seen}; {'; '.join(notices)}", command)
    return Finding("state", "ok", seen)


def lock_finding(holder: JsonObject | None) -> Finding:
    """Return who holds the writers' lock."""
    if holder is None:
        return Finding("lock", "ok", "free")
    actor = holder.get("actor")
    who = actor if isinstance(actor, Mapping) else {}
    seen = (
        f"held by {who.get('user', 'somebody')}@{who.get('host', 'unknown')} pid {who.get('pid', '?')}: "
        f"{holder.get('operation', 'a command')} since {holder.get('since', 'unknown')}"
    )
    return Finding("lock", "warn", seen, "wait until it has ended; others that write exit with 6")


def attempts_finding(environment: Environment, state: State, *, in_flight: bool) -> Finding:
    """Return which requests have no certain outcome; those of a run that goes on may get one yet."""
    names = sorted({item.name for item in state.attempts.values()})
    asked = sorted(item.name for item in state.strategies.values() if item.asked is not None)
    if not names and not asked:
        return Finding("attempts", "ok", "none is open")
    if not names:
        seen = f"whether a start, pause or stop took place is not known: {_listed(asked)}"
        return Finding("attempts", "warn", seen, "the next apply asks again")
    if in_flight:
        return Finding("attempts", "warn", f"in flight: {_listed(names)}", "look again when the lock is free")
    command = f"volvenctl -e {environment.name} resolve"
    return Finding("attempts", "fail", f"the outcome is unknown: {_listed(names)}", command, Exit.UNKNOWN)


def recovery_finding(environment: Environment, names: Sequence[str]) -> Finding:
    """Return which results wait to be taken into the ledger."""
    if not names:
        return Finding("recovery", "ok", "no file is waiting")
    advice = f"the next command that writes takes them in: volvenctl -e {environment.name} state rebuild"
    return Finding("recovery", "warn", f"waiting: {_listed(names)}", advice)


def git_finding(checkout: Checkout) -> Finding:
    """Return which commit the specs are from."""
    if checkout.commit is None:
        advice = "git init && git add . && git commit"
        return Finding("git", "warn", "no commit: plans and records cannot name the specs they were made from", advice)
    where = f"commit {checkout.commit[:12]}" + (f" on {checkout.branch}" if checkout.branch else "")
    if checkout.dirty:
        return Finding("git", "warn", f"files of the project differ from {where}", "git status")
    return Finding("git", "ok", where)


def _listed(words: Sequence[str]) -> str:
    rest = len(words) - _MOST_WORDS
    return ", ".join(words[:_MOST_WORDS]) + (f" and {rest} more" if rest > 0 else "")
