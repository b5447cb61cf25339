"""The guards on a plan that is about to be carried out or shown: limits, and approvals where they are wanted."""

from dataclasses import replace

from volvenctl.core.approvals import approval_drafts, refuse_unapproved, requirement, tally
from volvenctl.core.limits import check_limits
from volvenctl.core.policy import read_limits
from volvenctl.errors import NotApprovedError
from volvenctl.model.names import JsonObject
from volvenctl.model.plan import Plan
from volvenctl.model.problem import sorted_problems
from volvenctl.model.record import Draft
from volvenctl.model.report import Checked
from volvenctl.model.state import State
from volvenctl.ports import Signatures, World


def limited(world: World, checked: Checked, plan: Plan, state: State) -> Checked | None:
    """Return the findings of `checked` and every limit that carrying out `plan` would break; None if it breaks none.

    `checked` has the specs of everything that the plan sets to work.
    """
    broken = check_limits(plan, checked.specs, state, world.environment)
    return replace(checked, problems=sorted_problems([*checked.problems, *broken])) if broken else None


def approved(
    world: World, saved: Plan | None, fresh: Plan, checked: Checked, signatures: Signatures | None
) -> tuple[Draft, ...]:
    """Return the records of the approvals that count; none where the environment wants none.

    `fresh` is what the checkout says now. Its git authors count beside those that the saved plan names, because
    whoever made that file could have named others.

    Raises:
        NotApprovedError: too few people approved, or it cannot be told.
        VolvenctlError: signatures cannot be verified here.
    """
    rules = read_limits(world.environment.limits).approvals
    plan = saved or fresh
    if rules is None or not plan.steps:
        return ()
    required = requirement(plan, checked.specs, rules)
    if required.need and (saved is None or signatures is None):
        raise NotApprovedError(
            f"the plan needs {required.need} approvals ({required.reason}), and only a saved plan can have any",
            hint="volvenctl plan --out FILE, then volvenctl approve FILE --key KEY, then volvenctl apply FILE",
        )
    authors = _authors(plan, fresh)
    files = signatures.verified(plan.hash, world.system.now()) if signatures else ()
    found = tally(files, authors)
    refuse_unapproved(plan, required, found, authors)
    commit: JsonObject = {} if fresh.checkout.commit is None else {"commit": fresh.checkout.commit}
    return approval_drafts(found, {"planHash": plan.hash, **commit})


def _authors(plan: Plan, fresh: Plan) -> frozenset[str]:
    """Return who may not approve. Who started the run that applies is nobody's author, often the approver."""
    actor = {plan.author.ci_actor} if plan.author.ci_actor else set()
    return frozenset({*plan.author.git_authors, *fresh.author.git_authors, *actor})
