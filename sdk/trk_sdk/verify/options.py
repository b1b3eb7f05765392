"""What to look at: the page, the campaign that it should have, and how to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class VisitOptions:
    """What to look at, and how.

    `address`: the tracking server's; `global_name`: of the script's global; `wait`: seconds at
    most; `expected`: names to wait for; `insecure`: accept certificates that are not valid.
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
