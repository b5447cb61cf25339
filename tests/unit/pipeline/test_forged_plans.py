"""A plan file with a hash of its own that says something else than the checkout, the policy or the ledger."""

import json

import pytest
from builders_world import make_plan_of, run_apply, spec_text, world_of

from volvenctl.errors import Exit, StalePlanError
from volvenctl.wire.exact_json import digest_of, read_json
from volvenctl.wire.plan_v1 import plan_text
from volvenctl.wire.plan_v1_reader import read_plan


@pytest.fixture
def world():
    """A world in which `old` is launched and `new` and `other` are to be."""
    world = world_of("old", commit="c" * 40)
    assert run_apply(world).exit == Exit.OK
    for name in ("new", "other"):
        world.specs.files[f"strategies/{name}.yaml"] = spec_text(name)
    return world


def forged(world, *path, value):
    """Return the world's plan with another value at `path`, and a hash that fits."""
    document = json.loads(plan_text(make_plan_of(world)))
    target = document
    for step in path[:-1]:
        target = target[step]
    assert target[path[-1]] != value
    target[path[-1]] = value
    del document["planHash"]
    document["planHash"] = digest_of(document)
    from volvenctl.wire.exact_json import canonical_text

    return canonical_text(read_json(json.dumps(document))).encode()


OTHER_DIGEST = "sha256:" + "0" * 64

MUTATIONS = {
    "environment": (("environment",), "production", "for environment 'production', not for 'sandbox'"),
    "live": (("live",), True, "was changed in volvenctl.yaml"),
    "expiry": (("expiresAt",), "2026-01-02T03:04:05.000Z", "the plan expired at 2026-01-02 03:04:05"),
    "policy": (("digests", "policy"), OTHER_DIGEST, "was changed in volvenctl.yaml"),
    "lineage": (("base", "lineage"), "another", "the plan was made on ledger another"),
    "serial": (("base", "serial"), 1, "the ledger has another history than the plan at seq 1"),
    "head": (("base", "head"), OTHER_DIGEST, "the ledger has another history than the plan"),
    "selection": (("selection", "only"), ["other"], "new: the plan says create, the checkout now says nothing"),
    "labels": (("selection", "labels"), ["desk=x"], "new: the plan says create, the checkout now says nothing"),
    "name": (("actions", 0, "name"), "mew", "mew: the plan says create, the checkout now says nothing"),
    "body": (("actions", 0, "request", "body"), "{}", "new: the plan says create, the checkout now says another"),
    "path": (("actions", 0, "request", "path"), "/x", "new: the plan says create, the checkout now says another"),
    "method": (("actions", 0, "request", "method"), "PUT", "new: the plan says create, the checkout now says"),
}


@pytest.mark.parametrize(("path", "value", "reason"), MUTATIONS.values(), ids=MUTATIONS)
def test_each_bound_field_is_compared(world, path, value, reason):
    saved = read_plan(forged(world, *path, value=value))
    sent = len(world.platform.sent)
    with pytest.raises(StalePlanError) as caught:
        run_apply(world, saved=saved)
    assert reason in caught.value.message
    assert caught.value.exit == Exit.STALE
    assert len(world.platform.sent) == sent


@pytest.mark.parametrize(("path", "value", "reason"), MUTATIONS.values(), ids=MUTATIONS)
def test_the_same_without_a_new_hash_is_seen_at_once(world, path, value, reason):
    honest = json.loads(plan_text(make_plan_of(world)))["planHash"]
    content = forged(world, *path, value=value)
    own = json.loads(content)["planHash"]
    with pytest.raises(StalePlanError, match="changed after it was made"):
        read_plan(content.replace(own.encode(), honest.encode()))


def test_an_action_of_another_kind_is_refused(world):
    document = json.loads(plan_text(make_plan_of(world)))
    kept = next(item for item in document["actions"] if item["action"] == "keep")
    launch = next(item for item in document["actions"] if item["name"] == "new")
    content = forged(world, "actions", document["actions"].index(kept), value={**launch, "name": "old"})
    text = json.loads(content)
    text["summary"] = {**text["summary"], "create": text["summary"]["create"] + 1, "keep": 0}
    del text["planHash"]
    text["planHash"] = digest_of(text)
    from volvenctl.wire.exact_json import canonical_text

    saved = read_plan(canonical_text(text).encode())
    with pytest.raises(StalePlanError, match="old: the plan says create, the checkout now says keep"):
        run_apply(world, saved=saved)


def test_what_is_not_bound_may_differ(world):
    saved = read_plan(forged(world, "source", "branch", value="proposal"))
    assert run_apply(world, saved=saved).exit == Exit.OK
