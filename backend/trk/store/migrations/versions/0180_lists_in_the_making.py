"""A list is copied a part at a time, and is no campaign's until it is whole."""

import sqlalchemy as sa
from alembic import op

revision = "0180"
down_revision = "0120"
branch_labels = None
depends_on = None

_LISTS = {"draws": ("draw_entries", "draw_id"), "fixed_lists": ("fixed_entries", "list_id")}


def upgrade() -> None:
    for table in _LISTS:
        with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as lists:
            lists.alter_column("campaign_id", existing_type=sa.BigInteger, nullable=True)


def downgrade() -> None:
    """What is in the making then is made anew."""
    for table, (entries, owner) in _LISTS.items():
        unfinished = f"SELECT id FROM {table} WHERE campaign_id IS NULL"
        op.execute(sa.text(f"DELETE FROM {entries} WHERE {owner} IN ({unfinished})"))
        op.execute(sa.text(f"DELETE FROM {table} WHERE campaign_id IS NULL"))
        with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as lists:
            lists.alter_column("campaign_id", existing_type=sa.BigInteger, nullable=False)
