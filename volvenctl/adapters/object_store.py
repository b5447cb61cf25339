"""Objects that are created and replaced on conditions: the only module that imports obstore.

Two rules make the conditions worth something. A conditional put is never repeated by the library: the second one
would meet the first and report a lost race. And what each put wrote carries an id of its own, so that after any
doubtful answer one look tells whose write is there.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import AzureStore, GCSStore, S3Store

from volvenctl.adapters.object_place import ObjectPlace
from volvenctl.errors import StorageError
from volvenctl.ports import System
from volvenctl.wire.exact_json import json_text, read_json

_WRITE_ID: Final = "volvenctlwrite"
"""The name of the metadata field; Azure takes letters, digits and `_` only."""
_CLIENT: Final = {"timeout": timedelta(seconds=15), "connect_timeout": timedelta(seconds=5)}
"""Totals for one request."""
_READ_RETRIES: Final = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
_NO_RETRIES: Final = {"max_retries": 0}
_STORES: Final[Mapping[str, Any]] = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}
_FAILURES: Final = (BaseError, OSError, ValueError)
"""What obstore raises; some of its errors are Python's own (FileNotFoundError)."""
_REACH: Final = "are the bucket, the end point and the credentials of the environment right, and is the store there?"
_STATUS = re.compile(r"status code: (\d{3}[A-Za-z ]*)")
_CODE = re.compile(r"<Code>([A-Za-z0-9]{1,60})</Code>")


@dataclass(frozen=True, slots=True)
class Found:
    """An object as it was read."""

    content: bytes
    version: str
    write_id: str | None


class ObjectStore:
    """The objects below one prefix. Every method raises StorageError where the store does not do what it should."""

    def __init__(self, place: ObjectPlace, system: System) -> None:
        """Work at `place`; nothing is asked yet.

        Raises:
            StorageError: the settings for it make no sense.
        """
        self.url = place.url
        self._system = system
        self._replaces_by_version = True
        self._doubts: dict[tuple[str, bytes], str] = {}
        """The ids of creates whose fate is not known, by key and content."""
        client = {**_CLIENT, "allow_http": place.allows_http}
        make, settings = _STORES[place.kind], dict(place.settings)
        try:
            self._reading, self._writing = (
                make(
                    place.bucket,
                    prefix=place.prefix or None,
                    config=settings,
                    client_options=client,
                    retry_config=again,
                )
                for again in (_READ_RETRIES, _NO_RETRIES)
            )
        except _FAILURES as error:
            raise self._error("use", error) from error

    def found(self, key: str) -> Found | None:
        """Return the object `key`; None if there is none."""
        try:
            result = obstore.get(self._reading, key)
            return Found(bytes(result.bytes()), _version(result.meta), result.attributes.get(_WRITE_ID))
        except FileNotFoundError:
            return None
        except _FAILURES as error:
            raise self._error(f"read {key} of", error) from error

    def version(self, key: str) -> str | None:
        """Return the version of the object `key`; None if there is none."""
        try:
            return _version(obstore.head(self._reading, key))
        except FileNotFoundError:
            return None
        except _FAILURES as error:
            raise self._error(f"look at {key} of", error) from error

    def keys_after(self, folder: str, start: str) -> list[str]:
        """Return the keys in `folder` that come after `start`, in order. Azurite, for one, does not skip by itself."""
        try:
            pages = obstore.list(self._reading, folder, offset=start, chunk_size=1000)
            return sorted(key for page in pages for item in page if (key := item["path"]) > start)
        except _FAILURES as error:
            raise self._error(f"list {folder} of", error) from error

    def create(self, key: str, content: bytes) -> str | None:
        """Create the object `key` and return its version; None if another's is there.

        An answer that is lost or doubtful is resolved by looking who wrote what is there now. Where that cannot be
        told yet, the same content for the same key later is the same write: it is not taken for another's.
        """
        write_id = self._doubts.pop((key, content), None) or self._system.new_id()
        try:
            return self._put(key, content, "create", write_id)
        except _FAILURES as error:
            self._doubts[key, content] = write_id
            found = self.found(key)
            if found is None:
                raise self._error(f"create {key} in", error) from error
            del self._doubts[key, content]
            return found.version if found.write_id == write_id else None

    def replace(self, key: str, version: str | None, content: bytes) -> str | None:
        """Replace `version` of the object `key` (None: there must be none) and return the new version.

        None: it is another version by now, or so it seems: after a lost answer `content` may be there all the same.
        """
        if version is None:
            return self.create(key, content)
        if not self._replaces_by_version and self.version(key) != version:
            return None
        try:
            mode = read_json(version) if self._replaces_by_version else "overwrite"
            return self._put(key, content, mode, self._system.new_id())
        except (PreconditionError, AlreadyExistsError, FileNotFoundError):
            return None
        except _FAILURES as error:
            raise self._error(f"replace {key} in", error) from error

    def remove(self, key: str) -> None:
        """Remove the object `key`, if it is there."""
        try:
            obstore.delete(self._writing, key)
        except FileNotFoundError:
            return
        except _FAILURES as error:
            raise self._error(f"remove {key} from", error) from error

    def prove(self) -> None:
        """Refuse a store that ignores conditions: with it two runs would both be told that they were first.

        Replacing by version is only for what needs no safety, so a store that cannot do it is used without.

        Raises:
            StorageError: the store does not keep what conditional writes promise, or cannot be written to.
        """
        key = f"probe-{self._system.new_id()}"
        try:
            first = self._probe(key, "create", "first")
            if self._probe(key, "create", "second") is not None:
                raise self._unfit("creates an object that exists already")
            found = self.found(key)
            if first is None or found is None or found.write_id != "first":
                raise self._unfit("does not give back what was stored in it")
            second = self._probe(key, read_json(first), "second")
            is_stale_refused = second != first and self._probe(key, read_json(first), "third") is None
            self._replaces_by_version = second is not None and is_stale_refused
        finally:
            with suppress(StorageError):
                self.remove(key)

    def _probe(self, key: str, mode: Any, word: str) -> str | None:  # noqa: ANN401 - as obstore takes it
        try:
            return self._put(key, word.encode(), mode, word)
        except (AlreadyExistsError, PreconditionError):
            return None
        except _FAILURES as error:
            raise self._error("write to", error) from error

    def _put(self, key: str, content: bytes, mode: Any, write_id: str) -> str:  # noqa: ANN401 - as obstore takes it
        attributes = {_WRITE_ID: write_id, "Content-Type": "application/json"}
        answer = obstore.put(self._writing, key, content, mode=mode, attributes=attributes, use_multipart=False)
        return _version(answer)

    def _unfit(self, what: str) -> StorageError:
        return StorageError(
            f"the store at {self.url} {what}: a ledger in it would not be safe, so nothing was written",
            hint="use a store with conditional writes (AWS S3, Azure Blob, Google Cloud Storage, SeaweedFS, MinIO), "
            "or state: git:REMOTE/BRANCH",
        )

    def _error(self, verb: str, error: BaseException) -> StorageError:
        return StorageError(f"cannot {verb} {self.url}: {_reason(str(error))}", hint=_REACH)


def _version(meta: Any) -> str:  # noqa: ANN401 - ObjectMeta and PutResult have no class at run time
    """Return a text that names a version; a member that is None is refused when it is handed in again."""
    return json_text({name: meta[name] for name in ("e_tag", "version") if meta.get(name) is not None})


def _reason(text: str) -> str:
    """Return what went wrong without what may hold secrets: no address, no query, no body of an answer."""
    status, code = _STATUS.search(text), _CODE.search(text)
    if "169.254.169.254" in text or "Missing" in text:
        return "no credentials were found in the environment"
    if status is not None:
        return f"it answered {status[1].strip()}" + (f" ({code[1]})" if code else "")
    line = text.partition("\n")[0]
    if "HTTP error" in line:
        return "it could not be reached, or gave no answer in time"
    return re.sub(r"\S*(?:\?|://)\S*", "...", line)[:200]
