"""Starts WebKit: a display that nobody sees, a driver, and by it a browser."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.webkit.browser import Browser
from tests.ports import free_port
from trk_sdk.testkit.process import START_SECONDS, ProcessError, direct
from trk_sdk.testkit.truth import LOOK_SECONDS

_STARTS = 3
_PATIENCE = 30.0
"""Seconds for a browser to start."""


@contextmanager
def display(log: Path) -> Iterator[str]:
    """A screen in memory, by Xvfb; its name, as DISPLAY has it."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            # It takes the first number that is free, and prints it when it is ready.
            ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
    with server:
        try:
            assert server.stdout is not None
            number = server.stdout.readline().strip()
            if not number:
                raise ProcessError(f"Xvfb did not start.\nIts log:\n{log.read_text()}")
            yield f":{number}"
        finally:
            server.terminate()


@contextmanager
def browser(screen: str, log: Path) -> Iterator[Browser]:
    """A browser with a fresh profile on that screen. On a busy machine one hangs now and then
    before it has begun: then another is started."""
    for left in reversed(range(_STARTS)):
        with _driver(screen, log) as address:
            try:
                started = Browser(address, _PATIENCE)
            except TimeoutError:
                if left:
                    continue
                raise
            yield started
            return


@contextmanager
def _driver(screen: str, log: Path) -> Iterator[str]:
    """The address of a driver, whose browser ends with it."""
    port = free_port()
    with log.open("wb") as output:
        driver = subprocess.Popen(
            ["WebKitWebDriver", f"--port={port}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(screen),
            # A group of its own, by which its browser can be ended with it.
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_ready(driver, address, log)
        yield address
    finally:
        # A driver's browser has its profile in memory only: there is nothing to be saved.
        os.killpg(driver.pid, signal.SIGKILL)
        driver.wait()


def _environment(screen: str) -> dict[str, str]:
    # On a desktop with Wayland, GTK would open a window there.
    environment = {**os.environ, "DISPLAY": screen, "GDK_BACKEND": "x11"}
    if os.geteuid() == 0:
        # WebKit for GTK 4 puts pages into a sandbox, which root in a container may not make. None
        # but the tests' own pages are opened.
        environment["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
    return environment


def _wait_until_ready(driver: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            direct(f"{address}/status", timeout=START_SECONDS).close()
            return
        except OSError as error:
            if driver.poll() is not None or time.monotonic() > deadline:
                raise ProcessError(
                    f"WebKitWebDriver did not start: {error}.\nIts log:\n{log.read_text()}"
                ) from error
        time.sleep(LOOK_SECONDS)
