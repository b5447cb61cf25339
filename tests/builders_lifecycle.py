"""A world whose platform tells how strategies run, and shorthand to change a spec's lifecycle in it."""

from builders_plan import SETTLED_WORDS
from builders_world import environment, run_apply, spec_text, world_of

from volvenctl.core.fold import fold_all


def telling_world(*names, **settings):
    """Return a world in which the words of `find` have a meaning."""
    env = environment(**{"state_key": "status", "states": SETTLED_WORDS, **settings})
    return world_of(*names, env=env, commit="c" * 40)


def launched_world(*names, **settings):
    """Return such a world with everything launched, as S-1, S-2, ... in the order of the names."""
    world = telling_world(*names, **settings)
    run_apply(world)
    return world


def write_spec(world, name, lifecycle="", size="0.1", metadata=""):
    """Put a spec into git, in place of what it was."""
    extra = f"lifecycle: {{{lifecycle}}}\n" if lifecycle else ""
    text = spec_text(name, size=size, extra=extra)
    world.specs.files[f"strategies/{name}.yaml"] = text.replace(f"{{name: {name}}}", f"{{name: {name}{metadata}}}")


def delete_spec(world, name):
    del world.specs.files[f"strategies/{name}.yaml"]


def state_in(world):
    return fold_all(world.ledger.records)


def records_named(world, *types):
    """Return the data of every record of these types, in order."""
    return [item.data for item in world.ledger.records if item.type in types]
