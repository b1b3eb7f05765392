"""One result of the verification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["good", "note", "problem"]


@dataclass(frozen=True, slots=True)
class PageFinding:
    """A result: a code for programs, a sentence on what was seen, and one on what to do."""

    level: Level
    code: str
    seen: str
    advice: str = ""


def good(code: str, seen: str, advice: str = "") -> PageFinding:
    """What is as it should be."""
    return PageFinding("good", code, seen, advice)


def note(code: str, seen: str, advice: str = "") -> PageFinding:
    """What may be meant, and is worth a look."""
    return PageFinding("note", code, seen, advice)


def problem(code: str, seen: str, advice: str = "") -> PageFinding:
    """What keeps the page from tracking."""
    return PageFinding("problem", code, seen, advice)
