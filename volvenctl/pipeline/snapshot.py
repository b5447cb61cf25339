"""The story of a snapshot: ask the platform for what plans are checked against."""

from volvenctl.model.catalog import Snapshot
from volvenctl.ports import World


def snapshot(world: World) -> Snapshot:
    """Return the user's accounts, and every product of their exchanges: a new spec may name any of them.

    Raises:
        PlatformError, CredentialsError: the platform cannot be read.
    """
    accounts = world.platform.accounts()
    exchanges = sorted({item.exchange for item in accounts})
    return Snapshot(
        environment=world.environment.name,
        taken_at=world.system.now(),
        accounts=accounts,
        products=world.platform.products(exchanges) if exchanges else (),
    )
