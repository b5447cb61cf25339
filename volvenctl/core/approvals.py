"""Whether enough people approved a plan: how many it needs, and whose signatures count."""

from collections.abc import Iterable, Sequence

from volvenctl.core.limits import UNKNOWN, is_launch, parts_of
from volvenctl.core.sums import Sum, fits, is_known, sums_of
from volvenctl.core.wording import shown
from volvenctl.errors import NotApprovedError
from volvenctl.model.approval import Rejected, Requirement, SignatureFile, Tally, Verified
from volvenctl.model.limits import ApprovalRules
from volvenctl.model.names import JsonObject
from volvenctl.model.number import normal_text
from volvenctl.model.plan import Plan
from volvenctl.model.record import Draft
from volvenctl.model.spec import Notional, StrategySpec

_HINT = "volvenctl approve PLANFILE --key FILE, by somebody who is not among the plan's authors"


def requirement(plan: Plan, specs: Sequence[StrategySpec], rules: ApprovalRules) -> Requirement:
    """Return how many approvals `plan` needs by the notional that it sets to work; an unknown one needs the most.

    The notional is that of the specs, since a plan file says what whoever made it wanted it to say.

    Raises:
        NotApprovedError: no tier covers the notional.
    """
    sums = sums_of(_launched_parts(plan, specs))
    if not is_known(sums):
        need = max(tier.need for tier in rules.tiers)
        return Requirement(need, "the notional that it sets to work is not known, so that the highest tier applies")
    for tier in rules.tiers:
        if tier.up_to is None or fits(sums, tier.up_to):
            return Requirement(tier.need, f"it sets {_sums_text(sums)} to work")
    raise NotApprovedError(
        f"the plan sets {_sums_text(sums)} to work, and no tier of limits.approvals covers that",
        hint="launch less, or add a last tier without upTo",
    )


def tally(signatures: Iterable[SignatureFile], authors: Iterable[str]) -> Tally:
    """Return which signatures count: one for each person, and none of an author's."""
    counted: list[Verified] = []
    rejected: list[Rejected] = []
    excluded = {author.casefold() for author in authors}
    for item in signatures:
        reason = item.reason if isinstance(item, Rejected) else _objection(item, counted, excluded)
        if isinstance(item, Verified) and not reason:
            counted.append(item)
        else:
            rejected.append(Rejected(item.file, reason))
    return Tally(tuple(counted), tuple(rejected))


def refuse_unapproved(plan: Plan, required: Requirement, found: Tally, authors: Iterable[str]) -> None:
    """Refuse a plan that too few people approved.

    Raises:
        NotApprovedError: says how many it needs and why, who counts, and why the others do not.
    """
    if not required.need:
        return
    if not any(authors):
        raise NotApprovedError(
            "nobody knows who wrote what the plan launches, so that nobody can be told from its authors",
            hint="plan and apply in a git checkout with its whole history (fetch-depth: 0)",
        )
    if len(found.counted) < required.need:
        who = ", ".join(shown(item.principal) for item in found.counted) or "nobody"
        others = "".join(f"; {item.file} does not count: {item.reason}" for item in found.rejected)
        raise NotApprovedError(
            f"the plan {plan.hash} needs {required.need} approvals ({required.reason}) and has "
            f"{len(found.counted)}: {who}{others}",
            hint=_HINT,
        )


def approval_drafts(found: Tally, common: JsonObject) -> tuple[Draft, ...]:
    """Return a `plan.approved` record for each approval that counts; `common` names the plan."""
    return tuple(
        Draft(
            "plan.approved",
            {**common, "principal": item.principal, "keyFingerprint": item.fingerprint, "signature": item.text},
        )
        for item in found.counted
    )


def _objection(item: Verified, counted: Sequence[Verified], excluded: set[str]) -> str:
    """Return why a good signature does not count; nothing if it does."""
    names = {name.casefold() for name in item.principals}
    for name in item.principals:
        if name.casefold() in excluded:
            return f"{shown(name)} is among the plan's authors"
    for other in counted:
        if other.fingerprint == item.fingerprint or names & {name.casefold() for name in other.principals}:
            return f"{shown(item.principal)} counts already, by {other.file}"
    return ""


def _launched_parts(plan: Plan, specs: Sequence[StrategySpec]) -> list[Notional]:
    """Return the notionals of what the plan sets to work; unknown for a name whose spec is gone."""
    by_name = {spec.name: spec for spec in specs}
    names = [item.name for item in plan.actions if is_launch(item)]
    parts = parts_of([by_name[name] for name in names if name in by_name])
    return parts if all(name in by_name for name in names) else [*parts, UNKNOWN]


def _sums_text(sums: Iterable[Sum]) -> str:
    amounts = [f"{normal_text(item.amount)} {item.currency}" for item in sums if item.amount is not None]
    return " and ".join(amounts) or "nothing"
