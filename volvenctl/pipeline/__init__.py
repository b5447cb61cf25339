"""The story: core and ports in order, one module per command."""
