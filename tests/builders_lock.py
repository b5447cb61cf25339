"""A lock cell in memory, with what a storage may do to it, and machines whose clocks differ."""

from datetime import timedelta

from fakes import FakeSystem

from volvenctl.errors import StorageError
from volvenctl.wire.exact_json import json_text, read_json

ANN = {"user": "ann", "host": "desk-1", "pid": 7}
BOB = {"user": "bob", "host": "runner-2", "pid": 9}


class MemoryCell:
    """A document with a version; `lose_answers` makes puts land without saying so, `is_down` fails every call."""

    def __init__(self):
        self.text = None
        self.version = 0
        self.lose_answers = False
        self.says_conflict = False
        self.is_down = False

    def read(self):
        self._refuse_down()
        return None if self.text is None else (str(self.version), read_json(self.text))

    def put(self, version, document):
        self._refuse_down()
        if version != (None if self.text is None else str(self.version)):
            return None
        self.text = json_text(document)
        self.version += 1
        if self.lose_answers:
            raise StorageError("the answer was lost")
        return None if self.says_conflict else str(self.version)

    def remove(self, version):
        self._refuse_down()
        if version == str(self.version):
            self.text = None

    def _refuse_down(self):
        if self.is_down:
            raise StorageError("the storage is down")


class SharedSystem(FakeSystem):
    """A machine beside another: time passes for both, its time of day is `ahead_s` ahead of the other's."""

    def __init__(self, other, *, ahead_s=0):
        super().__init__()
        self.other = other
        self.ids = 100
        self.start += timedelta(seconds=ahead_s)
        self.while_asleep = lambda: None

    @property
    def seconds(self):
        return self.other.seconds

    @seconds.setter
    def seconds(self, value):
        if hasattr(self, "other"):
            self.other.seconds = value

    def sleep(self, seconds):
        super().sleep(seconds)
        self.while_asleep()
