"""One thing that there is to say of a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["good", "note", "problem"]


@dataclass(frozen=True, slots=True)
class PageFinding:
    """One thing: a word for programs, a sentence with what was seen, another with what to do."""

    level: Level
    code: str
    seen: str
    advice: str = ""
