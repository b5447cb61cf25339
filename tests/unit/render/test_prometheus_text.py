import builders_report as build
import pytest
from builders_ledger import apply_started, created, records_of, started, state_of, succeeded

from volvenctl.errors import Exit
from volvenctl.model.plan import Drift
from volvenctl.model.record import Draft
from volvenctl.render.prometheus_text import metrics_text

pytest.importorskip("prometheus_client")

from prometheus_client.parser import text_string_to_metric_families


def read(status=None, state=None, last=None):
    """Return what Prometheus reads: the value of each sample by name and labels, those of the environment left out."""
    text = metrics_text(status or build.status(), state or state_of(created()), last, build.AT)
    families = list(text_string_to_metric_families(text))
    assert {family.type for family in families} == {"gauge"}
    assert all(family.documentation for family in families)
    samples = [sample for family in families for sample in family.samples]
    names = {(item.name, *(value for key, value in item.labels.items() if key != "environment")) for item in samples}
    assert len(names) == len(samples)
    return {
        (item.name.removeprefix("volvenctl_"), *(text for key, text in item.labels.items() if key != "environment")): (
            item.value
        )
        for item in samples
    }


def finished(**facts):
    return records_of(created(), Draft("apply.finished", facts))[-1]


def test_strategies_are_counted_by_what_status_says_of_them():
    found = read(build.status(build.row("live"), build.row("live"), build.row("unknown outcome")))
    assert found["strategies", "live"] == 2
    assert found["strategies", "unknown outcome"] == 1


def test_drift_is_counted_by_kind_and_is_zero_where_there_is_none():
    found = read(build.status(drift=(Drift("btc", "s-1", "gone", "x"),)))
    assert [found["drift", kind] for kind in ("gone", "stopped", "paused", "running")] == [1, 0, 0, 0]


def test_what_needs_a_person_is_counted():
    status = build.status(
        build.row("edited"),
        attempts=(build.view(),),
        problems=(build.problem(), build.problem(severity="warning")),
        unmanaged=(build.live("a"), build.live("b")),
    )
    found = read(status)
    assert found[("open_attempts",)] == 1
    assert found[("unmanaged",)] == 2
    assert (found["problems", "error"], found["problems", "warning"]) == (1, 1)
    assert found[("complete",)] == 0
    assert read(build.status(build.row()))[("complete",)] == 1


def test_the_state_tells_doubts_halts_and_the_head():
    halt = Draft("halt", {"scope": {"everything": True}, "reason": "x"})
    found = read(state=state_of(created(), halt))
    assert (found[("halts",)], found[("actions_in_doubt",)], found[("ledger_head_seq",)]) == (1, 0, 2)


def test_an_action_whose_outcome_is_unknown_is_in_doubt():
    launched = (created(), apply_started(), started(), succeeded("s-1"))
    asked = started(attempt="a-2", action="stop", strategyId="s-1")
    assert read(state=state_of(*launched, asked))[("actions_in_doubt",)] == 1


def test_the_last_apply_is_a_moment_and_an_exit_code():
    last = finished(exit=int(Exit.UNKNOWN))
    found = read(last=last)
    assert found[("last_apply_exit",)] == 4
    assert found[("last_apply_time_seconds",)] > 1_700_000_000
    assert found[("status_time_seconds",)] == build.AT.timestamp()


def test_what_is_not_known_is_left_out():
    found = read(build.status(unmanaged=None), last=finished(exit="x"))
    assert not {("unmanaged",), ("last_apply_exit",)} & set(found)
    assert ("last_apply_time_seconds",) in found
    assert ("last_apply_time_seconds",) not in read()


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\nb", "a\\n", "ü"])
def test_labels_are_escaped(text):
    assert read(build.status(build.row(text)))["strategies", text] == 1
