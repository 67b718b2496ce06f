"""Run the command line as `python -m cahill.cli`."""

from cahill.cli.main import main

main()
