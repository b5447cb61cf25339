"""A run of the tool as a process, and everything that may interrupt it.

Every port call is a place where the run may be killed (as long as something changed since the last such place: a kill
after one call is a kill before the next) or suspended for ten minutes, with another run of the tool meanwhile, which
has the specs that git has next.
"""

import signal

PAUSE_S = 600.0


class Killed(BaseException):
    """The process is gone; only what was stored is left of it."""


class Session:
    """One run of the tool, as a process: it may be killed, suspended and run in another's pause."""

    def __init__(self, scene, chance, number, *, is_guest=False):
        self.scene = scene
        self.chance = chance
        self.number = number
        self.is_guest = is_guest
        self.git = scene.next_git if is_guest else scene.git
        """The specs that this run reads."""
        self.is_dead = False
        self.sent = 0
        self.sent_after_signal = None
        """None before a signal."""
        self.received = {}
        """Attempt and id of every 201 that came back whole."""
        self.looked = None
        """What `find` showed last; None if it failed."""
        self.looked_at = 0
        """So many records were known to this run then."""
        self.view = 0
        """So many records this run has read or stored."""
        self.is_timed = False
        """It looked at the clock, and will again."""
        self._ids = 0
        self._guests = 0
        self._seen_version = scene.version

    def draw(self, place, normal, *faults):
        if self.is_guest and not self.chance.is_thorough and place != "send":
            return normal
        return self.chance.draw(f"run {self.number}, {place}", normal, *faults)

    def pause(self, place, *, is_quiet=False):
        """Let the world interrupt this run before a port call.

        A quiet call neither sees nor changes what runs share: a pause before it is as good as one before the next.
        """
        if self.is_dead:
            raise Killed
        suspensions = () if is_quiet or self.is_guest else self._suspensions()
        event = self.draw(f"before {place}", "go on", *self._deaths(), *suspensions, *self._signals())
        self._seen_version = self.scene.version
        if event == "killed":
            self.die()
        elif event == "power loss":
            self.die(power=True)
        elif event == "SIGTERM":
            self.sent_after_signal = 0
            signal.getsignal(signal.SIGTERM)(signal.SIGTERM, None)
        elif event != "go on":
            self._suspend(event)

    def die(self, *, power=False, torn=False):
        self.is_dead = True
        disk = self.scene.disk
        if power:
            disk.lose_power(torn=torn)
        if disk.holder == self.number:
            disk.holder = None
        raise Killed

    def new_id(self):
        self._ids += 1
        return f"{self.number}-{self._ids}"

    def has_sent(self):
        """Note that a request reached the platform."""
        self.sent += 1
        self.scene.version += 1
        if self.sent_after_signal is not None:
            self.sent_after_signal += 1

    def _signals(self):
        """Return the signal that the run heeds; where it heeds none it is killed by it, which is tried anyway."""
        if self.is_guest or not self.scene.story.has_signals or self.sent_after_signal is not None:
            return ()
        return ("SIGTERM",) if callable(signal.getsignal(signal.SIGTERM)) else ()

    def _deaths(self):
        if self._seen_version == self.scene.version:
            return ()
        return ("killed", "power loss") if self.scene.disk.synced < len(self.scene.disk.records) else ("killed",)

    def _suspensions(self):
        """Return how this run may be suspended; where nobody else can get in, only if time itself matters."""
        if self.scene.disk.holder != self.number:
            return ("suspended, another run",)
        alone = ("suspended, another run refused",) if self.is_timed else ()
        person = ("suspended, lock broken, resolved and another run",) if self.scene.disk.open_ids() else ()
        return (*alone, "suspended, lock broken, another run", *person)

    def _suspend(self, event):
        scene = self.scene
        scene.seconds += PAUSE_S
        if "lock broken" in event:
            scene.disk.holder = None
        before = scene.disk.key()
        if "resolved" in event:
            scene.resolve_all(self.chance, f"{self.number}p{self._guests}")
        code = scene.run(self.chance, f"{self.number}{'bcdefgh'[self._guests]}", is_guest=True)
        self._guests += 1
        if "refused" in event:
            scene.invariants.require(
                "B1", code == 6 and scene.disk.key() == before, "a run got past a lock that is held"
            )
