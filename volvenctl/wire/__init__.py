"""Formats: values to and from exact JSON or YAML text; pure."""
