"""What `approve` prints for people."""

from volvenctl.model.plan import Plan
from volvenctl.render.safe import safe
from volvenctl.render.style import PLAIN, Palette
from volvenctl.render.text import moment_text, page


def approval_text(plan: Plan, principal: str, file: str, palette: Palette = PLAIN) -> str:
    """Return what was signed, as whom, until when it is of use, and where the signature is."""
    return page(
        [
            f"{palette.good('approved')} plan {plan.hash}",
            f"  environment {safe(plan.environment)}, expires {moment_text(plan.expires_at)}",
            f"  as {safe(principal)}, in {safe(file)}",
        ]
    )
