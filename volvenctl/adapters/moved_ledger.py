"""What every ledger store says once its ledger was moved away and sealed."""

from volvenctl.errors import LedgerError


def ledger_moved(where: str, moved_to: str) -> LedgerError:
    """Return the refusal of every write to the ledger at `where`, which goes on at `moved_to`."""
    return LedgerError(
        f"the ledger at {where} was moved to {moved_to} and takes nothing any more",
        hint=f"write  state: {moved_to}  for this environment in volvenctl.yaml",
    )
