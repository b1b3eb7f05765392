"""Servers of the version before go on during a migration and after it: what they use stays."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import trk.store

VERSIONS = Path(trk.store.__file__).parent / "migrations" / "versions"
SINCE = "0041"
"""From here on, several servers are upgraded one after the other."""
CONTRACTING: set[str] = set()
"""Migrations that take away what the release before no longer uses, or of a release for which all
servers are stopped."""
PROVEN = {"0201", "0210"}
"""Those that change constraints in another way, of which test_statements_of_before shows that
servers of the version before go on."""
TAKING = {"drop_column", "drop_table", "rename_table", "drop_constraint", "alter_column"}


def calls(text: str) -> Iterator[ast.Call]:
    """What `upgrade` calls of Alembic's `op`."""
    for function in ast.parse(text).body:
        if isinstance(function, ast.FunctionDef) and function.name != "downgrade":
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    yield node


def trips(text: str) -> list[str]:
    """What a server of the version before would trip over."""
    found = []
    for call in calls(text):
        assert isinstance(call.func, ast.Attribute)
        said, name = ast.unparse(call), call.func.attr
        demanded = "nullable=False" in said and "server_default" not in said
        raw = name == "execute" and any(word in said.upper() for word in (" DROP ", " RENAME "))
        # What was demanded and no longer is: the server of the version before still gives it.
        given = name == "alter_column" and "nullable=True" in said
        if (name in TAKING and not given) or raw or (name == "add_column" and demanded):
            found.append(said)
    return found


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        ("op.drop_column('actions', 'url')", True),
        ("op.rename_table('actions', 'deeds')", True),
        ("op.execute('ALTER TABLE actions DROP COLUMN url')", True),
        ("op.add_column('actions', sa.Column('n', sa.Integer, nullable=False))", True),
        ("op.add_column('actions', sa.Column('n', sa.Integer))", False),
        ("op.alter_column('actions', 'url', nullable=False)", True),
        ("op.alter_column('actions', 'url', nullable=True)", False),
        (
            "op.add_column('a', sa.Column('n', sa.Integer, nullable=False, server_default='0'))",
            False,
        ),
        ("op.create_table('deeds', sa.Column('n', sa.Integer, nullable=False))", False),
    ],
)
def test_what_an_older_server_trips_over_is_found(made: str, wrong: bool) -> None:
    assert bool(trips(f"def upgrade():\n    {made}")) is wrong


def test_migrations_add_and_what_they_take_away_no_server_of_the_release_before_uses() -> None:
    newer = [file for file in VERSIONS.glob("0*.py") if file.name[:4] >= SINCE]
    assert newer
    assert {
        file.name: trips(file.read_text("utf-8"))
        for file in newer
        if file.name[:4] not in CONTRACTING | PROVEN and trips(file.read_text("utf-8"))
    } == {}
