"""The life of every strategy as the ledger tells it: in which run state from when until when."""

from collections.abc import Iterable, Mapping

from volvenctl.core.fold import Fold
from volvenctl.core.folding import ids_of
from volvenctl.model.audit import Span
from volvenctl.model.names import StrategyName
from volvenctl.model.record import Record
from volvenctl.model.state import Launched


def spans_of(records: Iterable[Record]) -> tuple[Span, ...]:
    """Return the spans of all strategies, in the order of their beginnings, then of their names.

    Raises:
        LedgerError: as for `Fold.add`.
    """
    fold, spans = Fold(), _Spans()
    for record in records:
        fold.add(record)
        for name in _touched(record, fold.strategies):
            spans.see(name, fold.strategies.get(name), record)
    return spans.all()


class _Spans:
    """Spans that are being made: a local collector."""

    def __init__(self) -> None:
        self._open: dict[StrategyName, Span] = {}
        self._closed: list[Span] = []

    def see(self, name: StrategyName, entry: Launched | None, record: Record) -> None:
        """Take in how a strategy is after `record`."""
        span = self._open.get(name)
        before = None if span is None else (span.strategy_id, span.run_state)
        after = None if entry is None else (entry.strategy_id, entry.run_state or "unknown")
        if before == after:
            return
        if span is not None:
            self._closed.append(Span(name, span.strategy_id, span.run_state, span.begin, record))
            del self._open[name]
        if after is not None:
            self._open[name] = Span(name, *after, record, None)

    def all(self) -> tuple[Span, ...]:
        """Return the closed and the open ones in order."""
        return tuple(sorted((*self._closed, *self._open.values()), key=lambda item: (item.begin.seq, item.name)))


def _touched(record: Record, strategies: Mapping[StrategyName, Launched]) -> tuple[StrategyName, ...]:
    """Return the names that a record may have changed something about."""
    stopped = ids_of(record.data.get("stopped"))
    named = (record.data.get(key) for key in ("was", "name"))
    return (
        *(StrategyName(item) for item in named if isinstance(item, str)),
        *(name for name, entry in strategies.items() if stopped and entry.strategy_id in stopped),
    )
