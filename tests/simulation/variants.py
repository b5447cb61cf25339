"""Broken worlds, each with one rule of the protocol taken away behind the ports. The simulation must catch them all."""

from simulation.scene import Wiring
from simulation.sim_platform import ANSWERED, SimPlatform
from simulation.sim_store import SimStore

from volvenctl.errors import StorageError
from volvenctl.model.outcome import Answered, NoAnswer
from volvenctl.model.record import Draft, Head
from volvenctl.wire.ledger_v1 import make_records


class NoSync(SimStore):
    """An append returns before its records are durable."""

    def put(self, records):
        self.disk.write(records)

    def release(self):
        self.disk.sync()
        super().release()


class SavedAtTheEnd(SimStore):
    """Records are kept in memory and stored when the run ends."""

    def __init__(self, session):
        super().__init__(session)
        self.kept = []

    def compare(self, expected, records):
        pass

    def put(self, records):
        self.kept.extend(records)

    def release(self):
        self.disk.write(self.kept)
        self.disk.sync()
        super().release()


class SavedAfterEachCreate(SavedAtTheEnd):
    """Announcements are kept in memory and stored together with the outcome: nothing is durable before the send."""

    def put(self, records):
        super().put(records)
        if records[-1].type != "attempt.started":
            self.disk.write(self.kept)
            self.disk.sync()
            self.kept = []


class LedgerTruncatedInPlace(SimStore):
    """The whole ledger is emptied and written again with each append."""

    def put(self, records):
        whole = [*self.disk.records, *records]
        self.disk.records.clear()
        self.disk.sync()
        self.disk.version += 1
        self.session.pause("writing the ledger again", is_quiet=True)
        self.disk.write(whole)
        self.disk.sync()


class StateTruncatedInPlace(SimStore):
    """The state file is emptied and written again instead of replaced."""

    def replace_state(self, document):
        self.disk.state = {}
        self.disk.version += 1
        self.session.pause("writing the state again", is_quiet=True)
        self.disk.state = document


class OutcomeBeforeItIsStored(SimStore):
    """An attempt is closed first, and its outcome stored after that."""

    def put(self, records):
        if records[-1].type != "attempt.succeeded":
            super().put(records)
            return
        last = records[-1]
        close = Draft("attempt.not-sent", {**last.data, "reason": "closed"})
        head = Head(last.seq - 1, last.prev)
        super().put(make_records([close], head, last.time, last.actor))
        self.session.pause("storing the outcome", is_quiet=True)
        self.disk.records.pop()
        super().put(records)


class _ClosesAttempts(SimStore):
    """At its start a run closes the open attempts that it holds for failed."""

    def repair(self):
        notice = super().repair()
        for attempt_id in sorted(self.disk.open_ids()):
            begun = next(item for item in self.disk.records if item.data.get("attemptId") == attempt_id)
            if self.holds_for_failed(begun):
                facts = {"name": begun.data["name"], "attemptId": attempt_id, "reason": "cleared"}
                head = Head(len(self.disk.records), self.disk.head)
                super().put(make_records([Draft("attempt.not-sent", facts)], head, begun.time, begun.actor))
        return notice

    def holds_for_failed(self, begun):
        raise NotImplementedError


class ForgetsOpenAttempts(_ClosesAttempts):
    """A new run forgets the attempts that an earlier one left open."""

    def holds_for_failed(self, _begun):
        return True


class ClearedWhenFindShowsNothing(_ClosesAttempts):
    """An open attempt is closed when `find` shows no candidate."""

    def holds_for_failed(self, begun):
        shown = {item.id for item in self.session.scene.market.shown}
        known = {item.data.get("strategyId") for item in self.disk.records}
        snapshot = set(self.disk.records[begun.data["apply"] - 1].data["snapshot"])
        return not shown - known - snapshot


class NoCompareAndSwap(SimStore):
    """Whoever writes last wins: an append puts its records after what it had read, whatever stands there."""

    def compare(self, expected, records):
        del self.disk.records[expected:]


class GivesUpLostRaces(SimStore):
    """A report that loses a race is given up, and kept nowhere."""

    def compare(self, expected, records):
        if len(self.disk.records) != expected and records[-1].type != "attempt.started":
            raise StorageError("another writer was here")
        super().compare(expected, records)

    def save_recovery(self, _attempt_id, _document):
        return "nowhere"


class NoRecovery(SimStore):
    """A result that cannot be stored is not written anywhere else."""

    def save_recovery(self, _attempt_id, _document):
        return "nowhere"


class ErrorsAreNotSent(SimPlatform):
    """Every answer without a 2xx counts as a request that never left."""

    def exchange(self, request, attempt_id):
        answer = super().exchange(request, attempt_id)
        if isinstance(answer, Answered) and answer.status == 201:
            return answer
        return NoAnswer("ConnectError", "", sending_began=False)


class ErrorsAreRefusals(SimPlatform):
    """Every error counts as refused by the platform."""

    def exchange(self, request, attempt_id):
        answer = super().exchange(request, attempt_id)
        return answer if isinstance(answer, Answered) and answer.status == 201 else ANSWERED["422"]


class TimeOutsAreNotSent(SimPlatform):
    """A time-out is taken for a request that never left; other errors are judged rightly."""

    def exchange(self, request, attempt_id):
        answer = super().exchange(request, attempt_id)
        is_late = isinstance(answer, NoAnswer) and answer.error == "ReadTimeout"
        return NoAnswer("ConnectTimeout", "", sending_began=False) if is_late else answer


class RepeatsCreates(SimPlatform):
    """A create without an answer is sent once more by itself."""

    def exchange(self, request, attempt_id):
        answer = super().exchange(request, attempt_id)
        return super().exchange(request, attempt_id) if isinstance(answer, NoAnswer) else answer


class IgnoresNotAfter(SimPlatform):
    """A request is sent however long ago it was announced."""

    def send(self, request, attempt_id, _not_after):
        return super().send(request, attempt_id, float("inf"))


VARIANTS = {
    "no fsync": ("I10", Wiring(store=NoSync)),
    "saved at the end": ("I10", Wiring(store=SavedAtTheEnd)),
    "saved after each create": ("I10", Wiring(store=SavedAfterEachCreate)),
    "ledger truncated in place": ("I2", Wiring(store=LedgerTruncatedInPlace)),
    "state truncated in place": ("I4", Wiring(store=StateTruncatedInPlace)),
    "attempt closed before its outcome is stored": ("I2", Wiring(store=OutcomeBeforeItIsStored)),
    "open attempts forgotten by the next run": ("I1", Wiring(store=ForgetsOpenAttempts)),
    "attempt cleared when find shows nothing": ("I1", Wiring(store=ClearedWhenFindShowsNothing)),
    "lock stolen without compare-and-swap": ("I1", Wiring(store=NoCompareAndSwap)),
    "report given up when it loses a race": ("R7", Wiring(store=GivesUpLostRaces)),
    "no recovery file": ("R7", Wiring(store=NoRecovery)),
    "any error counts as not sent": ("I2", Wiring(platform=ErrorsAreNotSent)),
    "any error counts as refused": ("I2", Wiring(platform=ErrorsAreRefusals)),
    "a time-out counts as not sent": ("I2", Wiring(platform=TimeOutsAreNotSent)),
    "a create repeated by the adapter": ("I1", Wiring(platform=RepeatsCreates)),
    "not_after ignored": ("B3", Wiring(platform=IgnoresNotAfter)),
}
"""What is broken, the rule whose violation gives it away, and the wiring."""
