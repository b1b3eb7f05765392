"""What counts as a deed, which the audit notes: all that is written, and each has its words."""

from __future__ import annotations

import ast
from pathlib import Path

from trk.core.audit import ACTORS, DEEDS, THINGS
from trk.web.admin.audit import ACTOR_NAMES, DEED_NAMES, THING_NAMES

ROOT = Path(__file__).parents[2]


def test_whatever_pages_the_api_and_the_command_line_write_is_a_deed() -> None:
    """A program of the store that `web` or `cli` writes by itself would not be noted."""
    strangers = []
    folders = (
        ROOT / "backend/trk/web/admin",
        ROOT / "backend/trk/web/api",
        ROOT / "backend/trk/cli",
    )
    for path in sorted(path for folder in folders for path in folder.glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        stored = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("trk.store")
            for alias in node.names
        }
        for node in ast.walk(tree):
            if not (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "write"
                and node.args
            ):
                continue
            program = node.args[0]
            root = program.value if isinstance(program, ast.Attribute) else program
            if isinstance(root, ast.Name) and root.id in stored:
                strangers.append(f"{path.stem}: {ast.unparse(program)}")
    # What is no deed: that a token was used, what is kept of a call that may come again, that a
    # password was given again, and that a session ended before it was one.
    assert set(strangers) == {
        "guard: tokens.used",
        "idempotency: claim",
        "idempotency: release",
        "reauthentication: owners.prove",
        "session: owners.end_session",
    }


def test_each_deed_has_its_words() -> None:
    assert (*ACTOR_NAMES, *DEED_NAMES, *THING_NAMES) == (*ACTORS, *DEEDS, *THINGS)
