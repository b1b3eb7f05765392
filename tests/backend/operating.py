"""What operators are given: docs/operating.md and the files in operating/."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import trk
from trk.settings import Settings

HERE = Path(trk.__file__).parent
ROOT = HERE.parents[1]
PAGE = (ROOT / "docs" / "operating.md").read_text("utf-8")
FILES = HERE / "operating"
VARIABLES = {f"TRK_{field.name.upper()}" for field in fields(Settings)} | {"TRK_HOST", "TRK_PORT"}
