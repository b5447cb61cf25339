"""GitOps for trading strategies: plan and apply for things that spend money the second they exist."""

__version__ = "0.1.0"
