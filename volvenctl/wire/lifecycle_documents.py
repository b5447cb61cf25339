"""What halt, resume, adopt and release print as JSON."""

from volvenctl.model.names import JsonObject
from volvenctl.model.record import FORMAT_VERSION
from volvenctl.model.report import HaltReport


def halt_document(report: HaltReport, code: int) -> JsonObject:
    """Return the report of a halt or a resume; schema: schemas/halt.schema.json."""
    return {
        "formatVersion": FORMAT_VERSION,
        "environment": report.environment,
        "dryRun": report.dry_run,
        "exit": code,
        "results": [
            {"strategyId": item.strategy_id, "name": item.name, "stopped": item.is_stopped, "detail": item.detail}
            for item in report.results
        ],
        "notices": list(report.notices),
    }


def noting_document(environment: str, verb: str, noted: JsonObject) -> JsonObject:
    """Return what was recorded of one strategy; schema: schemas/noting.schema.json."""
    return {"formatVersion": FORMAT_VERSION, "environment": environment, "action": verb, **noted}
