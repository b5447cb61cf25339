"""The lock's document as an object."""

from volvenctl.adapters.object_store import ObjectStore
from volvenctl.model.names import JsonObject
from volvenctl.ports import System
from volvenctl.wire.exact_json import JsonFault, json_text, read_json

_WRITE = "write"


class ObjectCell:
    """A `LockCell` in one object. Each write carries an id, since S3 gives equal contents the same version."""

    def __init__(self, objects: ObjectStore, key: str, system: System) -> None:
        """Use the object `key`, which need not exist."""
        self._objects = objects
        self._key = key
        self._system = system

    def read(self) -> tuple[str, JsonObject] | None:
        """Return the version and the document; None if there is none, an empty document if it is unreadable."""
        found = self._objects.found(self._key)
        if found is None:
            return None
        try:
            document = read_json(found.content)
        except JsonFault:
            document = None
        members = document.items() if isinstance(document, dict) else ()
        return found.version, {name: item for name, item in members if name != _WRITE}

    def put(self, version: str | None, document: JsonObject) -> str | None:
        """Replace `version` and return the new one; None if it changed in between, or so it seems."""
        content = json_text({**document, _WRITE: self._system.new_id()}).encode("ascii") + b"\n"
        return self._objects.replace(self._key, version, content)

    def remove(self, version: str) -> None:
        """Remove the document if it still has this version; stores have no removal on a condition."""
        if self._objects.version(self._key) == version:
            self._objects.remove(self._key)
