"""Lists in the making have a table of their own, so that each draw and fixed list has its campaign.

Those that a server of the version before has begun are still where they were.
"""

import sqlalchemy as sa
from alembic import op

revision = "0202"
down_revision = "0201"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_copies",
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), primary_key=True),
        sa.Column("entries", sa.Text, primary_key=True),
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """What is in the making then is made anew."""
    for entries, owner in (("draw_entries", "draw_id"), ("fixed_entries", "list_id")):
        unfinished = f"SELECT id FROM list_copies WHERE entries = '{entries}'"
        op.execute(f"DELETE FROM {entries} WHERE {owner} IN ({unfinished})")
    op.drop_table("list_copies")
