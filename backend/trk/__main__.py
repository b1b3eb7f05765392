"""`python -m trk`: the command line."""

import gc

# What is imported is there to stay: to look for garbage meanwhile takes a sixth of the start.
gc.disable()
from trk.cli import main  # noqa: E402

gc.freeze()
gc.enable()
main()
