"""Counts that are kept, deletion in pieces, and indexes for what is looked for among many rows."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INVALID = sa.text("invalidated_at IS NOT NULL")
BLOCKED = sa.text("blocked_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quarter", sa.BigInteger(), nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("worth", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "campaign_id", "kind", "quarter", "action_id", name=op.f("pk_tallies")
        ),
    )
    tallied = op.create_table(
        "tallied",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("up_to", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_tallied")),
    )
    kinds = ("trackings", "completions", "entrants")
    op.bulk_insert(tallied, [{"kind": kind, "up_to": 0} for kind in kinds])
    for table in ("campaigns", "actions"):
        op.add_column(table, sa.Column("deleted_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_completions_invalidated",
        "completions",
        ["campaign_id"],
        sqlite_where=INVALID,
        postgresql_where=INVALID,
    )
    op.create_index(
        "ix_entrants_blocked",
        "entrants",
        ["campaign_id"],
        sqlite_where=BLOCKED,
        postgresql_where=BLOCKED,
    )
    for column in ("campaign_id", "action_id"):
        op.create_index(f"ix_xrefs_{column}", "xrefs", [column])


def downgrade() -> None:
    for column in ("action_id", "campaign_id"):
        op.drop_index(f"ix_xrefs_{column}", "xrefs")
    op.drop_index("ix_entrants_blocked", "entrants")
    op.drop_index("ix_completions_invalidated", "completions")
    for table in ("actions", "campaigns"):
        op.drop_column(table, "deleted_at")
    op.drop_table("tallied")
    op.drop_table("tallies")
