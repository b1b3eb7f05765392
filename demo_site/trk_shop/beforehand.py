"""What the demo asks of `trk` before its server starts: an owner's account, and an API token."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from trk_shop.children import ChildError

OWNER_EMAIL = "owner@example.org"
OWNER_PASSWORD = "pedal teapot harvest"
"""Printed, and the same in every demo, which only this machine reaches."""


def make_owner(trk: Sequence[str]) -> bool:
    """Make the owner's account; False if an earlier demo has made it. Raises ChildError."""
    said = _told(
        trk,
        *("owner", "create", OWNER_EMAIL, "Demo", "--if-missing"),
        typed=f"{OWNER_PASSWORD}\n",
    )
    return "already" not in said


def make_token(trk: Sequence[str]) -> str:
    """An API token for the shop's lab and for making the campaigns. Raises ChildError."""
    return _told(trk, "token", "create", "demo").split()[-1]


def _told(trk: Sequence[str], *arguments: str, typed: str = "") -> str:
    done = subprocess.run(
        [*trk, *arguments],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        process_group=0,
    )
    if done.returncode != 0:
        raise ChildError(f"trk {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout
