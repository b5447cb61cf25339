"""What git says while the tool is run again and again, and how the tool is run."""

import json
from dataclasses import dataclass, replace
from functools import cache, cached_property

from builders_plan import SETTLED_WORDS
from builders_world import environment

from volvenctl.model.problem import Place
from volvenctl.model.project import Project
from volvenctl.model.spec import SpecFile


@dataclass(frozen=True)
class Wanted:
    """One spec in git."""

    name: str
    run_state: str = "running"
    size: int | None = None
    """An edit changes it."""

    @property
    def lifecycle(self):
        state = {} if self.run_state == "running" else {"runState": self.run_state}
        return state if self.size is None else {**state, "onChange": "replace"}


@dataclass(frozen=True)
class Story:
    """The specs of each run of the tool, the last ones for good."""

    revisions: tuple
    words: tuple = ()
    """What the words of `find` mean; nothing if they mean nothing."""
    is_launched: bool = False
    """The first revision was applied before anything goes wrong."""
    has_signals: bool = False
    is_saved: bool = False
    """Each run carries a saved plan out, the same one until it is refused."""
    keep_going: bool = False

    @property
    def names(self):
        return tuple(dict.fromkeys(item.name for revision in self.revisions for item in revision))

    def at(self, number):
        """Return the specs of a run, counted from 0."""
        return self.revisions[min(number, len(self.revisions) - 1)]

    @cached_property
    def environment(self):
        words = dict(self.words)
        return environment(state_key="status", states=words) if words else environment()

    @cached_property
    def project(self):
        environments = {self.environment.name: self.environment}
        return Project("desk", ("strategies/",), None, environments, Place("volvenctl.yaml", 1, 1))


WORDS = tuple(SETTLED_WORDS.items())


def launches(*names, **settings):
    """Return a story in which nobody changes a spec."""
    return Story((tuple(map(Wanted, names)),), **settings)


def _life(*revisions, **settings):
    return Story(revisions, words=WORDS, is_launched=True, **settings)


_RUNNING, _PAUSED, _STOPPED = (Wanted("btc", state) for state in ("running", "paused", "stopped"))
_FIRST, _EDITED, _AGAIN = (Wanted("btc", size=size) for size in (1, 2, 3))

STORIES = {
    "launches": launches("btc", "eth"),
    "one launch": launches("btc"),
    "launches, going on": launches("btc", "eth", keep_going=True),
    "launches, signals": launches("btc", "eth", has_signals=True),
    "launches, saved plans": launches("btc", "eth", is_saved=True),
    "run states": _life((_RUNNING,), (_PAUSED,), (_STOPPED,), (_RUNNING,)),
    "run states, unsaid": replace(_life((_RUNNING,), (_PAUSED,), (_STOPPED,), (_RUNNING,)), words=()),
    "replace": _life((_FIRST,), (_EDITED,)),
    "replaced twice": _life((_FIRST,), (_EDITED,), (_AGAIN,)),
    "edited and stopped": _life((_FIRST,), (_EDITED,), (Wanted("btc", "stopped", 2),), (_EDITED,)),
    "two at once": _life(
        (_FIRST, Wanted("eth")), (_EDITED, Wanted("eth", "paused")), (_EDITED, Wanted("eth", "stopped"))
    ),
    "actions, signals": _life((_FIRST, Wanted("eth")), (_EDITED, Wanted("eth", "paused")), has_signals=True),
    "actions, saved plans": _life(
        (_FIRST, Wanted("eth")), (_EDITED, Wanted("eth", "paused")), (_EDITED, Wanted("eth")), is_saved=True
    ),
}


_PAUSABLE = {"properties": {"autoRun": {"type": "boolean"}}}


class SimSpecs:
    """Specs of a type without rules: what is simulated begins after they were found valid."""

    def __init__(self, revision):
        self._files = tuple(map(_file, revision))
        self._schema = _PAUSABLE if any(item.run_state == "paused" for item in revision) else {}

    def read_all(self):
        return self._files, ()

    def envelope_schema(self):
        return {}

    def type_schemas(self):
        return {"T": self._schema}


@cache
def _file(wanted):
    document = {"apiVersion": "volvenctl/v1", "kind": "Strategy", "metadata": {"name": wanted.name}}
    size = {} if wanted.size is None else {"size": wanted.size}
    lifecycle = {"lifecycle": wanted.lifecycle} if wanted.lifecycle else {}
    spec = {"spec": {"strategyType": "T", "tag": wanted.name, **size}}
    return SpecFile(f"strategies/{wanted.name}.yaml", json.dumps({**document, **lifecycle, **spec}).encode())
