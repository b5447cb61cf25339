"""What a lock says about its holder, and how that is told to whoever finds it held."""

from collections.abc import Mapping

from volvenctl.errors import LockHeldError
from volvenctl.model.names import JsonObject


def holder_document(operation: str, since: str, actor: JsonObject) -> JsonObject:
    """Return what the holder writes into its lock."""
    return {"operation": operation, "since": since, "actor": actor}


def lock_held(where: str, holder: JsonObject, hint: str) -> LockHeldError:
    """Return the refusal that says who holds the lock at `where`, and since when."""
    actor = holder.get("actor")
    who = actor if isinstance(actor, Mapping) else {}
    person = f"{who.get('user', 'somebody')}@{who.get('host', 'an unknown host')}"
    run = f" pid {who.get('pid', '?')}" + (f" in {who['ci']}" if "ci" in who else "")
    since = holder.get("since", "an unknown time")
    return LockHeldError(
        f"the state is locked ({where}): {holder.get('operation', 'a command')} by {person}{run} since {since}",
        hint=hint,
    )
