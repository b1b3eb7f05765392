"""Programs that tests run what we publish with: interpreters, compilers, servers.

`python -m tests.tools` installs those that are missing, where that is possible; a test asks for one
with `needed`, and is skipped, with the reason, where there is none.
"""

from __future__ import annotations

import shutil

import pytest

from tests import debian

PACKAGES = {
    "php": "php-cli",
    "ruby": "ruby",
    "go": "golang-go",
    "nginx": "nginx",
    "caddy": "caddy",
    "haproxy": "haproxy",
}
"""Each program, and Debian's package of it."""
# Where Debian has servers, which is in root's PATH only.
_SEARCHED = "/usr/sbin"


def found(program: str) -> str | None:
    """Where a program is, or None."""
    return shutil.which(program) or shutil.which(program, path=_SEARCHED)


def needed(program: str) -> str:
    """Where a program of PACKAGES is; the test that asks is skipped where it is missing."""
    path = found(program)
    if path is None:
        pytest.skip(
            f"{program} is missing; Debian: sudo apt-get install --no-install-recommends "
            f"{PACKAGES[program]}"
        )
    return path


def main() -> None:
    """Install what is missing, or say what will be skipped."""
    missing = [package for program, package in PACKAGES.items() if found(program) is None]
    if not missing:
        return
    packages = " ".join(missing)
    if debian.can_install():
        print(
            f"Installing {packages} with apt-get, to run what we publish with (once).", flush=True
        )
        debian.installed(missing)
    if missing := [program for program in PACKAGES if found(program) is None]:
        print(
            f"Without {', '.join(missing)}, the tests that need them are skipped. "
            f"Debian: sudo apt-get install --no-install-recommends {packages}",
            flush=True,
        )


if __name__ == "__main__":
    main()
