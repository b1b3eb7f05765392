"""A demo as a real process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil

import trk_shop

ROOT = Path(trk_shop.__file__).parents[2]
SECONDS = 60


class Demo:
    """A demo in a group of its own, as a terminal starts it, with its output line by line."""

    def __init__(self, folder: Path, ports: tuple[int, int], environment: dict[str, str]) -> None:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("TRK_") and name not in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
        }
        self.port, self.shop_port = ports
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "trk_shop"),
                *(f"--port={self.port}", f"--shop-port={self.shop_port}"),
            ],
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._over = threading.Timer(SECONDS, self._kill)
        self._over.start()

    def read_until(self, text: str) -> str:
        """All that has been printed as soon as `text` has been."""
        assert self.process.stdout is not None
        while not any(text in line for line in self.lines):
            line = self.process.stdout.readline()
            assert line, f"the demo ended before it said {text!r}: {self.lines}"
            self.lines.append(line)
        return "".join(self.lines)

    def end(self) -> tuple[int, str]:
        """Wait for its end; the exit status and all that was printed."""
        rest, _ = self.process.communicate()
        self._over.cancel()
        return self.process.returncode, "".join(self.lines) + rest

    def ctrl_c(self) -> tuple[int, str]:
        """What a terminal does at Ctrl-C; then as `end`."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.end()

    def children(self) -> list[psutil.Process]:
        """The processes it has started."""
        found: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return found

    def _kill(self) -> None:
        if self.process.poll() is None:
            for process in [*self.children(), psutil.Process(self.process.pid)]:
                process.kill()


Start = Callable[..., Demo]
