import pytest

from volvenctl.errors import UsageError
from volvenctl.sandbox.faults import NAMES, OK, Fault, read_fault, read_script


def taken(script, call, count):
    return [script.take(call).kind for _ in range(count)]


def test_faults_come_in_the_order_of_the_script_and_then_all_is_well():
    script = read_script('{"create": ["500C", "timeout"], "find": ["stale"]}')
    assert script.take("create") == Fault("500", happens=True)
    assert taken(script, "create", 3) == ["timeout", "ok", "ok"]
    assert taken(script, "find", 2) == ["stale", "ok"]
    assert script.take("accounts") == OK


def test_a_list_is_for_the_creates():
    assert read_script('["fin"]').take("create") == Fault("fin", happens=False)


@pytest.mark.parametrize("name", NAMES)
def test_every_outcome_in_the_list_is_one(name):
    assert read_fault(name).happens is (name == "ok" or name.endswith("C"))


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("lateC", 3), ("lateC:0.5", 0.5), ("slow:2", 2), ("429", 1), ("429:30", 30), ("503", 1), ("timeout", 0)],
)
def test_a_time_has_a_default_where_there_is_one(name, seconds):
    assert read_fault(name).seconds == seconds


def test_any_status_may_be_scripted():
    assert read_fault("418") == Fault("418", happens=False)
    assert read_fault("207C").is_status


@pytest.mark.parametrize(
    "name",
    [
        "",
        "OK",
        "okC",
        "100",
        "600",
        "nothing",
        "late",
        "dupid",
        "rst-before-readC",
        "stale",
        "fin:1",
        "500:2",
        "slow:x",
    ],
)
def test_what_is_no_outcome_is_refused_by_name(name):
    with pytest.raises(UsageError, match="no outcome"):
        read_fault(name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "no JSON"),
        ('"ok"', "neither a list nor an object"),
        ('{"creates": []}', 'names the call "creates"'),
        ('{"create": "ok"}', "for create is no list"),
        ('{"create": [1]}', 'no outcome "1" for create'),
        ('{"create": ["stale"]}', 'no outcome "stale" for create'),
        ('{"find": ["dupidC"]}', 'no outcome "dupidC" for find'),
    ],
)
def test_a_script_that_is_none_is_wrong_usage(text, message):
    with pytest.raises(UsageError, match=message):
        read_script(text)
