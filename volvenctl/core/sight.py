"""What `find` shows of a launched strategy, in the words of the project file. Nothing is guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self, TypeAlias

from volvenctl.model.catalog import LiveStrategy
from volvenctl.model.names import StrategyId
from volvenctl.model.project import Environment

Seen: TypeAlias = Literal["running", "paused", "stopped", "gone", "unsaid"]
"""`gone`: `find` answers and does not show it. `unsaid`: it is not asked, or its word has no meaning here."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The answer of `find`, and what its undocumented words mean in this environment."""

    live: Mapping[StrategyId, LiveStrategy] | None = None
    """By id; None where it cannot be asked."""
    state_key: str | None = None
    """Which key of `state` to read; None: not configured."""
    states: Mapping[str, str] = field(default_factory=dict)
    """`running`, `paused` or `stopped` by word."""

    @classmethod
    def of(cls, live: tuple[LiveStrategy, ...] | None, environment: Environment) -> Self:
        """Return what `live` means in `environment`."""
        shown = None if live is None else {item.id: item for item in live}
        return cls(shown, environment.state_key, environment.states)

    @property
    def tells_stopped(self) -> bool:
        """Whether `find` could ever show that a strategy is stopped."""
        return self.live is not None and self.state_key is not None and "stopped" in self.states.values()

    def word_of(self, strategy_id: StrategyId) -> str | None:
        """Return the platform's own word; None where there is none."""
        shown = None if self.live is None else self.live.get(strategy_id)
        return None if shown is None or self.state_key is None else shown.state.get(self.state_key)

    def is_unclear(self, strategy_id: StrategyId) -> bool:
        """Whether `find` says something of a strategy that the project file, which explains other words, does not."""
        is_shown = self.live is not None and strategy_id in self.live
        return (
            is_shown and self.state_key is not None and bool(self.states) and self.of_strategy(strategy_id) == "unsaid"
        )

    def of_strategy(self, strategy_id: StrategyId) -> Seen:
        """Return what a strategy is seen as."""
        if self.live is None:
            return "unsaid"
        if strategy_id not in self.live:
            return "gone"
        meaning = self.states.get(self.word_of(strategy_id) or "")
        match meaning:
            case "running" | "paused" | "stopped":
                return meaning
            case _:
                return "unsaid"
