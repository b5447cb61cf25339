"""Verbs: pure functions, one step of the pipeline per module."""
