"""What `status` found as metrics, in the text format of Prometheus.

Moments are metrics, ages are not: a file that nobody writes any more would show an age that stands still.
Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from volvenctl.model.record import Record
from volvenctl.model.report import Status
from volvenctl.model.state import State
from volvenctl.wire.moments import read_moment

DRIFT_KINDS = ("gone", "stopped", "paused", "running")
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True, slots=True)
class Metric:
    """One gauge with a value for each value of its one label; `""` stands for no label."""

    name: str
    text: str
    values: Mapping[str, int]
    label: str = ""


def metrics_text(status: Status, state: State, last_apply: Record | None, at: datetime) -> str:
    """Return every metric of one environment; what is not known is left out.

    `last_apply` is the newest `apply.finished` of the ledger, `at` the moment of the look.
    """
    metrics = (*_found(status), *_known(state), *_last(last_apply))
    now = Metric("status_time_seconds", "When this was written, in seconds since 1970.", {"": int(at.timestamp())})
    return "".join(line + "\n" for metric in (*metrics, now) for line in _lines(metric, status.environment))


def _found(status: Status) -> Iterator[Metric]:
    kinds = {**dict.fromkeys(DRIFT_KINDS, 0), **Counter(item.kind for item in status.drift)}
    severities: Mapping[str, int] = {
        "error": 0,
        "warning": 0,
        **Counter(str(item.severity) for item in status.problems),
    }
    summaries = Counter(row.summary for row in status.rows)
    yield Metric("complete", "1: everything in git is live as written, and nothing is in doubt.", {"": status.complete})
    yield Metric("strategies", "Strategies by what status says of them.", summaries, "summary")
    yield Metric("drift", "Strategies that the platform shows otherwise than the state, by how.", kinds, "kind")
    yield Metric("problems", "Findings in the specs.", severities, "severity")
    yield Metric("open_attempts", "Requests whose outcome is unknown.", {"": len(status.attempts)})
    if status.unmanaged is not None:
        yield Metric("unmanaged", "Strategies at the platform that are not ours.", {"": len(status.unmanaged)})


def _known(state: State) -> Iterator[Metric]:
    doubts = sum(item.asked is not None for item in state.strategies.values())
    yield Metric("actions_in_doubt", "Starts, pauses and stops whose outcome is unknown.", {"": doubts})
    yield Metric("halts", "Emergency stops that no resume has lifted.", {"": len(state.halts)})
    yield Metric("ledger_head_seq", "The number of the last record of the ledger.", {"": state.head.seq})


def _last(record: Record | None) -> Iterator[Metric]:
    if record is not None:
        at = int(read_moment(record.time).timestamp())
        yield Metric("last_apply_time_seconds", "When the last apply ended, in seconds since 1970.", {"": at})
        code = record.data.get("exit")
        if isinstance(code, int):
            yield Metric("last_apply_exit", "The exit code of the last apply.", {"": code})


def _lines(metric: Metric, environment: str) -> Iterator[str]:
    name = f"volvenctl_{metric.name}"
    yield f"# HELP {name} {metric.text}"
    yield f"# TYPE {name} gauge"
    for value in sorted(metric.values):
        labels = {"environment": environment, **({metric.label: value} if metric.label else {})}
        shown = ",".join(f'{label}="{text.translate(_ESCAPES)}"' for label, text in labels.items())
        yield f"{name}{{{shown}}} {int(metric.values[value])}"
