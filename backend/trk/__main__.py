"""`python -m trk`: the command line."""

from trk.cli import main

main()
