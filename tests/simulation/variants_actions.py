"""Broken worlds for what is asked of strategies that run already. The simulation must catch them all."""

from dataclasses import replace

from simulation.scene import Wiring
from simulation.sim_platform import ACCEPTED, SimPlatform
from simulation.story import STORIES, WORDS, SimSpecs
from simulation.variants import (
    ForgetsOpenAttempts,
    IgnoresNotAfter,
    NoCompareAndSwap,
    NoRecovery,
    NoSync,
    SavedAfterEachCreate,
)

from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.outcome import Answered, NoAnswer


class TakesEffectForGranted(SimPlatform):
    """A strategy counts as what it was told to be, whatever it is: a replace does not wait."""

    def live(self, item):
        return LiveStrategy(item.id, None, {"status": item.told.upper()})


class RefusedCountsAsAccepted(SimPlatform):
    """Any answer to an action counts as 202."""

    def ask(self, request, attempt_id):
        answer = super().ask(request, attempt_id)
        return ACCEPTED if isinstance(answer, Answered) else answer


class SilenceCountsAsNotSent(SimPlatform):
    """An action without an answer counts as a request that never left."""

    def ask(self, request, attempt_id):
        answer = super().ask(request, attempt_id)
        return NoAnswer("ConnectError", "", sending_began=False) if isinstance(answer, NoAnswer) else answer


class SilenceCountsAsAccepted(SimPlatform):
    """An action without an answer counts as accepted."""

    def ask(self, request, attempt_id):
        answer = super().ask(request, attempt_id)
        return ACCEPTED if isinstance(answer, NoAnswer) else answer


class AsksTheNextOne(SimPlatform):
    """The id in the path of an action is another strategy's."""

    def ask(self, request, attempt_id):
        return super().ask(replace(request, path=request.path.replace("S-2", "S-1")), attempt_id)


class PausesByStopping(SimPlatform):
    """The path of a pause is that of a stop."""

    def ask(self, request, attempt_id):
        return super().ask(replace(request, path=request.path.replace("pause", "stop")), attempt_id)


class RepeatsOldActions(SimPlatform):
    """The action of an earlier run is sent once more before the next one."""

    def ask(self, request, attempt_id):
        scene = self.session.scene
        for old in scene.disk.durable:
            if old.data.get("action") in {"pause", "stop"} and old.type == "attempt.started":
                again = replace(request, path=old.data["path"], method=old.data["method"])
                if old.data["attemptId"] != attempt_id:
                    super().ask(again, old.data["attemptId"])
        return super().ask(request, attempt_id)


def old_checkout(session):
    """Return the specs as they were one run before."""
    return SimSpecs(session.scene.story.at(max(session.scene.round - 1, 0)))


_SWAPPED = tuple((word, {"running": "stopped", "stopped": "running"}.get(state, state)) for word, state in WORDS)

ACTION_VARIANTS = {
    "effect taken for granted": ("I5", "replace", Wiring(platform=TakesEffectForGranted)),
    "words of find mapped wrongly": ("I5", replace(STORIES["replace"], words=_SWAPPED), Wiring()),
    "action saved with its outcome": ("I10", "run states", Wiring(store=SavedAfterEachCreate)),
    "no fsync before an action": ("I10", "run states", Wiring(store=NoSync)),
    "not_after ignored by an action": ("B3", "run states", Wiring(platform=IgnoresNotAfter)),
    "old actions sent again": ("G2", "run states", Wiring(platform=RepeatsOldActions)),
    "a refused action counts as accepted": ("L1", "run states", Wiring(platform=RefusedCountsAsAccepted)),
    "a silent action counts as not sent": ("L1", "run states", Wiring(platform=SilenceCountsAsNotSent)),
    "a silent action counts as accepted": ("L1", "run states", Wiring(platform=SilenceCountsAsAccepted)),
    "an action with the id of another": ("I7", "two at once", Wiring(platform=AsksTheNextOne)),
    "a pause sent as a stop": ("I7", "run states", Wiring(platform=PausesByStopping)),
    "specs of an old checkout": ("G2", "run states", Wiring(specs=old_checkout)),
    "a replace without compare-and-swap": ("I1", "replace", Wiring(store=NoCompareAndSwap)),
    "the launch of a replace forgotten": ("I1", "replace", Wiring(store=ForgetsOpenAttempts)),
    "no recovery file for a replace": ("R7", "replace", Wiring(store=NoRecovery)),
}
"""What is broken, the rule whose violation gives it away, the story that it shows in, and the wiring."""
