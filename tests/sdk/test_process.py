"""A server as a process: a Ctrl-C leaves none behind."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType

import psutil
import pytest

from trk_sdk.testkit.process import Server


def _press_ctrl_c(frame: FrameType, event: str, argument: object) -> None:
    """A profiler that does so when a process is just made, and no line of Python has it yet."""
    if event == "c_return" and getattr(argument, "__name__", "") == "fork_exec":
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_while_a_process_is_being_made_leaves_none_behind(tmp_path: Path) -> None:
    before = set(psutil.Process().children())
    server = Server(["sh", "-c", "exec sleep 60"], tmp_path / "log")
    # A run that a script put into the background ignores Ctrl-C, and so would its tests.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.setprofile(_press_ctrl_c)
    try:
        with pytest.raises(KeyboardInterrupt):
            server.start({})
    finally:
        sys.setprofile(None)
        signal.signal(signal.SIGINT, handler)
        server.close()
    assert set(psutil.Process().children()) <= before
