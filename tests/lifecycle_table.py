"""Every meeting of spec, state and platform, and what volvenctl does about it, as the guide shows it."""

from builders_ledger import apply_started, created, started, state_of, succeeded
from builders_plan import environment, plan_of, spec

from volvenctl.core.sight import Sight
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.plan import Blocked, action_word
from volvenctl.model.record import Draft
from volvenctl.pipeline.noting import archiving_drafts
from volvenctl.wire.exact_json import json_text

PLATFORM = ("running", "paused", "stopped", "gone", "unknown word")
_WORDS = {"running": "RUNNING", "paused": "PAUSED", "stopped": "STOPPED", "unknown word": "FILLING"}


def _facts(*, protect=False, run_state="running"):
    plain = spec("dip")
    return {
        "specDigest": plain.digest,
        "body": json_text(plain.request),
        "runState": run_state,
        "protect": protect,
    }


def _managed(**facts):
    return (created(), apply_started(), started("dip", **_facts(**facts)), succeeded("S-1", "dip"))


def _halted(**facts):
    scope = {"all": False, "names": ["dip"], "accounts": [], "ids": ["S-1"]}
    return (
        *_managed(**facts),
        Draft("halt", {"scope": scope, "reason": "storm"}),
        Draft("halt", {"stopped": ["S-1"], "failed": []}),
    )


def _archived(**facts):
    return (
        *_managed(**facts),
        Draft(
            "action.accepted",
            {"name": "dip", "attemptId": "a-9", "action": "stop", "strategyId": "S-1", "runState": "stopped"},
        ),
        Draft("strategy.archived", {"name": "dip", "strategyId": "S-1"}),
    )


def _open(**facts):
    return (created(), apply_started("S-1"), started("dip", **_facts(**facts)))


STATES = {
    "none": lambda **_facts: (created(),),
    "managed": _managed,
    "open attempt": _open,
    "halted": _halted,
    "archived": _archived,
}
SPECS = {
    "`runState: running`": {},
    "`runState: paused`": {"run_state": "paused"},
    "`runState: stopped`": {"run_state": "stopped"},
    "`runState: released`": {"run_state": "released"},
    "edited": {"size": 1},
    "edited, `onChange: replace`": {"size": 1, "lifecycle": {"on_change": "replace"}},
    "file deleted": None,
    "renamed (`metadata.was`)": {"name": "dip-2", "was": "dip"},
    "protected, `runState: stopped`": {"run_state": "stopped", "lifecycle": {"protect": True}},
    "protected, edited, `onChange: replace`": {"size": 1, "lifecycle": {"on_change": "replace", "protect": True}},
    "protection lifted": {"state": {"protect": True}},
}


def cell(spec_words, state_words, platform_word):
    """Return what is done about one combination: the action, and the drift that is shown beside it."""
    wishes = SPECS[spec_words]
    wishes = None if wishes is None else dict(wishes)
    before = {} if wishes is None else wishes.pop("state", {})
    protect = before or ({"protect": True} if wishes and wishes.get("lifecycle", {}).get("protect") else {})
    state = state_of(*STATES[state_words](**protect))
    shown = () if platform_word == "gone" else (LiveStrategy("S-1", None, {"status": _WORDS[platform_word]}),)
    specs = () if wishes is None else (spec(**{"name": "dip", **wishes}),)
    plan = plan_of(*specs, state=state, live=shown)
    parts = [_action_text(item) for item in plan.actions]
    parts += ["orphaned" for _ in plan.orphaned]
    declared = frozenset(item.name for item in specs)
    parts += ["archived" for _ in archiving_drafts(state, declared, specs, Sight.of(shown, environment()))]
    parts += [f"drift: {item.kind}" for item in plan.drift]
    return ", ".join(parts) or "nothing"


def _action_text(action):
    if not isinstance(action, Blocked):
        return f"**{action_word(action)}**" if action_word(action) != "keep" else "keep"
    causes = {
        "outcome of attempt": "unknown outcome",
        "halted": "halted",
        "protected": "protected",
        "edited": "edited",
        "onChange": "cannot be replaced",
        "find does not show": "gone",
    }
    return f"blocked ({next(word for text, word in causes.items() if text in action.reason)})"


def table():
    """Return the whole table as Markdown: one part for each state, specs down, platform across."""
    lines = []
    for state_words in STATES:
        lines += [f"#### State: {state_words}", "", "| spec | " + " | ".join(PLATFORM) + " |"]
        lines += ["|---" * (len(PLATFORM) + 1) + "|"]
        for words in SPECS:
            cells = [cell(words, state_words, word) for word in PLATFORM]
            lines.append(f"| {words} | " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())  # noqa: T201 - the guide's part, to be pasted
