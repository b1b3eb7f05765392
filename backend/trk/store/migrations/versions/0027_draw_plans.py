"""The draw's proof: committed secrets, lists fixed at the end, and what a seed was made of."""

import secrets
import time

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    plans = op.create_table(
        "draw_plans",
        sa.Column(
            "campaign_id",
            sa.BigInteger,
            sa.ForeignKey("campaigns.id", name="fk_draw_plans_campaign_id"),
            primary_key=True,
        ),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("committed_at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False, server_default="committed"),
        sa.Column("source", sa.Text, nullable=False, server_default=""),
        sa.Column("settled_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "fixed_lists",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column(
            "campaign_id",
            sa.BigInteger,
            sa.ForeignKey("campaigns.id", name="fk_fixed_lists_campaign_id"),
            nullable=False,
        ),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        sa.Column("fixed_at", sa.BigInteger, nullable=False),
        sa.Column("opened_at", sa.BigInteger),
        sa.Column("prizes", sa.Text, nullable=False),
        sa.Column("digest", sa.Text),
        sa.Column("entrants", sa.BigInteger),
        sa.Column("entries", sa.BigInteger),
        sa.Column("taken_back", sa.BigInteger),
        sa.Column("unconfirmed", sa.BigInteger),
        sa.UniqueConstraint("campaign_id", "n", name="uq_fixed_lists_campaign_id_n"),
    )
    op.create_table(
        "fixed_entries",
        sa.Column(
            "list_id",
            sa.BigInteger,
            sa.ForeignKey("fixed_lists.id", name="fk_fixed_entries_list_id"),
            primary_key=True,
        ),
        sa.Column("entrant_id", sa.BigInteger, primary_key=True),
        sa.Column("entries", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "draw_proofs",
        sa.Column(
            "draw_id",
            sa.BigInteger,
            sa.ForeignKey("draws.id", name="fk_draw_proofs_draw_id"),
            primary_key=True,
        ),
        sa.Column(
            "list_id",
            sa.BigInteger,
            sa.ForeignKey("fixed_lists.id", name="fk_draw_proofs_list_id"),
            nullable=False,
        ),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("taken_back", sa.BigInteger),
        sa.Column("unconfirmed", sa.BigInteger),
        sa.Column("changes", sa.Text),
    )
    # Campaigns that exist get a secret now: it is committed now, and their pages say so.
    connection, now = op.get_bind(), int(time.time() * 1000)
    made = [
        {
            "campaign_id": row.id,
            "secret": secrets.token_hex(32),
            "committed_at": now,
            "settled_at": now,
        }
        for row in connection.execute(sa.text("SELECT id FROM campaigns ORDER BY id"))
    ]
    if made:
        connection.execute(sa.insert(plans), made)


def downgrade() -> None:
    for table in ("draw_proofs", "fixed_entries", "fixed_lists", "draw_plans"):
        op.drop_table(table)
