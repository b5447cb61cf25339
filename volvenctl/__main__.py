"""`python -m volvenctl` is the command."""

from volvenctl.cli import main

main()
