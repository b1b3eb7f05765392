"""Debian's packages, installed for tests where that is possible: as root, with apt-get."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence


def can_install() -> bool:
    """Can packages be installed here?"""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def installed(packages: Sequence[str]) -> bool:
    """Install packages without what they only recommend; did that work?"""
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    # First the lists: old ones offer versions that are gone, or a Firefox too old for Playwright.
    ran(["apt-get", "update", "-q"], seconds=300, environment=quiet)
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    return ran(install, seconds=600, environment=quiet)


def ran(command: Sequence[str], *, seconds: float, environment: Mapping[str, str]) -> bool:
    """Run `command`; did it end well? Its output is shown only if it did not."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        print(f"{' '.join(command)} took longer than {seconds:g} s.", flush=True)
        return False
    if done.returncode != 0:
        last = done.stdout.decode(errors="replace").strip().splitlines()[-3:]
        print(f"{' '.join(command)} failed:", *last, sep="\n  ", flush=True)
    return done.returncode == 0
