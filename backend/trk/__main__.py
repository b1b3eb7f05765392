"""`python -m trk`: the command line."""

import gc

# What is imported is there to stay: to look for garbage in it takes a quarter of a short command.
gc.disable()
from trk.cli import main  # noqa: E402

gc.freeze()
gc.enable()
main()
