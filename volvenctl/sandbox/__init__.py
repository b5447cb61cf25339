"""The small world: a simulator of the documented platform."""
