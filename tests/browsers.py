"""The browsers of the tests in `e2e`: `python -m tests.browsers` gets those that are missing,
`python -m tests.browsers chromium` this one only.

Without Chromium or Firefox there are no tests; without WebKit, which only Debian has, the tests in
`e2e/webkit` are skipped.

This repository's tests may install things on the machine they run on; the test kit that we publish
only says what is missing.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from tests import debian
from trk_sdk.testkit.browsers import DEBIAN, NAMES, advice, tried

WEBKIT = {"WebKitWebDriver": "webkit2gtk-driver", "Xvfb": "xvfb"}
"""What starts WebKit and what it draws on, each with Debian's package of it."""


def webkit_problem() -> str | None:
    """What WebKit misses and how to get it; None if it can be started."""
    missing = [program for program in WEBKIT if not shutil.which(program)]
    if not missing:
        return None
    return (
        f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing; "
        f"Debian: sudo apt-get install --no-install-recommends {' '.join(WEBKIT.values())}"
    )


def _ensure(name: str) -> bool:
    """Make sure that `name` starts, say how, and return whether it does."""
    problem = tried(name)
    if problem is None:
        return True
    print(f"{problem}.\nAsking Playwright to download its own {name}.", flush=True)
    if _downloaded(name) and (problem := tried(name)) is None:
        return True
    packages = DEBIAN[name]
    if debian.can_install():
        print(f"Installing {' and '.join(packages)} with apt-get.", flush=True)
        if debian.installed(packages) and (problem := tried(name)) is None:
            return True
    print(f"{name} can't be started: {problem}.\n{advice(name)}", file=sys.stderr)
    return False


def _downloaded(name: str) -> bool:
    install = [sys.executable, "-m", "playwright", "install", name]
    patience = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "5000"}  # milliseconds
    return debian.ran(install, seconds=600, environment=patience)


def _ensure_webkit() -> None:
    if webkit_problem() and debian.can_install():
        packages = list(WEBKIT.values())
        print(f"Installing {' and '.join(packages)} with apt-get.", flush=True)
        debian.installed(packages)
    if problem := webkit_problem():
        print(f"The tests in WebKit are skipped: {problem}.", flush=True)


def main(wanted: Sequence[str]) -> int:
    """Get the wanted browsers ready, or all of them; 0 if those start without which there are no
    tests."""
    if wanted:
        return 0 if all(map(_ensure, wanted)) else 1
    ready = [_ensure(name) for name in NAMES]
    shell = DEBIAN["chromium"][-1]
    if shutil.which("chromium") and not shutil.which(shell) and debian.can_install():
        print(f"Installing {shell} with apt-get: without a window, tests take half the time.")
        debian.installed([shell])
    _ensure_webkit()
    return 0 if all(ready) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
