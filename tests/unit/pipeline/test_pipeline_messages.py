"""Word for word: what the pipeline tells its reader, and what it keeps in the ledger."""

import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from builders_ledger import apply_started, apply_started_blind, created, records_of, reported, resolved, started
from builders_ledger import succeeded as launched
from builders_world import ACCOUNTS, PRODUCTS, environment, make_plan_of, run_apply, spec_text, types_in, world_of
from fakes import FakeAudience, FakePlatform, FakeSystem, MemoryLedger

from volvenctl.core.fold import fold_all
from volvenctl.errors import VolvenctlError
from volvenctl.model.outcome import Answered, NotSent, Unknown
from volvenctl.model.project import ApiSettings
from volvenctl.model.record import Draft
from volvenctl.pipeline import audit, resolve, state
from volvenctl.pipeline.journal import Journal
from volvenctl.pipeline.status import status
from volvenctl.wire.exact_json import digest_of_text
from volvenctl.wire.state_v1 import state_document

COMMIT = "c" * 40
BODY = (
    '{"strategyType":"SMO","accountId":"99998","productCode":"btcusdt_f","side":"BUY","size":0.1,'
    '"priceLimit":95000,"autoRun":true}'
)
NEW_PLAN = "make and review a new plan: volvenctl plan --out FILE"
TOO_MANY = Answered(429, b"", complete=True, retry_after="3")
DEDICATED = "the only candidate of the only open attempt; api.dedicatedUser says that nobody else launches"

DONE = {"planned": 1, "succeeded": 1, "open": 0}
NOT_DONE = {"planned": 1, "succeeded": 0}


def facts_of(world):
    return [(item.type, dict(item.data)) for item in world.ledger.records]


def refusal(call, *arguments, **options):
    with pytest.raises(VolvenctlError) as caught:
        call(*arguments, **options)
    return int(caught.value.exit), caught.value.message, caught.value.hint


def api(**changes):
    return ApiSettings("https://volven.example", **changes)


def dedicated():
    return environment(api=api(dedicated_user=True))


def keep(world, *drafts, with_state=True):
    """Put the drafts into the ledger of `world`, and a state file of them."""
    world.ledger.records = list(records_of(*drafts))
    if with_state:
        world.ledger.write_state(state_document(fold_all(world.ledger.records)))
    return world


def open_world(*names, env=None):
    """Return a world with one open attempt of btc that was looked at before it was made."""
    world = world_of(*(names or ("btc",)), env=env)
    return keep(world, created(), apply_started("S-old"), started(), reported("unknown", reason="no answer"))


def after_the_wait(world):
    world.system.seconds += 70
    return world


# --- the records of an apply ---


def test_an_apply_writes_exactly_these_records():
    world = world_of("btc", commit=COMMIT)
    plan = make_plan_of(world)
    report = run_apply(world)
    common = {"planHash": report.plan.hash, "commit": COMMIT}
    assert report.plan.hash == plan.hash
    assert facts_of(world) == [
        ("ledger.created", {**common, "lineage": "id-0001", "formatVersion": 1, "environment": "sandbox"}),
        ("apply.started", {**common, "snapshot": [], "warnings": []}),
        (
            "attempt.started",
            {
                "name": "btc",
                "attemptId": "id-0002",
                **common,
                "apply": 2,
                "action": "create",
                "method": "POST",
                "path": "/strategy-orchestrator/strategies/action/create",
                "body": BODY,
                "bodyDigest": digest_of_text(BODY),
                "strategyType": "SMO",
                "accountIds": ["99998"],
                "specDigest": "sha256:9381a58cea52cf4e19f97238a200cd18f0039e1640c1e268772b6ea831847bd1",
                "notional": [{"accountId": "99998", "currency": "USDT", "amount": "9500.0"}],
                "runState": "running",
                "protect": False,
                "labels": {},
                "source": {"file": "strategies/btc.yaml", "line": 1},
                "timeoutSeconds": 10,
            },
        ),
        ("attempt.succeeded", {"name": "btc", "attemptId": "id-0002", **common, "apply": 2, "strategyId": "S-1"}),
        ("apply.finished", {**common, "apply": 2, "exit": 0, "whole": True, "counts": DONE}),
    ]
    assert {(item.time, str(dict(item.actor))) for item in world.ledger.records} == {
        ("2026-01-02T03:04:05.678Z", "{'user': 'ann', 'host': 'desk-1', 'pid': 7}")
    }
    assert world.ledger.read_state() == state_document(fold_all(world.ledger.records))


def test_without_a_commit_no_record_speaks_of_one():
    world = world_of("btc")
    run_apply(world)
    assert all("commit" not in data for _, data in facts_of(world))


@pytest.mark.parametrize(
    ("step", "kind", "said", "code"),
    [
        (
            Answered(400, b'{"errors":[{"field":"size","description":"too big"}]}', complete=True),
            "refused",
            {"status": 400, "errors": [{"field": "size", "description": "too big"}]},
            7,
        ),
        ("refused-connection", "not-sent", {"reason": 'the request was not sent (ConnectError: "refused")'}, 7),
        ("lost", "unknown", {"reason": 'no answer (ReadTimeout: "no answer")'}, 4),
    ],
)
def test_an_outcome_other_than_success_is_kept_with_its_reason(step, kind, said, code):
    world = world_of("btc")
    world.platform.script = [step]
    report = run_apply(world)
    common = {"planHash": report.plan.hash, "apply": 2}
    assert facts_of(world)[3:] == [
        (f"attempt.{kind}", {"name": "btc", "attemptId": "id-0002", **common, **said}),
        (
            "apply.finished",
            {**common, "exit": code, "whole": True, "counts": {**NOT_DONE, "open": int(kind == "unknown")}},
        ),
    ]
    assert report.exit == code


def test_the_snapshot_is_sorted_and_the_counts_are_of_the_whole_run():
    world = world_of("a", "b", "c")
    world.platform.created = ["S-z", "S-a"]
    world.platform.script = ["ok", "lost"]
    run_apply(world)
    assert facts_of(world)[1][1]["snapshot"] == ["S-a", "S-z"]
    assert facts_of(world)[-1][1]["counts"] == {"planned": 3, "succeeded": 1, "open": 1}


@pytest.mark.parametrize(
    ("env", "warning"),
    [
        (environment(api=api(find="none")), "api.find is none: what runs at the platform is not compared"),
        (environment(), "find answered 404: what runs at the platform is not compared"),
    ],
)
def test_an_apply_that_cannot_look_keeps_why(env, warning):
    world = world_of("btc", env=env)
    world.platform.has_find = False
    report = run_apply(world)
    assert facts_of(world)[1] == (
        "apply.started",
        {"planHash": report.plan.hash, "snapshot": None, "warnings": [warning]},
    )
    assert report.plan.warnings == (warning,)


def test_the_first_record_of_a_live_ledger_names_its_environment():
    world = world_of(env=environment(name="desk", live=True))
    log = state.init(world)
    assert facts_of(world) == [
        ("ledger.created", {"lineage": "id-0001", "formatVersion": 1, "environment": "desk"}),
    ]
    assert (log.lineage, log.environment, log.records, log.notices) == (
        "id-0001",
        "desk",
        tuple(world.ledger.records),
        (),
    )
    assert world.ledger.read_state()["serial"] == 1


# --- how requests are sent ---


class _LockedSystem(FakeSystem):
    """A system whose ids stay unique though several workers ask at once."""

    def __init__(self):
        super().__init__()
        self.guard = threading.Lock()

    def new_id(self):
        with self.guard:
            return super().new_id()


class _CrowdedPlatform(FakePlatform):
    """Holds its first requests until as many are in flight as expected, and then until one more would have come."""

    def __init__(self, expected):
        super().__init__(ACCOUNTS, PRODUCTS)
        self.expected, self.turn = expected, threading.Condition()
        self.in_flight = self.most = 0
        self.is_judged = False

    def send(self, request, attempt_id, not_after):
        with self.turn:
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
            self.turn.notify_all()
            self.turn.wait_for(lambda: self.most >= self.expected, 10)
            if not self.is_judged:
                self.turn.wait_for(lambda: self.is_judged or self.most > self.expected, 0.2)
                self.is_judged = True
                self.turn.notify_all()
            self.in_flight -= 1
            return super().send(request, attempt_id, not_after)


@pytest.mark.parametrize(
    ("is_live", "asked", "expected"), [(False, None, 4), (True, None, 1), (False, 2, 2), (True, 3, 3)]
)
def test_one_request_is_in_flight_where_it_is_live_and_four_elsewhere(is_live, asked, expected):
    world = replace(
        world_of(*"abcdef", env=environment(live=is_live)),
        platform=_CrowdedPlatform(expected),
        system=_LockedSystem(),
    )
    if is_live:
        state.init(world)
    assert run_apply(world, parallelism=asked).exit == 0
    assert world.platform.most == expected
    assert len(world.platform.created) == 6


class _DatedPlatform(FakePlatform):
    """Remembers until when each request might leave, and for which attempt."""

    def __init__(self):
        super().__init__(ACCOUNTS, PRODUCTS)
        self.dates = []

    def send(self, request, attempt_id, not_after):
        self.dates.append((attempt_id, not_after))
        return super().send(request, attempt_id, not_after)


def test_a_request_leaves_within_five_seconds_counted_from_before_its_record():
    world = replace(world_of("btc", "eth"), platform=_DatedPlatform())

    def slow(_records):
        world.system.seconds += 2.0

    world.ledger.before_append = slow
    run_apply(world)
    assert world.platform.dates == [("id-0002", 1007.0), ("id-0003", 1009.0)]


class _WatchedSystem(FakeSystem):
    """Remembers every wait."""

    def __init__(self):
        super().__init__()
        self.waits = []

    def sleep(self, seconds):
        self.waits.append(seconds)
        super().sleep(seconds)


@pytest.mark.parametrize(
    ("retry_after", "waits"),
    [("3", [0.5] * 6), ("1", [0.5] * 2), ("", [0.5] * 2), ("3600", [0.5] * 60), ("0", [])],
)
def test_what_is_put_off_waits_as_long_as_it_was_told(retry_after, waits):
    world = replace(world_of("btc"), system=_WatchedSystem())
    world.platform.script = [Answered(429, b"", complete=True, retry_after=retry_after)]
    assert run_apply(world).exit == 0
    assert world.system.waits == waits


def test_what_is_put_off_is_sent_five_times_in_all_each_time_as_a_new_attempt():
    world = replace(world_of("btc"), platform=_DatedPlatform())
    world.platform.script = [TOO_MANY] * 9
    report = run_apply(world)
    assert world.platform.dates == [
        ("id-0002", 1005.0),
        ("id-0003", 1008.0),
        ("id-0004", 1011.0),
        ("id-0005", 1014.0),
        ("id-0006", 1017.0),
    ]
    assert report.results[0].outcome == NotSent("the platform puts requests off (429)", 3.0)
    assert report.results[0].attempt_id == "id-0006"
    assert types_in(world)[2:-1] == ["attempt.started", "attempt.not-sent"] * 5
    assert facts_of(world)[3][1] == {
        "name": "btc",
        "attemptId": "id-0002",
        "planHash": report.plan.hash,
        "apply": 2,
        "reason": "the platform puts requests off (429)",
    }
    assert (report.exit, facts_of(world)[-1][1]["exit"]) == (7, 7)


# --- results that the ledger does not take ---


def _failing(world, times):
    def fail():
        world.ledger.fail_appends = times

    world.platform.before_send = fail
    return world


def test_a_result_that_the_ledger_does_not_take_is_kept_whole_beside_it():
    world, audience = _failing(world_of("btc", "eth", commit=COMMIT), 2), FakeAudience()
    report = run_apply(world, audience)
    assert world.ledger.kept == {
        "recovery-id-0002.json": {
            "type": "attempt.succeeded",
            "data": {
                "name": "btc",
                "attemptId": "id-0002",
                "planHash": report.plan.hash,
                "commit": COMMIT,
                "apply": 2,
                "strategyId": "S-1",
            },
        }
    }
    assert audience.notices == [
        "btc: the result could not be stored (the disk is full); it is in recovery-id-0002.json"
    ]
    assert report.results[0].outcome == Unknown(
        "its result could not be stored in the ledger; it was written to recovery-id-0002.json"
    )
    assert (report.exit, len(world.platform.sent), report.results[1].outcome) == (4, 1, None)
    assert report.notices == ("the disk is full",)


def test_a_run_whose_end_cannot_be_recorded_says_so():
    report = run_apply(_failing(world_of("btc"), 99))
    assert report.notices == ("the end of this run could not be recorded: the disk is full",)
    assert report.exit == 4


def test_a_write_that_fails_once_is_tried_again():
    world = _failing(world_of("btc"), 1)
    assert (run_apply(world).exit, world.ledger.kept) == (0, {})


def test_the_next_apply_takes_in_what_was_kept_and_says_so():
    world, audience = _failing(world_of("btc"), 2), FakeAudience()
    run_apply(world)
    world.platform.before_send = lambda: None
    report = run_apply(world, audience)
    assert audience.notices == ["recovery-id-0002.json: its result (attempt.succeeded) is in the ledger now"]
    assert report.notices == tuple(audience.notices)
    assert (report.exit, world.ledger.kept, len(world.platform.sent)) == (0, {}, 1)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"type": "attempt.succeeded", "data": []},
        {"type": "apply.finished", "data": {"attemptId": "a", "name": "btc"}},
        {"type": "attempt.succeeded", "data": {"attemptId": 1, "name": "btc"}},
        {"type": "attempt.succeeded", "data": {"attemptId": "a", "name": None}},
    ],
)
def test_a_damaged_recovery_file_is_named(document):
    world = open_world()
    world.ledger.kept = {"recovery-a.json": document}
    assert refusal(run_apply, world) == (
        1,
        "the recovery file recovery-a.json is damaged",
        "repair it by hand, or move it away",
    )
    assert (world.ledger.kept, world.platform.sent) == ({"recovery-a.json": document}, [])


def test_a_run_that_was_overtaken_announces_nothing_more():
    world = world_of()
    journal = Journal(world.ledger, world.system, fold_all(()))
    journal.announce(created())
    head = fold_all(world.ledger.records).head
    world.ledger.records.extend(records_of(apply_started(), head=head))
    journal.report(Draft("apply.finished", {"planHash": "sha256:" + "1" * 64, "apply": 2, "exit": 0, "counts": {}}))
    assert refusal(journal.announce, started(apply=2)) == (
        6,
        "another writer used the state while this run was suspended; nothing more is sent",
        "run the command again; it starts from what the other run left",
    )
    assert types_in(world) == ["ledger.created", "apply.started", "apply.finished"]


# --- saved plans ---


def test_a_plan_of_another_environment_is_refused():
    saved = make_plan_of(world_of("btc", env=environment(name="desk")))
    assert refusal(run_apply, world_of("btc"), saved=saved) == (
        5,
        "the plan is for environment 'desk', not for 'sandbox'",
        "volvenctl -e desk apply PLANFILE",
    )


def test_a_plan_that_expired_is_refused_from_that_very_moment_on():
    world = world_of("btc")
    saved = make_plan_of(world)
    moment = saved.expires_at
    world.system.seconds += (moment - world.system.now()).total_seconds()
    assert refusal(run_apply, world, saved=saved) == (
        5,
        f"the plan expired at {moment:%Y-%m-%d %H:%M:%S} UTC",
        NEW_PLAN,
    )
    world.system.start -= timedelta(milliseconds=1)
    assert run_apply(world, saved=saved).exit == 0


def test_a_plan_made_under_other_settings_is_refused():
    world = world_of("btc")
    saved = make_plan_of(world)
    changed = replace(world, environment=environment(definition={"api": {"url": "https://other.example"}}))
    assert refusal(run_apply, changed, saved=saved) == (
        5,
        "environment 'sandbox' was changed in volvenctl.yaml since the plan was made",
        NEW_PLAN,
    )


def test_a_plan_of_another_ledger_is_refused():
    world = open_world("eth")
    saved = make_plan_of(world)
    keep(world, Draft("ledger.created", {"lineage": "L-2", "formatVersion": 1, "environment": "sandbox"}))
    world.ledger.state = None
    assert refusal(run_apply, world, saved=saved) == (
        5,
        "the plan was made on ledger L-1, and this is L-2",
        NEW_PLAN,
    )


def test_a_plan_that_was_carried_out_is_refused():
    world = world_of("btc")
    saved = make_plan_of(world)
    run_apply(world, saved=saved)
    assert refusal(run_apply, world, saved=saved) == (
        5,
        "this plan was carried out already: nothing is left to do",
        NEW_PLAN,
    )


def test_a_strategy_that_changed_since_the_plan_is_refused():
    world = world_of("btc")
    saved = make_plan_of(world)
    run_apply(world, saved=None)
    assert refusal(run_apply, world, saved=replace(saved, hash="sha256:" + "9" * 64)) == (
        5,
        "btc changed in the state since the plan was made",
        NEW_PLAN,
    )


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"strategies/eth.yaml": spec_text("eth")}, "nothing"),
        ({"strategies/btc.yaml": spec_text("btc", "0.2")}, "another request"),
    ],
)
def test_a_checkout_that_says_something_else_is_refused(files, said):
    world = world_of("btc")
    saved = make_plan_of(world)
    world.specs.files = files
    assert refusal(run_apply, world, saved=saved) == (
        5,
        f"btc: the plan says create, the checkout now says {said}",
        NEW_PLAN,
    )


def test_a_spec_that_became_invalid_at_the_platform_is_told_from_one_that_was_edited():
    world = world_of("btc")
    saved = make_plan_of(world)
    world.platform.offered_products = (replace(PRODUCTS[0], min_size=Decimal("0.5")),)
    code, message, hint = refusal(run_apply, world, saved=saved)
    assert (code, hint) == (5, "see all with `volvenctl validate`, then make and review a new plan")
    assert message.startswith("the plan is no longer valid at the platform: strategies/btc.yaml:9:")
    assert "0.5" in message


def test_what_the_checkout_says_beyond_the_plan_is_told():
    world, audience = world_of("btc", "eth"), FakeAudience()
    saved = make_plan_of(world_of("btc"))
    run_apply(world, audience, saved=saved)
    assert audience.notices == ["eth: the checkout also says create; that is not part of this plan"]
    assert world.platform.created == ["S-1"]


def test_an_error_beside_an_open_attempt_names_the_attempt_too():
    attempts = (started("eth", "a-2"), started("btc", "a-1"))
    world = keep(world_of("btc"), created(), apply_started(), *attempts)
    world.platform.find = _unreachable
    assert refusal(run_apply, world) == (
        4,
        "the platform is away; and the outcome is unknown for btc, eth",
        "see what there is with `volvenctl resolve`",
    )


def _unreachable():
    raise VolvenctlError("the platform is away")


# --- opening the state ---


def test_a_live_environment_without_a_ledger_is_refused():
    world = world_of("btc", env=environment(name="desk", live=True))
    said = (
        1,
        "the live environment 'desk' has no ledger at memory",
        "if this is its first use: volvenctl -e desk state init",
    )
    assert refusal(make_plan_of, world) == said
    assert refusal(run_apply, world) == said
    assert world.ledger.records == []


def test_the_ledger_of_another_environment_is_refused():
    world = keep(world_of("btc"), created("desk"))
    assert refusal(make_plan_of, world) == (
        1,
        "the ledger at memory belongs to environment 'desk', not to 'sandbox'",
        "give each environment a state of its own in volvenctl.yaml",
    )


@pytest.mark.parametrize("look", [make_plan_of, run_apply, audit.log])
def test_a_ledger_that_was_cut_is_refused(look):
    world = open_world()
    del world.ledger.records[2:]
    ends_at = {make_plan_of: 3}.get(look, 2)
    assert refusal(look, world) == (
        1,
        f"the ledger ends at seq {ends_at}, but the state file knows seq 4: it was cut",
        "restore ledger.jsonl from a copy that has all records",
    )


@pytest.mark.parametrize("look", [run_apply, audit.log])
def test_a_ledger_that_is_missing_is_refused(look):
    world = open_world()
    world.ledger.records = []
    assert refusal(look, world) == (
        1,
        "the ledger is missing, but the state file knows 4 records",
        "restore ledger.jsonl from a copy; without it volvenctl cannot know what it launched",
    )


@pytest.mark.parametrize("look", [make_plan_of, run_apply, audit.log])
def test_a_ledger_with_another_history_is_refused(look):
    world = open_world()
    keep(world, created(), apply_started("S-other"), started(), reported("unknown", reason="x"), with_state=False)
    assert refusal(look, world) == (
        1,
        "the state file and the ledger have different histories at seq 4",
        "restore both from copies of the same moment",
    )


@pytest.mark.parametrize(("text", "what"), [(None, "missing"), ('{"serial":4}', "damaged")])
def test_a_state_that_was_folded_again_is_told(text, what):
    world = open_world()
    world.ledger.state = text
    document, notices = state.current(world)
    assert notices == (f"the state file is {what}: the state was folded again from the ledger",)
    assert document == state_document(fold_all(world.ledger.records))
    assert state.rebuild(world) == (document, notices)
    assert state.rebuild(world) == (document, ())


def test_a_state_that_exists_is_not_created_again():
    world = open_world()
    assert refusal(state.init, world) == (
        1,
        "the state of environment 'sandbox' exists already at memory",
        "look at it with `volvenctl state show`",
    )


def test_where_there_is_no_ledger_nothing_is_folded_or_verified():
    world = world_of("btc")
    assert refusal(state.rebuild, world) == (
        1,
        "environment 'sandbox' has no ledger at memory",
        "there is nothing to fold; the first apply creates it",
    )
    assert refusal(audit.log, world) == (
        1,
        "environment 'sandbox' has no ledger at memory",
        "the first apply creates it (in a live environment: volvenctl state init)",
    )
    assert world.ledger.state is None


def test_an_audit_without_a_state_file_says_what_it_could_not_compare():
    world = keep(world_of(), created(), with_state=False)
    assert audit.log(world).notices == ("there is no state file to compare the end of the ledger with",)


def test_a_free_lock_is_called_free():
    assert state.unlock(world_of()) == "The state of environment sandbox is not locked."


# --- plan and status ---


def test_a_folder_without_specs_beside_launched_strategies_is_refused():
    world = keep(world_of(), created(), apply_started(), started(), launched("S-1"))
    assert refusal(make_plan_of, world) == (
        3,
        "there is no spec in git, but the state has 1 strategies",
        "is this the right folder? If it is meant: --allow-empty (it stops nothing)",
    )


def test_a_live_environment_whose_platform_has_no_find_is_refused():
    world = keep(world_of("btc", env=environment(live=True)), created())
    world.platform.has_find = False
    assert refusal(make_plan_of, world)[1:] == (
        "find answered 404; in a live environment nothing is launched without it",
        "check api.url; if the platform has no find, say so: api: {find: none}",
    )


def test_a_selection_that_matches_nothing_is_told():
    plan = make_plan_of(world_of("btc"), only=("x*",))
    assert plan.warnings == ("no spec matches the selection: nothing is looked at",)


def test_a_name_that_nobody_knows_has_no_status():
    assert refusal(status, world_of("btc"), ("btc", "zzz", "yyy")) == (
        64,
        "there is no strategy 'yyy' in git or in the state",
        "volvenctl status",
    )


def test_each_strategy_is_summed_up_in_its_own_words():
    world = world_of("edited", "gone", "live", "new")
    assert {item.summary for item in status(world, ()).rows} == {"not launched"}
    world.specs.files.pop("strategies/new.yaml")
    run_apply(world)
    world.specs.files["strategies/new.yaml"] = spec_text("new")
    world.specs.files["strategies/edited.yaml"] = spec_text("edited", "0.2")
    world.platform.hidden = {"S-2"}
    assert {item.name: item.summary for item in status(world, ()).rows} == {
        "edited": "edited",
        "gone": "gone",
        "live": "live",
        "new": "not launched",
    }
    world.specs.files.pop("strategies/live.yaml")
    [row] = status(world, ("live",)).rows
    assert (row.summary, row.strategy_id, row.notional) == (
        "orphaned",
        "S-3",
        {"amount": "9500.0", "currency": "USDT"},
    )


# --- resolving ---

LOOK = "see what there is with `volvenctl resolve`"
RESOLVED = {"name": "btc", "attemptId": "a-1"}


def in_sight(world, *ids):
    world.platform.created = list(ids)
    return world


def test_an_adoption_is_kept_word_for_word():
    world = in_sight(open_world(), "S-new", "S-old")
    answer = resolve.adopt(world, "btc", "S-new", "ann saw it")
    assert facts_of(world)[4:] == [
        ("attempt.resolved", {**RESOLVED, "resolution": "adopted", "strategyId": "S-new", "reason": "ann saw it"}),
    ]
    assert (answer.name, answer.resolution, answer.strategy_id, answer.attempts, answer.notices) == (
        "btc",
        "adopted",
        "S-new",
        (),
        (),
    )
    assert world.ledger.read_state()["serial"] == 5


@pytest.mark.parametrize(
    ("looked", "seen", "how"),
    [(True, ["S-a", "S-b"], "judged by this declaration"), (False, [], "to be judged: --adopt or --foreign")],
)
def test_a_declaration_of_absence_is_kept_with_what_was_in_sight(looked, seen, how):
    world = in_sight(after_the_wait(open_world()), "S-b", "S-a", "S-old")
    answer = resolve.declare_absent(world, "btc", "nobody there", looked=looked)
    assert facts_of(world)[4:] == [
        (
            "attempt.resolved",
            {**RESOLVED, "resolution": "absent", "reason": "nobody there", "looked": looked, "seen": seen},
        ),
    ]
    assert answer.notices == (f"btc: in sight, and {how}: S-a, S-b",)
    assert (answer.resolution, answer.strategy_id) == ("absent", None)


def test_absence_can_be_declared_though_the_platform_is_away():
    world = after_the_wait(open_world())
    world.platform.find = _unreachable
    answer = resolve.declare_absent(world, "btc", "nobody there", looked=True)
    assert answer.notices == ("what is at the platform could not be looked at: the platform is away",)
    assert facts_of(world)[-1][1]["seen"] == []


@pytest.mark.parametrize(("waited", "is_refused"), [(69.999, True), (70.0, False)])
def test_absence_is_refused_until_the_deadline_and_a_minute_are_over(waited, is_refused):
    world = open_world()
    world.system.seconds += waited
    if is_refused:
        assert refusal(resolve.declare_absent, world, "btc", "x", looked=False)[1:] == (
            "btc: its strategy may still appear until 2026-01-02T03:05:15.678Z",
            "wait until then, or look at the platform yourself and say so: --yes-i-looked",
        )
    else:
        assert resolve.declare_absent(world, "btc", "x", looked=False).resolution == "absent"


def test_a_foreign_strategy_is_kept_word_for_word():
    world = in_sight(open_world(), "S-new")
    answer = resolve.declare_foreign(world, "btc", "S-new", "bob's")
    assert facts_of(world)[4:] == [
        ("attempt.resolved", {**RESOLVED, "resolution": "foreign", "strategyId": "S-new", "reason": "bob's"}),
    ]
    assert (answer.resolution, answer.strategy_id, answer.notices) == ("foreign", "S-new", ())
    assert [item.attempt.name for item in answer.attempts] == ["btc"]


def _adopt(world, strategy_id="S-new", name="btc"):
    return refusal(resolve.adopt, world, name, strategy_id, "seen")


def test_an_id_that_may_not_be_adopted_is_refused_with_why():
    world = in_sight(open_world(), "S-old")
    assert _adopt(world)[1:] == ("find does not show S-new", "see `volvenctl resolve btc`")
    assert _adopt(world, "S-old")[1:] == ("S-old existed before the attempt was made", "see `volvenctl resolve btc`")
    assert _adopt(world, "S new") == (64, "a strategy id is 1-128 printable ASCII characters without spaces", "")
    assert _adopt(world, name="eth") == (64, "'eth' has no attempt to resolve", LOOK)
    assert len(world.ledger.records) == 4


def test_an_id_that_is_known_already_is_neither_adopted_nor_foreign():
    drafts = (created(), apply_started(), started("eth", "a-2"), launched("S-1", "eth", "a-2"), started())
    world = in_sight(keep(world_of("btc", "eth"), *drafts), "S-1", "S-2")
    said = ("S-1 is of eth", "see `volvenctl status`")
    assert _adopt(world, "S-1")[1:] == said
    assert refusal(resolve.declare_foreign, world, "btc", "S-1", "x")[1:] == said
    resolve.declare_foreign(world, "btc", "S-2", "bob's")
    assert _adopt(world, "S-2")[1] == "S-2 is known to the ledger as something else"


def test_a_declaration_needs_a_reason():
    world = in_sight(open_world(), "S-new")
    assert refusal(resolve.declare_absent, world, "btc", " ", looked=True) == (
        64,
        "declaring an attempt absent needs a reason",
        '--reason "who looked where"',
    )
    assert refusal(resolve.declare_foreign, world, "btc", "S-new", "\t") == (
        64,
        "declaring a strategy foreign needs a reason",
        '--reason "whose it is"',
    )


def test_what_has_no_attempt_cannot_be_declared_anything():
    world = in_sight(open_world(), "S-new")
    said = (64, "'eth' has no attempt to resolve", LOOK)
    assert refusal(resolve.list_attempts, world, "eth") == said
    assert refusal(resolve.declare_absent, world, "eth", "x", looked=True) == said
    assert refusal(resolve.declare_foreign, world, "eth", "S-new", "x") == said
    assert refusal(resolve.declare_foreign, world, "btc", "S-no", "x")[1:] == (
        "find does not show S-no",
        "see `volvenctl resolve btc`",
    )


def test_a_late_candidate_is_listed_with_the_commands_that_judge_it():
    world = keep(
        world_of("btc"),
        created(),
        apply_started(),
        started(),
        resolved("absent", looked=False, seen=[]),
    )
    said = (
        "btc: declared absent, but S-9 is in sight and may be its strategy; say whose it is: "
        "volvenctl resolve btc --adopt S-9 --reason TEXT, or --foreign S-9 --reason TEXT"
    )
    in_sight(world, "S-9")
    assert resolve.list_attempts(world, None).notices == (said,)
    assert resolve.list_attempts(world, "btc").notices == (said,)


def test_a_spec_that_was_launched_again_cannot_adopt_a_second_strategy():
    world = keep(
        world_of("btc"),
        created(),
        apply_started(),
        started(),
        resolved("absent", looked=True, seen=[]),
        started(attempt="a-2"),
        launched("S-2", attempt="a-2"),
    )
    assert _adopt(in_sight(world, "S-1", "S-2"), "S-1")[1:] == (
        "btc was launched again as S-2, and a spec has one strategy",
        "stop the other one at the platform, then: volvenctl resolve btc --foreign ID --reason TEXT",
    )


def test_a_dedicated_user_settles_the_only_candidate_of_the_only_attempt():
    world, audience = in_sight(open_world(env=dedicated()), "S-new", "S-old"), FakeAudience()
    world.source.commit = COMMIT
    report = run_apply(world, audience)
    assert facts_of(world)[4:] == [
        (
            "attempt.resolved",
            {**RESOLVED, "resolution": "adopted", "strategyId": "S-new", "reason": DEDICATED, "commit": COMMIT},
        ),
    ]
    assert audience.notices == [f"btc: adopted S-new, {DEDICATED}"]
    assert world.platform.sent == []
    assert report.notices == tuple(audience.notices)


def test_a_settlement_outside_git_speaks_of_no_commit():
    world = in_sight(open_world(env=dedicated()), "S-new")
    run_apply(world)
    assert facts_of(world)[4][1] == {
        **RESOLVED,
        "resolution": "adopted",
        "strategyId": "S-new",
        "reason": DEDICATED,
    }


@pytest.mark.parametrize("seen", [(), ("S-1", "S-2")])
def test_a_dedicated_user_settles_nothing_that_is_not_certain(seen):
    world = in_sight(open_world(env=dedicated()), *seen)
    assert run_apply(world).exit == 4
    assert "attempt.resolved" not in types_in(world)


def test_an_attempt_that_nobody_looked_before_has_no_candidates():
    world = keep(world_of("btc", env=dedicated()), created(), apply_started_blind(), started())
    in_sight(world, "S-new")
    assert [item.candidates for item in resolve.list_attempts(world, None).attempts] == [None]
    assert run_apply(world).exit == 4


# --- who turns up in between, and what the lock is held for ---

ABSENT = (started(), resolved("absent", looked=False, seen=[]))


def test_an_id_that_turned_up_since_a_plan_was_saved_is_refused_with_what_to_look_at():
    world = keep(world_of("btc"), created(), apply_started())
    saved = make_plan_of(world)
    in_sight(keep(world, created(), apply_started(), *ABSENT), "S-9")
    code, message, hint = refusal(run_apply, world, saved=saved)
    assert (code, hint) == (4, "volvenctl status")
    assert message.startswith("btc: ")
    assert "S-9" in message
    assert world.platform.sent == []


class _LateAudience(FakeAudience):
    """Agrees, and while it does so a strategy turns up at the platform."""

    def __init__(self, world):
        super().__init__()
        self.world = world

    def confirm(self, plan):
        in_sight(self.world, "S-9")
        return super().confirm(plan)


def test_an_id_that_turns_up_while_a_person_decides_is_refused_before_anything_is_recorded():
    world = keep(world_of("btc"), created(), apply_started(), *ABSENT)
    code, message, hint = refusal(run_apply, world, _LateAudience(world))
    assert (code, hint) == (4, "volvenctl status")
    assert message.startswith("btc: ")
    assert "S-9" in message
    assert (len(world.ledger.records), world.platform.sent) == (4, [])


class _NotedLedger(MemoryLedger):
    """Remembers what its lock was held for, and by whom."""

    def __init__(self):
        super().__init__()
        self.held_for = []

    def lock(self, operation, actor):
        self.held_for.append((operation, actor["user"]))
        return super().lock(operation, actor)


def test_the_lock_says_what_it_is_held_for():
    world = replace(world_of("btc"), ledger=_NotedLedger())
    state.init(world)
    run_apply(world)
    state.rebuild(world)
    state.unlock(world)
    in_sight(after_the_wait(keep(world, created(), apply_started(), started(), with_state=False)), "S-8", "S-9")
    world.ledger.state = None
    resolve.declare_foreign(world, "btc", "S-8", "bob's")
    resolve.declare_absent(world, "btc", "nobody there", looked=False)
    resolve.adopt(world, "btc", "S-9", "it came late")
    operations = ["state init", "apply", "state rebuild", "state unlock", "resolve", "resolve", "resolve"]
    assert world.ledger.held_for == [(item, "ann") for item in operations]
