"""`python -m tests.sdk.javascript`, a part of `make lint`: says what is wrong with the JavaScript.

Each .json file in this folder is a project: the files that become one script, or run on pages of
one kind, with the oldest JavaScript library that those must do with.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.sdk import node

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PROJECTS = sorted(file for file in HERE.glob("*.json") if file.name != "strict.json")
FOLDERS = ("sdk/trk_sdk", "backend/trk/static", "demo_site/trk_shop/static")


def complaints() -> Iterator[str]:
    """What the compiler and eslint find."""
    yield from filter(None, map(node.check_types, PROJECTS))
    if found := node.lint(HERE / "eslint.config.mjs", *FOLDERS, cwd=ROOT):
        yield found


if __name__ == "__main__":
    try:
        found = list(complaints())
    except node.ToolsMissing as missing:
        found = [str(missing)]
    if found:
        sys.exit("\n".join(found))
    print(f"No issues found in the JavaScript of {len(PROJECTS)} projects")
