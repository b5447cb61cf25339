"""The story of a check, from files to strategies."""

from decimal import Decimal

import pytest
from builders_check import codes, lines, run_check, smo
from builders_legs import FANOUT, fanout

from volvenctl.errors import ConfigError, UsageError
from volvenctl.model.plan import Selection


def only(*globs):
    return Selection(only=globs)


def test_a_valid_spec_becomes_a_strategy_with_everything_written():
    text = smo(
        "lifecycle: {runState: paused, onChange: replace, protect: true}",
        orderMaxSize="0.030",
    ).replace("  name: btc", "  name: btc\n  labels: {desk: macro}\n  annotations: {ticket: T-1}\n  was: old")
    checked = run_check(text)
    (spec,) = checked.specs
    assert checked.valid
    assert (spec.name, spec.strategy_type, spec.was) == ("btc", "SMO", "old")
    assert (spec.labels, spec.annotations) == ({"desk": "macro"}, {"ticket": "T-1"})
    assert (spec.run_state, spec.on_change, spec.protect) == ("paused", "replace", True)
    assert list(spec.request) == [
        "strategyType", "accountId", "productCode", "side", "size", "priceLimit", "orderMaxSize", "autoRun"
    ]  # fmt: skip
    assert spec.request["autoRun"] is False
    assert str(spec.request["orderMaxSize"]) == "0.030"
    assert spec.place.line == 1
    assert checked.declared == {"btc"}
    assert checked.checked == 1


def test_a_spec_with_only_what_is_needed_has_the_defaults():
    (spec,) = run_check(smo()).specs
    assert (spec.run_state, spec.on_change, spec.protect, spec.was) == ("running", "refuse", False, None)
    assert (spec.labels, spec.annotations) == ({}, {})
    assert spec.request["autoRun"] is True


def test_the_digest_ignores_how_numbers_are_written_and_whether_it_runs():
    (plain,) = run_check(smo()).specs
    (zeros,) = run_check(smo(size="0.100")).specs
    (paused,) = run_check(smo("lifecycle: {runState: paused}")).specs
    (other,) = run_check(smo(size="0.2")).specs
    assert plain.digest == zeros.digest == paused.digest
    assert plain.digest != other.digest


def test_auto_run_is_written_only_for_types_that_have_it():
    (spec,) = run_check(fanout("1", "{accountId: '99998'}"), types={"FANOUT": FANOUT}).specs
    assert list(spec.request)[-1] == "autoRun"


def test_problems_of_all_files_are_found_in_one_run_and_sorted():
    checked = run_check(smo(size="0.0015"), "a: [\n", smo(name="c", sise=1), "kind: 5\n")
    assert [(item.place.file[11:12], item.code) for item in checked.problems] == [
        ("a", "size-step"),
        ("b", "yaml-syntax"),
        ("c", "unknown-field"),
        ("d", "schema"),
        ("d", "schema"),
        ("d", "schema"),
        ("d", "schema"),
    ]
    assert checked.specs == ()


def test_a_file_may_hold_several_specs():
    checked = run_check(smo(name="a") + "---\n" + smo(name="b"))
    assert [spec.name for spec in checked.specs] == ["a", "b"]


def test_one_wrong_spec_leaves_the_others_whole():
    checked = run_check(smo(name="a", size="0"), smo(name="b"))
    assert not checked.valid
    assert [spec.name for spec in checked.specs] == ["b"]
    assert checked.declared == {"a", "b"}
    assert set(checked.documents) == {"a", "b"}


def test_a_warning_leaves_a_spec_valid():
    checked = run_check(smo(triggerPrice="96000"))
    assert codes(checked) == ["trigger-beyond-limit"]
    assert len(checked.specs) == 1


@pytest.mark.parametrize(
    ("name", "is_valid"),
    [
        ("a", True),
        ("a-1", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("-a", False),
        ("a-", False),
        ("A", False),
        ("a_b", False),
        ('"a\\n"', False),
        ("аbc", False),
        ('""', False),
    ],
)
def test_a_name_is_a_short_ascii_slug(name, is_valid):
    assert run_check(smo(name=name)).valid is is_valid


def test_a_name_that_is_given_twice_is_reported_at_both_places():
    checked = run_check(smo(), smo())
    what = "error[name-duplicate] $.metadata.name: the name 'btc' is also given at"
    assert lines(checked) == [
        f"strategies/a.yaml:4:9: {what} strategies/b.yaml:4:9",
        f"strategies/b.yaml:4:9: {what} strategies/a.yaml:4:9",
    ]
    assert checked.specs == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apiVersion: v2\n", "$.apiVersion"),
        ("kind: Project\n", "$.kind"),
        ("metadata: 5\n", "$.metadata"),
        ("spec: 5\n", "$.spec"),
        ("lifecycle: {runState: asleep}\n", "$.lifecycle.runState"),
        ("lifecycle: {protect: 1}\n", "$.lifecycle.protect"),
        ("metadata: {name: a, labels: {desk: 5}}\n", "$.metadata.labels.desk"),
        ("overrides: 5\n", "$.overrides"),
        ("overrides: {production: 5}\n", "$.overrides.production"),
        ("overrides: {production: {overrides: {}}}\n", "$.overrides.production.overrides"),
        ("extra: 5\n", "$.extra"),
    ],
)
def test_the_envelope_is_checked(text, expected):
    assert expected in [item.path for item in run_check(text).problems]


def test_a_type_without_a_schema_is_reported_with_the_file_to_add():
    (problem,) = run_check(smo(strategyType="SMOO")).problems
    assert problem.code == "unknown-strategy-type"
    assert (problem.path, problem.suggestions) == ("$.spec.strategyType", ("SMO",))
    assert "add schemas/<TYPE>.schema.json" in problem.message


def test_a_spec_without_a_type_has_one_problem():
    assert [item.message for item in run_check(smo(without=["strategyType"])).problems] == [
        "the required field 'strategyType' is missing"
    ]


def test_a_type_schema_that_cannot_be_used_stops_the_check():
    with pytest.raises(ConfigError, match=r"BAD\.schema\.json"):
        run_check(smo(strategyType="BAD"), types={"BAD": {"type": "nmber"}})


def test_a_type_schema_that_nobody_uses_is_not_looked_at():
    assert run_check(smo(), types={"BAD": {"type": "nmber"}}).valid


OVERRIDE = ("overrides:", "  production:", "    spec: {size: 0.0005}", "    metadata: {labels: {a: b}}")


def test_an_override_counts_in_its_environment_only():
    assert run_check(smo(*OVERRIDE)).valid
    checked = run_check(smo(*OVERRIDE), environment="production")
    assert {(item.place.line, item.place.column, item.code) for item in checked.problems} == {
        (14, 18, "size-step"),
        (14, 18, "size-minimum"),
    }
    assert checked.documents["btc"]["spec"]["size"] == Decimal("0.0005")
    assert "overrides" not in checked.documents["btc"]


def test_what_only_an_override_adds_is_enough():
    text = smo("overrides: {production: {spec: {size: 0.5}}}", without=["size"])
    assert codes(run_check(text)) == ["schema"]
    assert run_check(text, environment="production").valid


def test_a_field_that_an_override_takes_away_is_missing_at_the_override():
    text = smo("overrides:\n  sandbox:\n    spec: {size: null}")
    [problem] = run_check(text).problems
    line = next(number for number, row in enumerate(text.splitlines(), start=1) if "size: null" in row)
    assert (problem.path, problem.place.line, problem.place.column) == ("$.spec", line, 12)


def test_an_override_for_an_unknown_environment_is_a_problem_everywhere():
    assert codes(run_check(smo("overrides: {staging: {}}"))) == ["schema"]


FILES = {
    "strategies/btc/a.yaml": smo(name="btc-a", size="0"),
    "strategies/btc/b.yaml": smo(name="btc-b").replace("  name: btc-b", "  name: btc-b\n  labels: {desk: macro}"),
    "strategies/eth.yaml": smo(name="eth", size="0"),
}


@pytest.mark.parametrize(
    ("selection", "selected"),
    [
        (Selection(), ["btc-a", "btc-b", "eth"]),
        (Selection(only=("btc-*",)), ["btc-a", "btc-b"]),
        (Selection(only=("btc-a", "eth")), ["btc-a", "eth"]),
        (Selection(exclude=("btc-*",)), ["eth"]),
        (Selection(only=("btc-*",), exclude=("*-a",)), ["btc-b"]),
        (Selection(only=("BTC-*",)), []),
        (Selection(labels=("desk=macro",)), ["btc-b"]),
        (Selection(labels=("desk=macro", "x=y")), []),
    ],
)
def test_a_selection_says_which_specs_are_looked_at(selection, selected):
    checked = run_check(FILES, selection=selection)
    assert sorted(checked.documents) == selected
    assert checked.checked == len(selected)
    assert [item.place.file for item in checked.problems] == [
        file for file, name in zip(FILES, ("btc-a", "", "eth"), strict=True) if name in selected
    ]
    assert checked.declared == {"btc-a", "btc-b", "eth"}


@pytest.mark.parametrize("label", ["desk", "=macro", ""])
def test_a_label_without_key_or_value_is_wrong_usage(label):
    with pytest.raises(UsageError, match="is no label"):
        run_check(smo(), selection=Selection(labels=(label,)))


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("strategies/btc", ["btc-a", "btc-b"]),
        ("strategies/btc/", ["btc-a", "btc-b"]),
        ("./strategies/eth.yaml", ["eth"]),
        ("strategies", ["btc-a", "btc-b", "eth"]),
        (".", ["btc-a", "btc-b", "eth"]),
    ],
)
def test_a_path_names_a_file_or_a_folder(path, selected):
    assert sorted(run_check(FILES, paths=(path,)).documents) == selected


def test_a_path_without_specs_is_wrong_usage():
    with pytest.raises(UsageError, match=r"no spec file .*did you mean strategies/eth\.yaml"):
        run_check(FILES, paths=("strategies/et.yaml",))


def test_a_file_that_cannot_be_parsed_counts_as_selected_by_name_but_not_by_path():
    files = {**FILES, "strategies/bad.yaml": "a: [\n"}
    assert codes(run_check(files, selection=only("btc-b"))) == ["yaml-syntax"]
    assert codes(run_check(files, paths=("strategies/eth.yaml",))) == ["size-minimum"]


def test_a_document_without_a_name_counts_as_selected():
    files = {**FILES, "strategies/nameless.yaml": smo().replace("  name: btc", "  nme: btc")}
    assert set(codes(run_check(files, selection=only("btc-b")))) == {"schema", "unknown-field"}


def test_a_duplicate_is_reported_at_both_places_though_only_one_is_selected():
    checked = run_check(smo(size="0"), smo(), smo(name="x"), smo(name="x"), paths=("strategies/b.yaml",))
    assert [(item.place.file, item.code) for item in checked.problems] == [
        ("strategies/a.yaml", "name-duplicate"),
        ("strategies/b.yaml", "name-duplicate"),
    ]


def test_offline_a_spec_is_a_strategy_without_products():
    (spec,) = run_check(smo(), offline=True).specs
    assert spec.products == ()
    assert [item.amount for item in spec.notionals] == [None]
    assert spec.account_ids == ("99998",)


def test_an_alias_is_resolved_offline_too():
    (spec,) = run_check(smo(accountId='"@main"'), aliases={"main": "7"}, offline=True).specs
    assert spec.request["accountId"] == "7"


def test_no_specs_are_no_problem():
    checked = run_check({})
    assert (checked.specs, checked.problems, checked.checked, checked.valid) == ((), (), 0, True)


@pytest.mark.parametrize(
    "text",
    [
        "metadata: {name: [1]}\nspec: {strategyType: [SMO]}\n",
        "metadata: {name: {a: 1}, labels: [1]}\nspec: [1]\n",
        "metadata: [1]\nspec: {strategyType: SMO, accountId: [x], productCode: {a: 1}, size: [1], priceLimit: {}}\n",
        "metadata: {labels: {a: {b: 1}}}\nspec: {strategyType: SMO, side: [BUY], triggerPrice: 1, priceLimit: 1}\n",
        "lifecycle: [1]\nspec: {strategyType: SMO, autoRun: 5}\n",
        "lifecycle: {runState: [1]}\noverrides: {sandbox: {spec: {size: {}}}, x: [1]}\n",
        "spec: {strategyType: '', accountId: '', productCode: ''}\n",
    ],
)
def test_values_of_any_shape_are_problems_and_never_a_crash(text):
    for selection in (Selection(), Selection(only=("x",)), Selection(labels=("a=b",))):
        checked = run_check(text, selection=selection)
        assert checked.specs == ()
    assert not run_check(text).valid
