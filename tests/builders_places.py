"""Every place that can keep a desk's ledger, on real servers, and a way past its lock."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from builders_git import BRANCH, NOBODY, git, make_remote
from servers.object_servers import BUCKET, azurite, seaweed

from volvenctl.adapters.object_place import read_object_place
from volvenctl.adapters.object_store import ObjectStore
from volvenctl.adapters.system import RealSystem

BACKENDS = ("folder", "git", "s3", "az", "postgresql")
_CLONES = 5
_END_LOCK_HOLDERS = """
    select pg_terminate_backend(pid) from pg_locks
     where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = %s)
"""


@dataclass(frozen=True)
class Place:
    """Where a desk keeps its ledger."""

    roots: tuple[Path, ...]
    """The checkouts of the project: several where the ledger does not tie them to one machine's folder."""
    break_lock: Callable[[], object]
    """Takes the writers' lock from whoever holds it, alive or not."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What leads to the server."""


def open_place(backend, desk, stack: ExitStack, database_server, object_server=None) -> Place:
    """Write the state URL of this backend into the desk's project; servers run until `stack` is closed.

    `database_server` returns the PostgreSQL server, and is called only where one is needed. `object_server` is what
    leads to the server of a bucket that other desks use, too; without it there is a new one.
    """
    match backend:
        case "folder":
            return Place((desk.root,), lambda: (desk.root / "state" / "lock").unlink(missing_ok=True))
        case "git":
            return _git_place(desk)
        case "postgresql":
            server = database_server()
            database = stack.enter_context(server.database())
            _set_state(desk, server.url(database))
            return Place((desk.root,), partial(server.run, _END_LOCK_HOLDERS, database))
        case _:
            return _object_place(backend, desk, stack, object_server or serve_objects(backend, stack))


def serve_objects(backend, stack: ExitStack) -> Mapping[str, str]:
    """Start the server of an object store; return what leads to it, nothing for other backends."""
    starts = {"s3": seaweed, "az": azurite}
    return stack.enter_context(starts[backend]()) if backend in starts else {}


def _git_place(desk):
    """Several clones of one repository, as several runners have."""
    _set_state(desk, f"git:origin/{BRANCH}")
    remote = make_remote(desk.folder / "remote.git")
    git(desk.root, "init", "--quiet", "--initial-branch=main")
    git(desk.root, "add", ".")
    git(desk.root, "commit", "--quiet", "--message=specs")
    git(desk.root, "push", "--quiet", "--force", str(remote), "HEAD:main")
    roots = tuple(desk.folder / f"runner-{number}" for number in range(_CLONES))
    for root in roots:
        git(desk.folder, "clone", "--quiet", "--depth=1", f"file://{remote}", root.name)
    return Place(roots, partial(git, remote, "update-ref", "-d", f"refs/volvenctl/lock/{BRANCH}"), NOBODY)


def _object_place(scheme, desk, stack, variables):
    url = f"{scheme}://{BUCKET}/{desk.folder.name}"
    _set_state(desk, url)
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    for name, value in variables.items():
        patch.setenv(name, value)  # the library looks there for credentials
    objects = ObjectStore(read_object_place(url, variables), RealSystem())
    objects.prove()  # a server takes its time over its first write, and twenty would be told that it is out of reach
    return Place((desk.root,), partial(objects.remove, "lock.json"), variables)


def _set_state(desk, url):
    file = desk.root / "volvenctl.yaml"
    file.write_text(file.read_text().replace("state: state\n", f"state: {url}\n"))
