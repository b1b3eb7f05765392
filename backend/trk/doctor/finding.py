"""What a check has found: one line, with what to do where there is something to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of the check `check`; `todo` is empty if there is nothing to do."""

    check: str
    status: Status
    found: str
    todo: str = ""


def ok(check: str, found: str) -> Finding:
    """It is as it should be."""
    return Finding(check, "ok", found)


def warning(check: str, found: str, todo: str) -> Finding:
    """The server works, but not as well or as safely as it should."""
    return Finding(check, "warning", found, todo)


def failed(check: str, found: str, todo: str) -> Finding:
    """The server can't work like this."""
    return Finding(check, "failed", found, todo)
