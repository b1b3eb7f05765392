"""Finds Chromium and Firefox for Playwright, and says how to get one that is missing."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

NAMES = ("chromium", "firefox")

_COMMANDS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
    "firefox": ("firefox-esr", "firefox"),
}
_MAC = {
    "chromium": (
        "Chromium.app/Contents/MacOS/Chromium",
        "Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
    "firefox": ("Firefox.app/Contents/MacOS/firefox",),
}
DEBIAN = {"chromium": ("chromium", "chromium-headless-shell"), "firefox": ("firefox-esr",)}
"""Debian's packages of each browser."""
_SHELL = "chromium-headless-shell"
"""Chromium's engine without its window, which Playwright's own headless Chromium is as well: it
takes half the time. Without the whole browser there are no settings, and no back/forward cache."""

# Nothing but the pages under test may use the network or the processor.
_CHROMIUM_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
# Nor be got ready for the next page, in a window that will have none.
_FIREFOX_PREFERENCES = {
    "browser.newtab.preload": False,
    "dom.ipc.processPrelaunch.enabled": False,
}


class BrowserMissing(RuntimeError):
    """A browser can't be started; the message says what was tried and what to do."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to start a browser: where it comes from, and what Playwright needs to know."""

    name: str
    where: str
    options: Mapping[str, Any]

    def launch(self, playwright: Playwright, **options: Any) -> Browser:
        """Start it with Playwright's `options`. Raises playwright's Error if that fails."""
        kind = getattr(playwright, self.name)
        merged = {**self.options, **options}
        if arguments := [*self.options.get("args", ()), *options.get("args", ())]:
            merged["args"] = arguments
        if self.name == "firefox":
            asked = options.get("firefox_user_prefs", {})
            merged["firefox_user_prefs"] = {**_FIREFOX_PREFERENCES, **asked}
        browser: Browser = kind.launch(**merged)
        return browser


def candidates(playwright: Playwright, name: str, *, whole: bool = True) -> Iterator[Candidate]:
    """The ways to start `name` (of NAMES) with what is on this machine, best first; where not the
    `whole` browser is needed, by its headless engine alone if that is there."""
    flags: dict[str, Any] = {"args": [*_CHROMIUM_FLAGS]} if name == "chromium" else {}
    if flags and hasattr(os, "geteuid") and os.geteuid() == 0:
        flags["args"].append("--no-sandbox")
    own = Path(getattr(playwright, name).executable_path)
    if own.exists():
        entire = {"channel": "chromium"} if whole and name == "chromium" else {}
        yield Candidate(name, f"Playwright's own, {own}", {**entire, **flags})
    shell = None if whole or name != "chromium" else shutil.which(_SHELL)
    for found in (*([Path(shell)] if shell else ()), *_installed(name)):
        # Playwright's own Firefox is a changed one; a Firefox as released needs its own channel.
        channel = {"channel": "moz-firefox"} if name == "firefox" else {}
        yield Candidate(name, str(found), {"executable_path": found, **channel, **flags})


def launch(
    playwright: Playwright, name: str, *, whole: bool = False, **options: Any
) -> tuple[Browser, str]:
    """Start `name` (of NAMES) with Playwright's `options`; also where it was found. One that is
    seen is always `whole`.

    Raises BrowserMissing.
    """
    failed = []
    whole = whole or options.get("headless") is False
    for candidate in candidates(playwright, name, whole=whole):
        try:
            return candidate.launch(playwright, **options), candidate.where
        except Error as error:
            failed.append(f"{candidate.where} does not start: {error.message.splitlines()[0]}")
    # Playwright, stopped before it has answered anything, complains of a task of its own.
    playwright.request.new_context().dispose()
    raise BrowserMissing("\n".join(failed or [f"no {name} was found on this machine"]))


class KeptBrowsers:
    """Browsers that tests share, by the options with which they were started."""

    def __init__(self, start: Callable[[Mapping[str, Any]], Browser]) -> None:
        """`start` starts one with Playwright's options."""
        self._start = start
        self._kept: dict[str, Browser] = {}

    def __call__(self, **options: Any) -> Browser:
        """The browser with these options, started if there is none."""
        key = repr(sorted(options.items()))
        browser = self._kept.pop(key, None)
        if browser is None or not browser.is_connected():
            browser = self._start(options)
        self._kept[key] = browser
        return browser

    def close(self, but: int = 0) -> None:
        """Close all, or all but the few that were asked for last: each takes some memory."""
        while len(self._kept) > but:
            self._kept.pop(next(iter(self._kept))).close()


def _installed(name: str) -> Iterator[Path]:
    for command in _COMMANDS[name]:
        if found := shutil.which(command):
            yield Path(found)
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        for app in _MAC[name]:
            if (folder / app).exists():
                yield folder / app


def tried(name: str) -> str | None:
    """Start `name` (of NAMES) once and print which it is; the problem if it does not start."""
    with sync_playwright() as playwright:
        try:
            browser, where = launch(playwright, name)
        except BrowserMissing as missing:
            return str(missing)
        print(f"{name} {browser.version} starts ({where}).", flush=True)
        browser.close()
    return None


def advice(name: str) -> str:
    """How to get `name` (of NAMES), in a sentence or two."""
    own = f"{sys.executable} -m playwright install --with-deps {name}"
    return f"Playwright's own: {own}. Or Debian's: sudo apt-get install {' '.join(DEBIAN[name])}."


def main() -> int:
    """Try every browser, and say how to get those that do not start; 0 if all of them do."""
    missing = {name: problem for name in NAMES if (problem := tried(name)) is not None}
    for name, problem in missing.items():
        print(f"{name} can't be started: {problem}.\n{advice(name)}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
