"""The browsers of the tests in `e2e`: `python -m tests.browsers` gets those that are missing.

This repository's tests may install things on the machine they run on; the test kit that we publish
only says what is missing.
"""

from __future__ import annotations

import shutil
import sys

from tests import debian
from trk_sdk.testkit.browsers import DEBIAN, NAMES, advice, tried


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


def main() -> int:
    """Get every browser ready; 0 if all of them start."""
    ready = [_ensure(name) for name in NAMES]
    shell = DEBIAN["chromium"][-1]
    if shutil.which("chromium") and not shutil.which(shell) and debian.can_install():
        print(f"Installing {shell} with apt-get: without a window, tests take half the time.")
        debian.installed([shell])
    return 0 if all(ready) else 1


if __name__ == "__main__":
    sys.exit(main())
