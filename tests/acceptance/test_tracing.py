"""Traces of plan and apply, through the installed command, to a collector on loopback."""

import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from builders_desk import TOKEN, Desk
from builders_platform import RawServer, answers, http

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LOST = "the trace did not reach the collector of OTEL_EXPORTER_OTLP_ENDPOINT, or not whole"
PROGRAM = "import sys; {before}; from volvenctl.cli import main; sys.argv[0] = 'volvenctl'; main()"


class Collector:
    """Takes traces over OTLP/HTTP as any collector does."""

    def __init__(self, status=200):
        self.server = RawServer(answers(http(status, Connection="close")))
        self.variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": self.server.url}

    def __enter__(self):
        self.server.__enter__()
        return self

    def __exit__(self, *details):
        self.server.__exit__(*details)

    @property
    def raw(self):
        return b"".join(self.server.requests)

    @property
    def spans(self):
        """The spans that arrived, in the order of their begin."""
        found = []
        for request in self.server.requests:
            head, _, body = request.partition(b"\r\n\r\n")
            assert head.startswith(b"POST /v1/traces ")
            message = ExportTraceServiceRequest.FromString(body)
            found += [span for item in message.resource_spans for scope in item.scope_spans for span in scope.spans]
        return sorted(found, key=lambda span: span.start_time_unix_nano)

    def facts(self, name):
        """The attributes of each span of this name, ours without their prefix."""
        return [
            {item.key.removeprefix("volvenctl."): getattr(item.value, item.value.WhichOneof("value")) for item in found}
            for found in (span.attributes for span in self.spans if span.name == name)
        ]


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, "btc", "eth") as desk:
        yield desk


@pytest.fixture
def collector():
    with Collector() as collector:
        yield collector


def test_an_apply_leaves_its_spans_below_the_one_that_started_it(desk, collector):
    done = desk.apply(**collector.variables, TRACEPARENT=PARENT)
    assert done.returncode == 0, done.stderr
    spans = collector.spans
    [command] = [span for span in spans if span.name == "volvenctl apply"]
    assert {span.trace_id.hex() for span in spans} == {PARENT.split("-")[1]}
    assert command.parent_span_id.hex() == PARENT.split("-")[2]
    assert {span.parent_span_id for span in spans if span is not command} == {command.span_id}
    names = [span.name for span in spans]
    assert {"check specs", "check accounts", "check products", "find", "ledger read"} < set(names)
    assert names.count("request") == 2
    assert names.index("find") < names.index("request")
    [facts] = collector.facts("volvenctl apply")
    assert facts == {"environment": "test", "live": False, "exit": 0}
    assert max(item["ledger.seq"] for item in collector.facts("ledger append")) == len(desk.ledger)


def test_a_request_says_name_action_and_outcome_as_the_ledger_has_them(desk, collector):
    desk.script = ["ok", "lost"]
    done = desk.apply(**collector.variables)
    assert done.returncode == 4
    attempts = {item["data"]["name"]: item["data"] for item in desk.ledger if item["type"] == "attempt.started"}
    assert collector.facts("request") == [
        {"strategy": name, "action": "create", "outcome": word, "attempt_id": attempts[name]["attemptId"]}
        for name, word in (("btc", "succeeded"), ("eth", "unknown"))
    ]
    assert [span.status.code for span in collector.spans if span.name == "request"] == [0, 2]
    [command] = [span for span in collector.spans if span.name == "volvenctl apply"]
    assert command.status.code == 2
    for span in collector.spans:
        assert command.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano


def test_an_action_that_was_taken_on_is_accepted(desk, collector):
    assert desk.apply().returncode == 0
    spec = desk.root / "strategies" / "btc.yaml"
    spec.write_text(spec.read_text() + "lifecycle: {runState: stopped}\n")
    done = desk.apply(**collector.variables)
    assert done.returncode == 0, done.stderr
    [facts] = collector.facts("request")
    assert (facts["strategy"], facts["action"], facts["outcome"]) == ("btc", "stop", "accepted")


def test_a_plan_is_traced_and_what_fails_in_it_is_named_by_its_kind(desk, collector):
    desk.reads["/strategy-orchestrator/strategies/find"] = http(400, b'{"secret": "CANARY-ANSWER"}')
    done = desk.run("plan", **collector.variables)
    assert done.returncode == 1
    assert collector.facts("find") == [{"error.type": "PlatformError"}]
    assert collector.facts("volvenctl plan")[0]["exit"] == 1
    assert b"CANARY" not in collector.raw


def test_a_trace_holds_no_token_no_account_and_no_body(desk, collector):
    assert desk.apply(**collector.variables).returncode == 0
    ids = [item.encode() for item in desk.live_ids]
    for secret in (TOKEN.encode(), b"99998", b"btcusdt_f", b"priceLimit", b"SMO", *ids):
        assert secret not in collector.raw


def test_without_the_variable_nothing_of_it_is_loaded(desk):
    program = "import atexit; atexit.register(lambda: print('opentelemetry' in sys.modules, file=sys.stderr))"
    done = run_python(desk, program, "plan")
    assert (done.returncode, done.stderr) == (0, "False\n")


def test_without_the_extra_the_apply_is_carried_out_and_says_so(desk, collector):
    before = "sys.modules['opentelemetry'] = None"
    done = run_python(desk, before, "apply", "--auto-approve", **collector.variables)
    assert done.returncode == 0
    assert "note: OTEL_EXPORTER_OTLP_ENDPOINT is set, but nothing is traced: install volvenctl[otel]" in done.stderr
    assert len(desk.live_ids) == 2
    assert collector.server.connections == 0


def run_python(desk, before, *words, **variables):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(before=before), *words],
        cwd=desk.root,
        env={"VOLVEN_TOKEN": TOKEN, "HOME": str(desk.root), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def nobody():
    """A port that refuses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


@contextmanager
def hanging():
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def refusing():
    with Collector(400) as collector:
        yield collector.server.url


@pytest.mark.parametrize("place", [nobody, hanging, refusing])
def test_a_collector_that_does_not_take_it_costs_a_sentence_and_no_launch(desk, place):
    with place() as url:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_TIMEOUT": "3600"}
        done = desk.apply(**variables)
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == f"note: {LOST}"
    assert "Traceback" not in done.stderr
    assert len(desk.live_ids) == 2


def test_variables_that_cannot_be_used_cost_a_sentence_and_no_launch(desk, collector):
    done = desk.apply(**collector.variables, OTEL_BSP_MAX_QUEUE_SIZE="-1")
    assert done.returncode == 0
    assert "note: the OTEL_ variables cannot be used, so there is no trace\n" in done.stderr
    assert len(desk.live_ids) == 2


def test_a_parent_that_makes_no_sense_is_no_parent(desk, collector):
    assert desk.run("plan", **collector.variables, TRACEPARENT="00-nonsense").returncode == 0
    [command] = [span for span in collector.spans if span.name == "volvenctl plan"]
    assert command.parent_span_id == b""
