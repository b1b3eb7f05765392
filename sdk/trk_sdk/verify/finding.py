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
