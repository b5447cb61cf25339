"""A plan file says exactly what the plan says, and every change of it is seen."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
import rfc8785
from builders_ledger import apply_started, created, reported, started, state_of, succeeded
from builders_plan import plan_of, spec
from jsonschema import Draft202012Validator

from volvenctl.adapters.schema_files import document_schema
from volvenctl.errors import StalePlanError
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.outcome import Request
from volvenctl.model.plan import (
    ACTIONS,
    Adopt,
    Blocked,
    Create,
    Keep,
    Money,
    Pause,
    Release,
    Rename,
    Replace,
    Source,
    Start,
    Stop,
    ValueChange,
)
from volvenctl.wire.plan_v1 import plan_document, plan_hash, plan_text
from volvenctl.wire.plan_v1_reader import read_plan

STATE = state_of(
    created(),
    apply_started(),
    started("old", specDigest=spec("old").digest),
    succeeded("S-1", "old"),
    started("odd", "a-2"),
    succeeded("S-2", "odd", "a-2"),
    started("ghost", "a-4"),
    succeeded("S-3", "ghost", "a-4"),
    started("lost", "a-3"),
    reported("unknown", "lost", "a-3", reason="no answer"),
)
RICH = plan_of(
    spec("new"),
    spec("old"),
    spec("odd"),
    spec("lost"),
    spec("blind", notionals=()),
    state=STATE,
    live=(LiveStrategy("S-1", None, {}), LiveStrategy("X", None, {})),
)
PLANS = pytest.mark.parametrize("plan", [RICH, plan_of(), plan_of(spec(), live=None)])


@PLANS
def test_a_plan_is_read_back_as_it_was_made(plan):
    assert read_plan(plan_text(plan).encode()) == plan


@PLANS
def test_a_plan_whose_last_line_end_was_trimmed_is_the_same_plan(plan):
    assert read_plan(plan_text(plan).rstrip("\n").encode()) == plan


@PLANS
def test_a_plan_is_canonical_json_and_its_hash_can_be_recomputed(plan):
    document = json.loads(plan_text(plan))
    assert plan_text(plan) == rfc8785.dumps(document).decode() + "\n"
    stated = document.pop("planHash")
    import hashlib

    assert stated == "sha256:" + hashlib.sha256(rfc8785.dumps(document)).hexdigest()


@PLANS
def test_a_plan_validates_against_the_published_schema(plan):
    Draft202012Validator(document_schema("plan")).validate(plan_document(plan))


def test_the_summary_counts_every_kind_of_action():
    summary = json.loads(plan_text(RICH))["summary"]
    assert {key: value for key, value in summary.items() if value} == {
        "create": 2,
        "keep": 1,
        "blocked": 2,
        "orphaned": 1,
        "unmanaged": 1,
    }


def test_a_changed_byte_is_refused():
    content = plan_text(RICH).encode()
    for index in range(0, len(content), 3):
        damaged = bytearray(content)
        damaged[index] ^= 1
        with pytest.raises(StalePlanError):
            read_plan(bytes(damaged))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"formatVersion":2}',
        b'{"formatVersion":1}',
        b'{"a":1,"a":1}',
        b"[" * 100_000,
        plan_text(RICH).encode() + b" ",
        plan_text(RICH).encode() + b"\n",
        plan_text(RICH).encode().replace(b'"live":false', b'"extra":1,"live":false'),
        json.dumps(json.loads(plan_text(RICH))).encode(),
    ],
)
def test_what_volvenctl_did_not_write_is_refused(content):
    with pytest.raises(StalePlanError):
        read_plan(content)


def resigned(change):
    """Return the plan file after `change` to its document, hash made good."""
    from volvenctl.wire.exact_json import canonical_text, digest_of

    document = json.loads(plan_text(RICH))
    del document["planHash"]
    change(document)
    return (canonical_text({**document, "planHash": digest_of(document)}) + "\n").encode()


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan["actions"][0].update(action="obliterate"),
        lambda plan: plan["actions"][0].update(name=5),
        lambda plan: plan["capital"][0].update(before="much"),
        lambda plan: plan["capital"][0].update(before="9" * 301),
        lambda plan: plan["capital"][0].update(before="1E+301"),
        lambda plan: plan["capital"][0].update(before="Infinity"),
        lambda plan: plan.update(createdAt="yesterday"),
        lambda plan: plan["summary"].update(create=7),
        lambda plan: plan.pop("selection"),
        lambda plan: plan.update(extra=1),
        lambda plan: plan["base"].update(serial=0),
        lambda plan: plan["base"].update(head=None),
        lambda plan: plan["base"].update(lineage=None),
        lambda plan: plan["base"].update(serial=-1),
    ],
)
def test_a_forged_document_that_is_no_plan_is_refused_even_with_its_hash_made_good(change):
    with pytest.raises(StalePlanError, match="cannot be used"):
        read_plan(resigned(change))


def test_a_file_too_large_to_be_a_plan_is_refused_unread():
    with pytest.raises(StalePlanError, match="larger than 64 MiB"):
        read_plan(b" " * (64 * 1024 * 1024 + 1))


def test_a_forged_body_with_a_recomputed_hash_is_still_a_well_formed_plan_so_apply_must_compare():
    from dataclasses import replace

    from volvenctl.wire.plan_v1 import plan_hash

    forged = replace(RICH, environment="production")
    forged = replace(forged, hash=plan_hash(forged))
    assert read_plan(plan_text(forged).encode()).environment == "production"


def every_step():
    """Return a plan with one of each action, one of them open."""
    source, money = Source("a.yaml", 1), Money(Decimal(1), "USDT")
    change = (ValueChange("$.x", None, "1"),)
    create, put = Request("POST", "/create", "{}"), Request("PUT", "/S-1/action/x", "")
    said = ("because", source, change)
    actions = (
        Create("a", *said, create, money),
        Start("b", *said, "S-1", put, money),
        Pause("c", *said, "S-1", put, money),
        Stop("d", *said, "S-1", put, money),
        Replace("e", *said, "S-1", put, create, money),
        Adopt("f", *said, "S-1", money),
        Rename("g", *said, "S-1", "old", money),
        Release("h", *said, "S-1", money),
        Keep("i", "because", source, money),
        Blocked("j", *said, money, "a-1", is_in_doubt=True),
    )
    made = replace(plan_of(), actions=actions)
    return replace(made, hash=plan_hash(made))


def test_each_kind_of_action_is_read_back_as_it_was_written_and_as_its_schema_says():
    made = every_step()
    assert read_plan(plan_text(made).encode()) == made
    Draft202012Validator(document_schema("plan")).validate(json.loads(plan_text(made)))
    assert {word for word, number in made.counts.items() if number} == set(ACTIONS)
