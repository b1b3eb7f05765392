"""The demo's children: whenever it is asked to end, none of them stays behind."""

from __future__ import annotations

import itertools
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import psutil
import pytest

from trk_shop import children
from trk_shop.children import ENDINGS, Child

SLEEPS = ["sh", "-c", "exec sleep 60"]


@pytest.fixture
def _signals_of_the_demo() -> Iterator[None]:
    """Signals that ask to end interrupt the test as they do the demo."""
    before = {way: signal.signal(way, signal.default_int_handler) for way in ENDINGS}
    yield
    for way, handler in before.items():
        signal.signal(way, handler)


class CtrlC:
    """A profiler that presses Ctrl-C at the n-th call or return in Popen and in the demo's code."""

    def __init__(self, step: int) -> None:
        self._left = step

    @property
    def was_pressed(self) -> bool:
        return self._left <= 0

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if frame.f_code.co_filename in (children.__file__, subprocess.__file__):
            self._left -= 1
            if self._left == 0:
                signal.raise_signal(signal.SIGINT)


def interrupted(child: Child, step: int) -> bool:
    """Start it and press Ctrl-C at this step: was it told so? It must be, unless it has fewer."""
    ctrl_c = CtrlC(step)
    sys.setprofile(ctrl_c)
    try:
        child.start()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(None)
    assert not ctrl_c.was_pressed, f"at step {step} it went on"
    return False


@pytest.mark.usefixtures("_signals_of_the_demo")
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # pressed as the log is closed
def test_ctrl_c_at_any_step_of_a_start_leaves_no_child_behind(tmp_path: Path) -> None:
    before = set(psutil.Process().children())
    for step in itertools.count(1):
        with socket.socket() as listening:
            child = Child("It", SLEEPS, listening, tmp_path / "log")
            was_interrupted = interrupted(child, step)
            child.stop()
        assert set(psutil.Process().children()) <= before, f"left behind at step {step}"
        if not was_interrupted:
            break
    assert step > 50
