"""A browser that nobody steers: it opens a page, and pages act by themselves or as told by a site.

Playwright turns prerendering off, and loses Firefox as soon as a page's process ends.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Playwright

from trk_sdk.testkit.browsers import candidates
from trk_sdk.testkit.site import Site

# No page but those of the test, and windows opened by a script.
_PREFERENCES = """\
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("dom.disable_open_during_load", false);
user_pref("dom.ipc.processPrelaunch.enabled", false);
"""
_FLAGS = ("--disable-popup-blocking", "--disable-features=SpareRendererForSitePerProcess")

_OBEYING = """
    (function next(number) {
        fetch('/order-' + number).then(function (answer) {
            if (!answer.ok) return setTimeout(next, 50, number);
            answer.text().then(function (order) { eval(order); next(number + 1); });
        });
    })(1);
"""


class Orders:
    """What the pages with `script` do when the test says so."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._given = 0
        self.script = site.script("/obeying.js", _OBEYING)

    def give(self, javascript: str) -> None:
        """Have the page run `javascript`, after what it was told before."""
        self._given += 1
        self._site.script(f"/order-{self._given}", javascript)


@contextmanager
def unattended(
    playwright: Playwright, name: str, profile: Path, address: str
) -> Iterator[psutil.Process]:
    """Start `name` (chromium or firefox) with a profile in the folder `profile`, at `address`."""
    found = next(candidates(playwright, name))
    executable = found.options.get("executable_path") or getattr(playwright, name).executable_path
    profile.mkdir()
    if name == "firefox":
        (profile / "user.js").write_text(_PREFERENCES)
        arguments = ["--no-remote", "--profile", str(profile)]
    else:
        arguments = [f"--user-data-dir={profile}", *found.options["args"], *_FLAGS]
    with (profile / "output.txt").open("wb") as output:
        started = subprocess.Popen(
            [str(executable), "--headless", *arguments, address],
            stdout=output,
            stderr=output,
            env={**os.environ, "MOZ_CRASHREPORTER_DISABLE": "1"},
        )
    try:
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait()


def tabs(browser: psutil.Process) -> set[psutil.Process]:
    """The processes of `browser` that run pages."""
    return {process for process in browser.children(recursive=True) if _runs_pages(process)}


def _runs_pages(process: psutil.Process) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:  # it has ended meanwhile
        return False
    return "--type=renderer" in words or ("-contentproc" in words and words[-1] == "tab")
