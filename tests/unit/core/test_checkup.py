"""What each thing that doctor looks at means."""

from dataclasses import replace

import pytest
from builders_world import environment

from volvenctl.core.checkup import (
    attempts_finding,
    clock_finding,
    failure,
    git_finding,
    ledger_finding,
    lock_finding,
    project_finding,
    recovery_finding,
    words_finding,
)
from volvenctl.errors import ConfigError, CredentialsError, Exit, LedgerError
from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.names import Digest
from volvenctl.model.plan import Checkout
from volvenctl.model.record import Head
from volvenctl.model.state import Asked, Launched, OpenAttempt, State

MAPPED = environment(state_key="status", states={"RUNNING": "running"})
HEAD = Head(12, Digest("sha256:" + "ab" * 32))


def live(**state):
    return LiveStrategy("S-1", None, state)


def open_attempt(name):
    return OpenAttempt(f"id-{name}", name, "2026-01-02T03:04:05.678Z", 3, 2, {}, "no answer")


def launched(name, asked=None):
    return Launched(name, f"S-{name}", {}, "2026-01-02T03:04:05.678Z", 4, asked)


def test_a_failure_says_what_the_error_says_and_with_its_exit_code():
    found = failure("token", CredentialsError("there is no token", hint="set one"), 7)
    assert (found.verdict, found.seen, found.next_step) == ("fail", "there is no token", "set one")
    assert (found.exit, found.latency_ms) == (Exit.CREDENTIALS, 7)


def test_every_failure_has_a_next_step():
    assert "volvenctl init" in failure("project", ConfigError("two documents")).next_step
    assert "recovery.md" in failure("state", LedgerError("damaged")).next_step


@pytest.mark.parametrize(("is_live", "words"), [(True, "(live: real money)"), (False, "(not live)")])
def test_the_environment_is_named_with_what_is_at_stake(is_live, words):
    found = project_finding(environment(live=is_live), "/p/volvenctl.yaml")
    assert found.verdict == "ok"
    assert found.seen == f"/p/volvenctl.yaml: environment sandbox {words}, https://volven.example, memory"


@pytest.mark.parametrize(
    ("skew_s", "latency_s", "verdict", "words"),
    [
        (None, 0, "warn", "no answer of the platform told the time"),
        (0.4, 0, "ok", "within 5 s"),
        (-5, 0, "ok", "within 5 s"),
        (5.1, 0, "warn", "5 s ahead of the platform's"),
        (7, 2, "ok", "within 5 s"),
        (-90, 0, "warn", "90 s behind the platform's"),
        (300.5, 0, "fail", "300 s ahead of the platform's: tokens and saved plans expire at the wrong time"),
        (-301, 0, "fail", "301 s behind"),
    ],
)
def test_clocks_may_differ_by_what_an_answer_takes_and_five_seconds(skew_s, latency_s, verdict, words):
    found = clock_finding(skew_s, latency_s)
    assert found.verdict == verdict
    assert words in found.seen
    assert bool(found.next_step) is (verdict != "ok")
    assert found.exit == (Exit.ERROR if verdict == "fail" else Exit.OK)


@pytest.mark.parametrize(
    ("env", "strategies", "verdict", "words"),
    [
        (environment(), (), "warn", "is not configured: run states cannot be compared"),
        (environment(), (live(status="RUNNING"), live(status="X")), "warn", "(find shows status=RUNNING, status=X)"),
        (MAPPED, (), "ok", "status: RUNNING"),
        (MAPPED, (live(status="RUNNING"),), "ok", "status: RUNNING"),
        (MAPPED, (live(status="DONE"), live(status="RUNNING")), "warn", "nobody explained: DONE"),
        (MAPPED, (live(phase="RUNNING"), live(status="RUNNING")), "warn", "1 of 2 strategies have no status"),
    ],
)
def test_a_word_of_find_that_nobody_explained_is_shown(env, strategies, verdict, words):
    found = words_finding(env, strategies)
    assert found.verdict == verdict
    assert words in found.seen
    assert ("environments.sandbox.platform in volvenctl.yaml" in found.next_step) is (verdict != "ok")


def test_many_words_are_counted_after_the_tenth():
    found = words_finding(MAPPED, [live(status=f"W{number:02}") for number in range(13)])
    assert found.seen.endswith("W08, W09 and 3 more")


def test_a_ledger_that_is_not_there_yet_is_in_order():
    assert ledger_finding(environment(), State(), ()).seen == "memory: no ledger yet, the first apply creates it"


def test_a_ledger_is_described_by_its_head_and_format():
    found = ledger_finding(environment(), State(head=HEAD), ())
    assert found.verdict == "ok"
    assert found.seen == "memory: 12 records, all hashes verified, head sha256:abababababab, format 1"


def test_a_state_file_that_had_to_be_folded_again_is_worth_a_look():
    found = ledger_finding(environment(), State(head=HEAD), ("the state file is missing",))
    assert (found.verdict, found.next_step) == ("warn", "volvenctl -e sandbox state rebuild")
    assert found.seen.endswith("format 1; the state file is missing")


def test_the_holder_of_the_lock_is_named():
    assert lock_finding(None).seen == "free"
    actor = {"user": "ann", "host": "desk-1", "pid": 7}
    found = lock_finding({"operation": "apply", "since": "noon", "actor": actor})
    assert (found.verdict, found.seen) == ("warn", "held by ann@desk-1 pid 7: apply since noon")
    assert lock_finding({}).seen == "held by somebody@unknown pid ?: a command since unknown"


def test_open_attempts_fail_with_the_exit_of_an_unknown_outcome():
    state = State(attempts={"1": open_attempt("eth"), "2": open_attempt("btc")})
    found = attempts_finding(environment(), state, in_flight=False)
    assert (found.verdict, found.exit, found.next_step) == ("fail", Exit.UNKNOWN, "volvenctl -e sandbox resolve")
    assert found.seen == "the outcome is unknown: btc, eth"


def test_attempts_of_a_run_that_goes_on_are_in_flight():
    found = attempts_finding(environment(), State(attempts={"1": open_attempt("btc")}), in_flight=True)
    assert (found.verdict, found.exit, found.seen) == ("warn", Exit.OK, "in flight: btc")


def test_an_action_in_doubt_is_asked_again_by_the_next_apply():
    asked = Asked("a", "stop", "noon", None, in_doubt_before=False)
    state = State(strategies={"btc": launched("btc", asked), "eth": launched("eth")})
    found = attempts_finding(environment(), state, in_flight=False)
    assert (found.verdict, found.next_step) == ("warn", "the next apply asks again")
    assert found.seen.endswith("is not known: btc")
    settled = replace(state, strategies={"eth": launched("eth")})
    assert attempts_finding(environment(), settled, in_flight=False).verdict == "ok"


def test_recovery_files_wait_for_a_command_that_writes():
    assert recovery_finding(environment(), ()).verdict == "ok"
    found = recovery_finding(environment(), ("recovery-1.json",))
    assert (found.verdict, found.seen) == ("warn", "waiting: recovery-1.json")
    assert found.next_step.endswith("volvenctl -e sandbox state rebuild")


@pytest.mark.parametrize(
    ("checkout", "verdict", "seen"),
    [
        (Checkout("a" * 40, "main", dirty=False), "ok", f"commit {'a' * 12} on main"),
        (Checkout("a" * 40, None, dirty=False), "ok", f"commit {'a' * 12}"),
        (Checkout("a" * 40, "main", dirty=True), "warn", f"files of the project differ from commit {'a' * 12} on main"),
        (Checkout(), "warn", "no commit: plans and records cannot name the specs they were made from"),
    ],
)
def test_specs_are_to_be_of_a_commit(checkout, verdict, seen):
    found = git_finding(checkout)
    assert (found.verdict, found.seen) == (verdict, seen)
