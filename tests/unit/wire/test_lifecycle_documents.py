"""What halt, resume, adopt and release print as JSON is what their schemas promise."""

from jsonschema import Draft202012Validator

from volvenctl.adapters.schema_files import document_schema
from volvenctl.model.report import HaltReport, HaltResult
from volvenctl.wire.lifecycle_documents import halt_document, noting_document


def valid(document, schema):
    Draft202012Validator(document_schema(schema)).validate(document)
    return document


def test_a_halt_names_each_strategy_and_whether_it_stopped():
    results = (
        HaltResult("S-1", "btc", is_stopped=True, detail="stop accepted"),
        HaltResult(None, "typo", is_stopped=False, detail="no such strategy"),
    )
    document = valid(halt_document(HaltReport("sandbox", dry_run=False, results=results, notices=("note",)), 7), "halt")
    assert (document["exit"], document["dryRun"], document["notices"]) == (7, False, ["note"])
    assert [(item["strategyId"], item["stopped"]) for item in document["results"]] == [("S-1", True), (None, False)]


def test_what_was_recorded_of_one_strategy_is_named():
    noted = {"name": "btc", "strategyId": "S-1", "recorded": True, "notices": []}
    document = valid(noting_document("sandbox", "adopted", noted), "noting")
    assert (document["action"], document["strategyId"]) == ("adopted", "S-1")
