"""The finding of a check: one line, and what to do about it, if anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check; `todo` is empty if there is nothing to do."""

    check: str
    status: Status
    found: str
    todo: str = ""


def ok(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", found)


def warning(check: str, found: str, todo: str) -> Finding:
    """The server works, but not as well or as safely as it should."""
    return Finding(check, "warning", found, todo)


def failed(check: str, found: str, todo: str) -> Finding:
    """The server can't work this way."""
    return Finding(check, "failed", found, todo)
