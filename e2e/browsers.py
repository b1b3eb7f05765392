"""Finds the browsers for the tests, or installs them; `python -m e2e.browsers` says what it did."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Playwright, sync_playwright

_QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


class Kind(NamedTuple):
    """A browser: Playwright's name, the commands and paths it may have, Debian's package."""

    name: str
    places: tuple[str, ...]
    package: str


KINDS = (
    Kind(
        "chromium",
        (
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
        ),
        "chromium",
    ),
    # Playwright can drive a stock Firefox only through a channel of its own.
    Kind("firefox", ("firefox-esr",), "firefox-esr"),
)


def system_path(kind: Kind) -> str | None:
    """The system's browser of this kind, or None."""
    for place in kind.places:
        found = shutil.which(place)
        if found:
            return found
    return None


def launch(playwright: Playwright, name: str) -> Browser:
    """Start the browser `name`, the system's or Playwright's own."""
    kind = next(kind for kind in KINDS if kind.name == name)
    path = system_path(kind)
    if name == "firefox":
        if _own(playwright, kind) or path is None:
            return playwright.firefox.launch()
        return playwright.firefox.launch(channel="moz-firefox", executable_path=path)
    return playwright.chromium.launch(
        executable_path=path, args=_QUIET, chromium_sandbox=os.geteuid() != 0
    )


def _own(playwright: Playwright, kind: Kind) -> bool:
    return Path(getattr(playwright, kind.name).executable_path).exists()


def _install(kind: Kind) -> None:
    print(f"{kind.name}: not here; asking Playwright for its own…", flush=True)
    own = subprocess.run([sys.executable, "-m", "playwright", "install", kind.name], check=False)
    if own.returncode == 0:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"{kind.name}: installing Debian's package {kind.package}…", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", kind.package], check=True)
        return
    raise SystemExit(f"{kind.name} is missing; please install {kind.package} and run this again.")


def main() -> None:
    """Make sure that every browser is there."""
    with sync_playwright() as playwright:
        missing = [k for k in KINDS if not (system_path(k) or _own(playwright, k))]
        for kind in KINDS:
            if kind not in missing:
                print(f"{kind.name}: {system_path(kind) or 'Playwright’s own'}")
    for kind in missing:
        _install(kind)


if __name__ == "__main__":
    main()
