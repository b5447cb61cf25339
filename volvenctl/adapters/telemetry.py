"""OpenTelemetry traces of a command. The only module that knows OpenTelemetry.

The ports are wrapped, so that nothing behind them knows of it. A trace says which strategy was asked for what and
how that ended; it holds no body, no token, no account and no text of an error. The exporter works on a thread of
its own and is waited for only at the end, and not for long.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any, Final, cast

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from volvenctl import __version__
from volvenctl.errors import ConfigError, Exit, VolvenctlError
from volvenctl.model.catalog import Account, LiveStrategy, Product
from volvenctl.model.names import AttemptId, ExchangeCode
from volvenctl.model.outcome import Answer, Request
from volvenctl.model.problem import Problem
from volvenctl.model.record import Record
from volvenctl.model.spec import SpecFile
from volvenctl.ports import LedgerStore, Platform, SpecFiles, System, World

for _name in ("opentelemetry", "urllib3"):  # what goes wrong is said once, at the end, by the command itself
    logging.getLogger(_name).setLevel(logging.CRITICAL)

_FLUSH_S = 2.0
"""How long the end of a command waits for the exporter."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BAD_ENDS = frozenset({"refused", "unknown"})
_OUTCOMES = ("attempt.", "action.accepted")


class Trace:
    """The spans of one command: its own, and one below it for each step at a port. Used by several threads."""

    def __init__(self, command: str, variables: Mapping[str, str], system: System) -> None:
        """Begin the command's span, below the one that TRACEPARENT names, if it names one.

        Raises:
            ConfigError: the OTEL_ variables cannot be used.
        """
        try:
            self._exporter = _Watched(OTLPSpanExporter())
            self._provider = _provider(self._exporter)
        except ValueError as error:
            raise ConfigError("the OTEL_ variables cannot be used, so there is no trace") from error
        self._tracer = self._provider.get_tracer("volvenctl", __version__)
        self._system = system
        carrier = {name: variables.get(name.upper(), "") for name in ("traceparent", "tracestate")}
        parent = TraceContextTextMapPropagator().extract(carrier, Context())
        self._command = self._tracer.start_span(f"volvenctl {command}", parent)
        self._below = set_span_in_context(self._command, parent)
        self._announced: dict[str, Mapping[str, str]] = {}
        self._answered: dict[str, tuple[Span, int]] = {}

    def around(self, world: World) -> World:
        """Return `world` with ports that leave a span for each step."""
        environment = world.environment
        self._command.set_attributes({"volvenctl.environment": environment.name, "volvenctl.live": environment.live})
        return replace(
            world,
            specs=cast("SpecFiles", TracedSpecs(world.specs, self)),
            platform=TracedPlatform(world.platform, self),
            ledger=cast("LedgerStore", TracedLedger(world.ledger, self)),
        )

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, str | int] | None = None) -> Iterator[None]:
        """Leave a span for what is done meanwhile; of an error it says only the kind."""
        span = self._tracer.start_span(name, self._below, attributes=attributes)
        try:
            yield
        except VolvenctlError as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            span.end()

    def begin_request(self, attempt_id: AttemptId) -> Span:
        """Begin the span of a request that was announced."""
        facts = {**self._announced.get(attempt_id, {}), "volvenctl.attempt_id": attempt_id}
        return self._tracer.start_span("request", self._below, SpanKind.CLIENT, facts)

    def end_request(self, attempt_id: AttemptId, span: Span) -> None:
        """Keep the moment of the answer; the span ends with what the ledger will say about it."""
        self._answered[attempt_id] = span, _nanoseconds(self._system.now())

    def note(self, record: Record) -> None:
        """Take in what a stored record says about a request."""
        attempt_id = str(record.data.get("attemptId"))
        if record.type == "attempt.started":
            name, action = str(record.data.get("name")), str(record.data.get("action"))
            self._announced[attempt_id] = {"volvenctl.strategy": name, "volvenctl.action": action}
        elif record.type.startswith(_OUTCOMES) and attempt_id in self._answered:
            span, at_ns = self._answered.pop(attempt_id)
            word = record.type.partition(".")[2]
            span.set_attribute("volvenctl.outcome", word)
            if word in _BAD_ENDS:
                span.set_status(StatusCode.ERROR)
            span.end(at_ns)

    def finish(self, code: int) -> None:
        """End the command's span with its exit code, and give the exporter a moment to get rid of all.

        Raises:
            VolvenctlError: not all of the trace arrived.
        """
        for span, at_ns in self._answered.values():
            span.end(at_ns)
        self._command.set_attribute("volvenctl.exit", code)
        if code not in (Exit.OK, Exit.CHANGES):
            self._command.set_status(StatusCode.ERROR)
        self._command.end()
        flushing = Thread(target=self._provider.shutdown, daemon=True)
        flushing.start()
        flushing.join(_FLUSH_S)
        if flushing.is_alive() or not self._exporter.is_whole:
            raise VolvenctlError("the trace did not reach the collector of OTEL_EXPORTER_OTLP_ENDPOINT, or not whole")


class TracedSpecs:
    """Spec files (`ports.SpecFiles`) whose reading leaves a span."""

    def __init__(self, real: SpecFiles, trace: Trace) -> None:
        """Wrap `real`."""
        self._real = real
        self._trace = trace

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else the port promises
        """Leave everything else to the real one."""
        return getattr(self._real, name)

    def read_all(self) -> tuple[tuple[SpecFile, ...], tuple[Problem, ...]]:
        """Return every spec file."""
        with self._trace.span("check specs"):
            return self._real.read_all()


class TracedPlatform:
    """A platform (`ports.Platform`) whose calls leave spans."""

    def __init__(self, real: Platform, trace: Trace) -> None:
        """Wrap `real`."""
        self._real = real
        self._trace = trace

    def accounts(self) -> tuple[Account, ...]:
        """Return the user's exchange accounts."""
        with self._trace.span("check accounts"):
            return self._real.accounts()

    def products(self, exchanges: Sequence[ExchangeCode]) -> tuple[Product, ...]:
        """Return the products of these exchanges."""
        with self._trace.span("check products"):
            return self._real.products(exchanges)

    def find(self) -> tuple[LiveStrategy, ...]:
        """Return the user's root strategies."""
        with self._trace.span("find"):
            return self._real.find()

    def send(self, request: Request, attempt_id: AttemptId, not_after: float) -> Answer:
        """Send `request` once; its span ends when the ledger knows the outcome."""
        span = self._trace.begin_request(attempt_id)
        try:
            return self._real.send(request, attempt_id, not_after)
        finally:
            self._trace.end_request(attempt_id, span)

    def hurry(self, within_s: float) -> None:
        """Give requests that are in flight at most this much longer."""
        self._real.hurry(within_s)


class TracedLedger:
    """A ledger (`ports.LedgerStore`) whose reads and appends leave spans."""

    def __init__(self, real: LedgerStore, trace: Trace) -> None:
        """Wrap `real`."""
        self._real = real
        self._trace = trace

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else the port promises
        """Leave everything else to the real one."""
        return getattr(self._real, name)

    def read(self, after: int) -> list[Record]:
        """Return the records with a seq above `after`."""
        with self._trace.span("ledger read", {"volvenctl.ledger.after": after}):
            return self._real.read(after)

    def append(self, expected: int, records: Sequence[Record]) -> None:
        """Make `records` durable, and learn from them what the spans of requests have to say."""
        facts = {"volvenctl.ledger.seq": expected + len(records), "volvenctl.ledger.records": len(records)}
        with self._trace.span("ledger append", facts):
            self._real.append(expected, records)
        for record in records:
            self._trace.note(record)


class _Watched(SpanExporter):
    """An exporter that remembers whether everything arrived."""

    def __init__(self, real: SpanExporter) -> None:
        self._real = real
        self.is_whole = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        is_whole, self.is_whole = self.is_whole, False  # until it has arrived; an exception leaves it so
        result = self._real.export(spans)
        self.is_whole = is_whole and result is SpanExportResult.SUCCESS
        return result

    def shutdown(self) -> None:
        self._real.shutdown()


def _provider(exporter: SpanExporter) -> TracerProvider:
    resource = Resource.create({SERVICE_NAME: "volvenctl", SERVICE_VERSION: __version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _nanoseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000
