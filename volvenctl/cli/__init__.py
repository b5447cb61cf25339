"""The door: one module per command; options, one pipeline call, one render call, exit code."""
