"""What `trk verify` was asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class VisitOptions:
    """Which page to visit, for which campaign, and how.

    `address`: the tracking server's; `global_name`: the name of the script's global; `wait`: the
    most seconds to wait; `expected`: names that must be pushed; `insecure`: accept invalid
    certificates.
    """

    url: str
    key: str
    address: str
    global_name: str = "Gleam"
    browser: str = "chromium"
    wait: float = 10.0
    expected: Sequence[str] = ()
    insecure: bool = False
    screenshot: Path | None = None
