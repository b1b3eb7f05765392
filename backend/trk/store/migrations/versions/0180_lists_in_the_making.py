"""A list is copied a part at a time, and is no campaign's until it is whole."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0180"
down_revision = "0120"
branch_labels = None
depends_on = None

_LISTS = {"draws": ("draw_entries", "draw_id"), "fixed_lists": ("fixed_entries", "list_id")}


def upgrade() -> None:
    for table in _LISTS:
        with _made_anew(table) as lists:
            lists.alter_column("campaign_id", existing_type=sa.BigInteger, nullable=True)


def downgrade() -> None:
    """What is in the making then is made anew."""
    for table, (entries, owner) in _LISTS.items():
        unfinished = f"SELECT id FROM {table} WHERE campaign_id IS NULL"
        op.execute(sa.text(f"DELETE FROM {entries} WHERE {owner} IN ({unfinished})"))
        op.execute(sa.text(f"DELETE FROM {table} WHERE campaign_id IS NULL"))
        with _made_anew(table) as lists:
            lists.alter_column("campaign_id", existing_type=sa.BigInteger, nullable=False)


@contextmanager
def _made_anew(table: str) -> Iterator[BatchOperations]:
    """SQLite makes a table anew to change it, and would give the ids again that it gave last and
    that are gone."""
    highest, connection = 0, op.get_bind()
    if connection.dialect.name == "sqlite":
        sql = f"SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = '{table}'"
        highest = connection.execute(sa.text(sql)).scalar_one()
    with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as changed:
        yield changed
    if highest:
        op.execute(f"DELETE FROM sqlite_sequence WHERE name = '{table}'")
        op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {highest})")
