"""The command line, as `trk` and as `python -m trk`."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line."""
    # What is imported is there to stay: to look for garbage in it takes a quarter of a short
    # command.
    gc.disable()
    from trk.cli import main as command_line  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    command_line()


if __name__ == "__main__":
    main()
